/** How many requests may be under way at once. A request beyond the limit is answered 503. */
import type { FastifyInstance } from 'fastify';
import { ProblemError, plainProblem } from './problem.ts';

export function limitRequests(app: FastifyInstance, max: number): void {
  let underWay = 0;
  app.addHook('onRequest', async (_request, reply) => {
    underWay += 1;
    // Also emitted when the client goes away before the answer.
    reply.raw.once('close', () => {
      underWay -= 1;
    });
    if (underWay > max)
      throw new ProblemError(
        plainProblem(503, `${max} requests are under way, which is the limit`),
      );
  });
}
