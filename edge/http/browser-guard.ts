/**
 * Requests that a page of another site makes through the browser of somebody on this machine.
 *
 * - host: a name of a foreign domain may resolve to the loopback address, so only loopback names are
 *   taken in `Host`.
 * - origin: a browser names the origin of the page with every request that changes something; only
 *   the own origin and those of `cors_origins` are taken.
 */
import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../../config/http-settings.ts';
import { ProblemError, plainProblem } from './problem.ts';

/** A hook that refuses such requests. `origins`: other origins that are taken. */
export function foreignPages(
  origins: readonly string[],
): (request: FastifyRequest) => Promise<void> {
  return async ({ headers: { origin, host }, hostname }) => {
    const name = hostname.replace(/^\[|\]$/g, '');
    if (!isLoopback(name)) throw refusal(421, `this server is not ${JSON.stringify(name)}`);
    if (origin === undefined || origin === `http://${host}` || origins.includes(origin)) return;
    throw refusal(403, `pages of ${JSON.stringify(origin)} may not send requests`);
  };
}

function refusal(status: number, detail: string): ProblemError {
  return new ProblemError(plainProblem(status, detail));
}
