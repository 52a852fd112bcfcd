/**
 * The health of the process: `/livez` answers while the process serves HTTP; `/readyz` also asks the
 * databases and the broker, and says no while the server stops.
 */
import type { FastifyInstance } from 'fastify';
import type { Deployment } from '../../composition/open-deployment.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { HttpClient } from './exchange.ts';
import { healthOperations, withOperation } from './operations.ts';
import { ProblemError, plainProblem } from './problem.ts';

export interface HealthRoutesOptions {
  readonly deployment: Pick<Deployment, 'history'>;
  readonly client: Pick<HttpClient, 'ping'>;
  readonly clock: Clock;
}

/** Time for the answers of the databases and the broker. */
const answerMs = 2_000;

/** Adds the routes under the prefix of `app`. */
export async function healthRoutes(
  app: FastifyInstance,
  { deployment, client, clock }: HealthRoutesOptions,
): Promise<void> {
  let isStopping = false;
  app.addHook('preClose', async () => {
    isStopping = true;
  });
  const { live, ready } = healthOperations;
  app.get('/livez', publicly(live), async () => ({ status: 'ok' }));
  app.get('/readyz', publicly(ready), async () => {
    if (isStopping) throw notReady('the server stops');
    await withinTime(deployment.history(''), clock).catch(() => {
      throw notReady('a database does not answer');
    });
    await client.ping(answerMs).catch(() => {
      throw notReady('the broker does not answer');
    });
    return { status: 'ok' };
  });
}

function publicly(operation: typeof healthOperations.live) {
  const { config } = withOperation(operation);
  return { config: { ...config, isPublic: true } as const };
}

function notReady(detail: string): ProblemError {
  return new ProblemError(plainProblem(503, detail));
}

function withinTime(work: Promise<unknown>, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(answerMs, () => reject(notReady('no answer in time')));
    work.then(() => resolve(), reject).finally(cancel);
  });
}
