/**
 * Compressed bodies of messages from other programs.
 *
 * Boundary: incoming messages only. Outgoing messages are never compressed.
 *
 * - Method: kombu names the method in the header `compression`, other programs in
 *   `content_encoding`. A message that names a method in both is refused.
 * - Formats: kombu's `application/x-gzip` is zlib (RFC 1950). Zlib and real gzip (RFC 1952) are
 *   read, and told apart by the first byte.
 * - Limit: a body is inflated up to the limit of a plain body and no byte further.
 * - Every other method is refused by name. A compressed body is never parsed as JSON.
 */
import { unzipSync } from 'node:zlib';
import type { MessageProperties } from '../ports/envelope.ts';
import { errorText, Refused } from '../ports/errors.ts';

/** Names of zlib and gzip: kombu's content types and HTTP's content codings. */
const zlibNames = new Set([
  'application/x-gzip',
  'application/gzip',
  'application/zlib',
  'gzip',
  'x-gzip',
  'zlib',
  'deflate',
]);
const noCompression = new Set(['', 'identity']);
/** Text encodings that are UTF-8, and kombu's word for unchanged bytes. */
const textEncodings = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii', 'binary']);

function refuse(message: string): never {
  throw new Refused('bad-message', message);
}

function methodInHeaders({ headers }: MessageProperties): string | undefined {
  const method = headers?.['compression'];
  if (method === undefined || method === null) return undefined;
  const name = typeof method === 'string' ? method.trim().toLowerCase() : JSON.stringify(method);
  if (noCompression.has(name)) return undefined;
  return zlibNames.has(name)
    ? name
    : refuse(`the compression '${name}' is not accepted; accepted are gzip and zlib`);
}

/** The method in `content_encoding`. The property may also name a text encoding. */
function methodInEncoding({ contentEncoding }: MessageProperties): string | undefined {
  const name = contentEncoding?.trim().toLowerCase() ?? '';
  if (noCompression.has(name) || textEncodings.has(name)) return undefined;
  return zlibNames.has(name)
    ? name
    : refuse(`the content encoding '${name}' is not accepted; accepted are utf-8, gzip and zlib`);
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function inflate(body: Uint8Array, method: string, bytesMax: number): Uint8Array {
  try {
    return unzipSync(body, { maxOutputLength: bytesMax });
  } catch (cause) {
    if (isTooLarge(cause))
      throw new Refused(
        'body-too-large',
        `the body has more than ${bytesMax} bytes when it is inflated`,
        { cause },
      );
    const reason = errorText(cause);
    throw new Refused(
      'bad-message',
      `the body is not what its compression '${method}' says: ${reason}`,
      { cause },
    );
  }
}

/** The compression of a message, or undefined. Throws `Refused` for a method that is not accepted. */
function compressionOf(properties: MessageProperties): string | undefined {
  const inHeaders = methodInHeaders(properties);
  const inEncoding = methodInEncoding(properties);
  if (inHeaders !== undefined && inEncoding !== undefined) {
    refuse(
      `the body is compressed twice: '${inHeaders}' in the headers and the content encoding '${inEncoding}'`,
    );
  }
  return inHeaders ?? inEncoding;
}

/** The body as it was before its sender compressed it, at most `bytesMax` long. Throws `Refused`. */
export function inflatedBody(
  body: Uint8Array,
  properties: MessageProperties,
  bytesMax: number,
): Uint8Array {
  const method = compressionOf(properties);
  return method === undefined ? body : inflate(body, method, bytesMax);
}
