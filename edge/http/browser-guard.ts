/**
 * Requests that a page of another site makes through the browser of somebody on this machine.
 *
 * - host: a name of a foreign domain may resolve to the loopback address, so only loopback names are
 *   taken in `Host`.
 * - origin: a browser names the origin of the page with every request that changes something; only
 *   the own origin is taken.
 */
import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../../config/http-settings.ts';
import { type Problem, plainProblem } from './problem.ts';

/** undefined: the request may go on. */
export function foreignPageProblem({ headers, hostname }: FastifyRequest): Problem | undefined {
  const name = hostname.replace(/^\[|\]$/g, '');
  if (!isLoopback(name)) return plainProblem(421, `this server is not ${JSON.stringify(name)}`);
  const { origin, host } = headers;
  if (origin === undefined || origin === `http://${host}`) return undefined;
  return plainProblem(403, `pages of ${JSON.stringify(origin)} may not send requests`);
}
