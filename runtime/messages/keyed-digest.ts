/**
 * HMAC-SHA256 (RFC 2104) of many short texts under one secret. Two calls of `hash` take half the time
 * of `createHmac`, which makes an object of OpenSSL for each text.
 */
import { hash } from 'node:crypto';

const algorithm = 'sha256';
const blockBytes = 64;
const digestBytes = 32;

export class KeyedDigest {
  readonly #inner: Buffer;
  /** The outer block, and room for the inner digest behind it. */
  readonly #outer: Buffer;

  constructor(secret: string) {
    const bytes = Buffer.from(secret);
    const key = bytes.length > blockBytes ? hash(algorithm, bytes, 'buffer') : bytes;
    this.#inner = padded(key, 0x36, blockBytes);
    this.#outer = padded(key, 0x5c, blockBytes + digestBytes);
  }

  /** In base64url. */
  of(text: string): string {
    const input = Buffer.allocUnsafe(blockBytes + Buffer.byteLength(text));
    input.set(this.#inner);
    input.write(text, blockBytes);
    this.#outer.write(hash(algorithm, input, 'binary'), blockBytes, 'binary');
    return hash(algorithm, this.#outer, 'base64url');
  }
}

/** The key as a block, each byte changed by `mask`. */
function padded(key: Buffer, mask: number, size: number): Buffer {
  const block = Buffer.alloc(size);
  for (let index = 0; index < blockBytes; index += 1) block[index] = (key[index] ?? 0) ^ mask;
  return block;
}
