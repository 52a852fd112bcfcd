/**
 * The sagas of a deployment: the parts that are under way, and the record of one saga. A saga is
 * found by its own id and by the identity of the request that began it.
 */
import type { FastifyInstance } from 'fastify';
import type { Deployment } from '../../composition/open-deployment.ts';
import { ProblemError, plainProblem } from './problem.ts';

export interface SagaRoutesOptions {
  readonly deployment: Pick<Deployment, 'sagas' | 'sagaOf' | 'sagaRecord'>;
}

/** Adds the routes under the prefix of `app`. */
export async function sagaRoutes(
  app: FastifyInstance,
  { deployment }: SagaRoutesOptions,
): Promise<void> {
  app.get('/', async () => ({ data: await deployment.sagas() }));
  app.get<{ Params: { readonly id: string } }>('/:id', async ({ params: { id } }) => {
    const saga = (await deployment.sagaOf(id)) ?? id;
    const record = await deployment.sagaRecord(saga);
    if (record !== undefined) return record;
    throw new ProblemError(plainProblem(404, `no saga ${id} has begun in these databases`));
  });
}
