/**
 * Headers of every type that RabbitMQ passes on, as other clients write them. Written by hand, apart from the codecs
 * of the runtime.
 */
import {
  type Field,
  fieldBytes,
  nestedLists,
  sized,
  tableOf,
} from '../../support/raw-publication.ts';
import type { Draw } from './draw.ts';

/** A table of headers: its bytes for a broker, and its values for a transport in the process. */
export interface FieldTable {
  readonly name: string;
  /** Whether a careful runtime takes the message. */
  readonly isValid: boolean;
  readonly bytes: Uint8Array;
  readonly values: Readonly<Record<string, unknown>>;
}

interface OddField {
  readonly name: string;
  readonly field: Field;
  /** The nearest value of JavaScript. */
  readonly value: unknown;
  readonly isValid?: boolean;
}

function bits(type: string, ...bytes: number[]): Field {
  return { type, bytes: Uint8Array.from(bytes) };
}

function nested(levels: number): unknown {
  let value: unknown = null;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

const ones = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const list = Buffer.concat([bits('t', 2), bits('V'), sized('S', Buffer.from('a'))].map(fieldBytes));
const doubled = tableOf([
  ['a', bits('t', 1)],
  ['a', bits('t', 0)],
]);

/** Levels up to 3000: the time of RabbitMQ grows with the square of the levels, to 10 s at 20000. */
const fields: readonly OddField[] = [
  { name: 'a number of py-amqp', field: bits('L', ...ones), value: -1 },
  { name: 'the least number', field: bits('l', 0x80, 0, 0, 0, 0, 0, 0, 0), value: -(2 ** 63) },
  { name: 'a number of 32 bits', field: bits('i', 0xff, 0xff, 0xff, 0xff), value: 2 ** 32 - 1 },
  { name: 'a number of 16 bits', field: bits('u', 0xff, 0xff), value: 65_535 },
  { name: 'a short number', field: bits('s', 0x80, 0), value: -32_768 },
  { name: 'a signed byte', field: bits('b', 0x80), value: -128 },
  { name: 'an unsigned byte', field: bits('B', 0xff), value: 255 },
  { name: 'a float', field: bits('f', 0x7f, 0x7f, 0xff, 0xff), value: 3.4e38 },
  { name: 'the double -0', field: bits('d', 0x80, 0, 0, 0, 0, 0, 0, 0), value: -0 },
  { name: 'the greatest double', field: bits('d', 0x7f, 0xef, ...ones.slice(2)), value: 1.7e308 },
  { name: 'a tiny decimal', field: bits('D', 255, 0xff, 0xff, 0xff, 0xff), value: 1e-246 },
  { name: 'a late timestamp', field: bits('T', ...ones), value: 2 ** 64 },
  { name: 'bytes', field: sized('x', Uint8Array.of(0xff, 0, 0xfe)), value: '\ufffd\u0000' },
  { name: 'a text that is no UTF-8', field: sized('S', Uint8Array.of(0xff)), value: '\ufffd' },
  { name: 'an empty text', field: sized('S', Uint8Array.of()), value: '' },
  { name: 'nothing', field: bits('V'), value: null },
  { name: 'a boolean of 2', field: bits('t', 2), value: true },
  { name: 'a list of types', field: sized('A', list), value: [true, null, 'a'] },
  { name: 'a name twice', field: sized('F', doubled), value: { a: false } },
  { name: 'an empty table', field: sized('F', Uint8Array.of()), value: {} },
  {
    name: 'an empty name',
    field: sized('F', tableOf([['', bits('V')]])),
    value: { '': null },
  },
  { name: '50 levels', field: nestedLists(50), value: nested(50) },
  { name: '3000 levels', field: nestedLists(3_000), value: nested(50), isValid: false },
];

/** Names that mean something to some program on the way. */
const names = [
  ...['odd', 'request_id', 'compression', 'traceparent', 'deadline', 'x-death', 'x-delivery-count'],
  ...['consent-saga', 'consent-deadline-ms', 'constructor', '!', '', 'n'.repeat(255)],
];

/** One header, or two under different names. */
export function drawnTable(draw: Draw): FieldTable {
  const first = { name: draw.of(names), odd: draw.of(fields) };
  const second = { name: 'beside', odd: draw.of(fields) };
  const headers = draw.oneIn(2) ? [first] : [first, second];
  return {
    name: headers.map(({ name, odd }) => `${name.slice(0, 20)} is ${odd.name}`).join(', '),
    isValid: headers.every(
      ({ name, odd: { isValid = true } }) => isValid && name !== 'compression',
    ),
    bytes: tableOf(headers.map(({ name, odd: { field } }) => [name, field])),
    values: Object.fromEntries(headers.map(({ name, odd: { value } }) => [name, value])),
  };
}
