/**
 * An HTTP request to an address that was checked, and its whole answer.
 *
 * Boundary: knows requests and answers, and nothing of files.
 *
 * 1. No redirect is followed, and no proxy of the environment is used.
 * 2. An answer that ends early, is too long or takes too long is no answer.
 */
import { type IncomingMessage, request as plain, type RequestOptions } from 'node:http';
import { request as secure } from 'node:https';
import { errorText, Refused, Transient } from '../../runtime/ports/errors.ts';
import type { ReachableAddresses } from './reachable-addresses.ts';

export type HttpRequest = {
  readonly method: 'DELETE' | 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
};

export type HttpAnswer = {
  readonly status: number;
  /** A header, by its name in small letters. */
  readonly header: (name: string) => string | undefined;
  readonly body: string;
};

const bodyMaxBytes = 65_536;

/** `timeoutMs`: from the beginning of the request to the end of the answer. */
export async function exchange(
  { method, url, headers = {}, body, signal }: HttpRequest,
  { addresses, timeoutMs }: { addresses: ReachableAddresses; timeoutMs: number },
): Promise<HttpAnswer> {
  const { protocol, hostname } = new URL(url);
  addresses.requireLiteral(hostname);
  const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const options = { method, headers, signal: ends, lookup: addresses.lookup, agent: false };
    return await answerOf(protocol === 'https:' ? secure : plain, url, options, body);
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    const text = `${method} ${url} has no whole answer: ${errorText(cause)}`;
    throw new Transient('not-reachable', text, { cause });
  }
}

function answerOf(
  request: typeof plain,
  url: string,
  options: RequestOptions,
  body?: string,
): Promise<HttpAnswer> {
  return new Promise((done, fail) => {
    request(url, options, (answer) => {
      wholeBody(answer).then((body) => done({ ...headOf(answer), body }), fail);
    })
      .on('error', fail)
      .end(body);
  });
}

function headOf({ statusCode = 0, headers }: IncomingMessage): Omit<HttpAnswer, 'body'> {
  return { status: statusCode, header: (name) => headers[name]?.toString() };
}

async function wholeBody(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > bodyMaxBytes) throw new Error(`the body is longer than ${bodyMaxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
