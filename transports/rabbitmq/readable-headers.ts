/**
 * Headers that amqplib cannot read never end the connection.
 *
 * amqplib throws for a header of an unknown type or of too many levels, and gives up the
 * connection. The broker would deliver the message again on every new connection, so this message
 * would stop the service for ever. Here the frame is decoded without its headers, and
 * `field-table.ts` reads the headers.
 *
 * Boundary: knows the members `rest` and `recvFrame` of amqplib's class `Connection`, which amqplib
 * does not export. The version of amqplib is pinned, and the tests of the transport send such
 * headers.
 */
import { errorText } from '../../runtime/ports/errors.ts';
import { readTable } from './field-table.ts';

/** The part of amqplib's connection that reads frames. */
export interface FrameReader {
  /** The bytes that came and are not yet read. */
  rest: Buffer;
  recvFrame(): unknown;
}

/** The headers of a message that cannot be read, and the reason. */
export class UnreadableHeaders {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A frame with the header of a message (AMQP 0-9-1 §4.2.6.1): positions in the frame. */
const headerFrame = 2;
const flagsAt = 7 + 12;
const contentTypeFlag = 1 << 15;
const contentEncodingFlag = 1 << 14;
const headersFlag = 1 << 13;

/** The connection reads every message from now on. */
export function readEveryHeader(connection: FrameReader): void {
  const receive = connection.recvFrame;
  connection.recvFrame = (): unknown => {
    const before = connection.rest;
    try {
      return receive.call(connection);
    } catch (error) {
      const after = connection.rest;
      const parts = partsOf(before.subarray(0, before.length - after.length));
      if (parts === undefined) throw error;
      connection.rest = Buffer.concat([parts.frame, after]);
      const decoded = receive.call(connection) as { fields: { headers: unknown } };
      decoded.fields.headers = headersOf(parts.table);
      return decoded;
    }
  };
}

function headersOf(table: Buffer): unknown {
  try {
    return readTable(table);
  } catch (error) {
    return new UnreadableHeaders(errorText(error));
  }
}

/** The frame without its headers, and the table of its headers. Undefined for any other frame. */
function partsOf(frame: Buffer): { readonly frame: Buffer; readonly table: Buffer } | undefined {
  if (frame.length === 0 || frame.readUInt8() !== headerFrame) return undefined;
  const flags = frame.readUInt16BE(flagsAt);
  if ((flags & headersFlag) === 0) return undefined;
  let at = flagsAt + 2;
  for (const flag of [contentTypeFlag, contentEncodingFlag])
    if ((flags & flag) !== 0) at += 1 + frame.readUInt8(at);
  const end = at + 4 + frame.readUInt32BE(at);
  const cut = Buffer.concat([frame.subarray(0, at), frame.subarray(end)]);
  cut.writeUInt32BE(cut.length - 8, 3);
  cut.writeUInt16BE(flags & ~headersFlag, flagsAt);
  return { frame: cut, table: frame.subarray(at + 4, end) };
}
