/**
 * Reads a field table of AMQP 0-9-1 with every type that RabbitMQ passes on.
 *
 * - Complete: amqplib does not know the type `L`, which py-amqp and so kombu write for every number
 *   beyond 31 bits.
 * - Bounded: a table that is nested deeper than `tableDepthMax` is refused.
 * - JSON: a timestamp becomes milliseconds, a decimal a number, a byte string text.
 */
import type { HeaderValue } from '../../runtime/ports/envelope.ts';
import { tableDepthMax } from '../encodable.ts';

type Table = Record<string, HeaderValue>;

/** @throws Error with the reason why the bytes cannot be read */
export function readTable(bytes: Buffer): Table {
  return new FieldReader(bytes).table(0);
}

class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The names and values up to the end of the bytes. */
  table(depth: number): Table {
    if (depth > tableDepthMax)
      throw new Error(`the headers are nested deeper than ${tableDepthMax} levels`);
    const entries: [string, HeaderValue][] = [];
    while (this.#at < this.#bytes.length) {
      const name = this.#taken(this.#taken(1).readUInt8()).toString();
      entries.push([name, this.#value(depth)]);
    }
    return Object.fromEntries(entries);
  }

  #list(depth: number): HeaderValue[] {
    if (depth > tableDepthMax)
      throw new Error(`the headers are nested deeper than ${tableDepthMax} levels`);
    const values: HeaderValue[] = [];
    while (this.#at < this.#bytes.length) values.push(this.#value(depth));
    return values;
  }

  #value(depth: number): HeaderValue {
    const type = this.#taken(1).toString('latin1');
    switch (type) {
      case 'S':
      case 'x':
        return this.#long().toString();
      case 'F':
        return new FieldReader(this.#long()).table(depth + 1);
      case 'A':
        return new FieldReader(this.#long()).#list(depth + 1);
      case 'V':
        return null;
      case 't':
        return this.#taken(1).readUInt8() !== 0;
      default:
        return this.#number(type);
    }
  }

  #number(type: string): number {
    switch (type) {
      case 'b':
        return this.#taken(1).readInt8();
      case 'B':
        return this.#taken(1).readUInt8();
      case 's':
        return this.#taken(2).readInt16BE();
      case 'u':
        return this.#taken(2).readUInt16BE();
      case 'I':
        return this.#taken(4).readInt32BE();
      case 'i':
        return this.#taken(4).readUInt32BE();
      case 'l':
      case 'L':
        return Number(this.#taken(8).readBigInt64BE());
      case 'f':
        return this.#taken(4).readFloatBE();
      case 'd':
        return this.#taken(8).readDoubleBE();
      case 'D':
        return this.#decimal();
      case 'T':
        return Number(this.#taken(8).readBigUInt64BE()) * 1000;
      default:
        throw new Error(`a header has the unknown type '${type}'`);
    }
  }

  #decimal(): number {
    const places = this.#taken(1).readUInt8();
    return this.#taken(4).readUInt32BE() / 10 ** places;
  }

  #long(): Buffer {
    return this.#taken(this.#taken(4).readUInt32BE());
  }

  #taken(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error('the headers end within a value');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
