/**
 * Requests with a method that their path does not take: 405, with the methods that it takes in
 * `Allow`. A request needs a token first where callers are known by tokens.
 */
import type { FastifyInstance, RouteOptions } from 'fastify';
import { plainProblem } from './problem.ts';
import { sendProblem } from './send-problem.ts';

/** `OPTIONS` belongs to CORS. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Notes every route that is added to `app` later. The result refuses the other methods of their
 * paths.
 */
export function otherMethods(app: FastifyInstance): () => void {
  const paths = new Set<string>();
  app.addHook('onRoute', ({ url }: RouteOptions) => {
    paths.add(url.replace(/(?<=.)\/$/, ''));
  });
  return () => {
    // A path has routes with a slash at the end, without one, or both.
    for (const path of [...paths])
      for (const url of path === '/' ? [path] : [path, `${path}/`]) refuseOthers(app, url);
  };
}

function refuseOthers(app: FastifyInstance, url: string): void {
  const known = methods.filter((method) => app.hasRoute({ method, url }));
  const others = methods.filter((method) => !known.includes(method));
  if (known.length === 0 || others.length === 0) return;
  const allow = known.join(', ');
  app.route({
    method: others,
    url: url.slice(app.prefix.length) || '/',
    // Before the body is read, whose content type the path may not know.
    onRequest: async ({ method }, reply) => {
      void reply.header('allow', allow);
      return sendProblem(reply, plainProblem(405, `${method} is none of ${allow}`));
    },
    handler: async () => undefined,
  });
}
