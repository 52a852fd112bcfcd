/**
 * Draws small PNG files (RFC 2083): a rectangle of one colour with a white frame; eight bits a
 * channel, no alpha.
 */
import { deflateSync } from 'node:zlib';

export interface ImageSpec {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Red, green, blue; 0 to 255. */
  readonly colour: readonly [number, number, number];
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const trueColour = 2;
const frameWidth = 4;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  const crc = bytes.reduce(
    (value, byte) => (crcTable[(value ^ byte) & 0xff] as number) ^ (value >>> 8),
    0xffffffff,
  );
  return (crc ^ 0xffffffff) >>> 0;
}

/** Length, type, data and the checksum of type and data. */
function chunk(type: string, data: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(content.length + 8);
  framed.writeUInt32BE(data.length, 0);
  content.copy(framed, 4);
  framed.writeUInt32BE(crc32(content), content.length + 4);
  return framed;
}

function header({ width, height }: ImageSpec): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data[8] = 8;
  data[9] = trueColour;
  return data;
}

/** Each row begins with its filter: 0, none. */
function row(spec: ImageSpec, y: number): Buffer {
  const { width, height, colour } = spec;
  const pixels = Array.from({ length: width }, (_, x) => {
    const fromEdge = Math.min(x, y, width - 1 - x, height - 1 - y);
    return fromEdge < frameWidth ? [255, 255, 255] : colour;
  });
  return Buffer.from([0, ...pixels.flat()]);
}

/** The bytes of the file. */
export function drawPng(spec: ImageSpec): Buffer {
  const rows = Array.from({ length: spec.height }, (_, y) => row(spec, y));
  return Buffer.concat([
    signature,
    chunk('IHDR', header(spec)),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', new Uint8Array()),
  ]);
}
