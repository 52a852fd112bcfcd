/**
 * The health of the process: `/livez` answers while the process serves HTTP, `/readyz` while its
 * databases answer too.
 */
import type { FastifyInstance } from 'fastify';
import type { Deployment } from '../../composition/open-deployment.ts';
import { healthOperations, withOperation } from './operations.ts';
import { ProblemError, plainProblem } from './problem.ts';

export interface HealthRoutesOptions {
  readonly deployment: Pick<Deployment, 'history'>;
}

/** Adds the routes under the prefix of `app`. */
export async function healthRoutes(
  app: FastifyInstance,
  { deployment }: HealthRoutesOptions,
): Promise<void> {
  app.get('/livez', withOperation(healthOperations.live), async () => ({ status: 'ok' }));
  app.get('/readyz', withOperation(healthOperations.ready), async () => {
    await deployment.history('').catch(() => {
      throw new ProblemError(plainProblem(503, 'a database does not answer'));
    });
    return { status: 'ok' };
  });
}
