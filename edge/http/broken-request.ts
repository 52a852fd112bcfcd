/**
 * A request that never reaches a route: no HTTP, a head that is too long, or a request that did not
 * come whole in time. Its answer is a problem like any other, and the connection ends.
 */
import type { Socket } from 'node:net';
import { type Problem, plainProblem, problemType } from './problem.ts';

const problems: Readonly<Record<string, Problem>> = {
  ERR_HTTP_REQUEST_TIMEOUT: plainProblem(408, 'the request did not come whole in time'),
  HPE_HEADER_OVERFLOW: plainProblem(431, 'the head of the request is too long'),
};
const noHttp = plainProblem(400, 'the request is no HTTP request');

export function answerBrokenRequest({ code }: { readonly code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problems[code ?? ''] ?? noHttp;
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      `content-type: ${problemType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
