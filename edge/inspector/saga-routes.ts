/** A saga for a person: what `why` says about it, its sequence diagram, and the nodes that go. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sagaRecord } from '../../actors/consent/saga-record.ts';
import type { OpenDeployment } from '../../composition/open-deployment.ts';
import type { SagaWhy } from '../../composition/why-documents.ts';
import { redact } from '../../config/redact.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { SagaDetail } from './contract.ts';
import { sagaDiagram } from './saga-diagram.ts';

export type SagaDeployment = Pick<OpenDeployment, 'why' | 'history'>;

type Request = FastifyRequest<{ Params: { readonly id: string } }>;

/** Adds the routes under the prefix of `app`. */
export async function sagaRoutes(
  app: FastifyInstance,
  { deployment, clock }: { readonly deployment: SagaDeployment; readonly clock: Clock },
): Promise<void> {
  app.get('/:id', async ({ params: { id } }: Request): Promise<SagaDetail> => {
    const why = await sagaBehind(id, deployment);
    const lines = await deployment.history(why.saga);
    const record = sagaRecord(why.saga, lines);
    const detail: SagaDetail = {
      why,
      diagram: sagaDiagram(lines, why),
      record: record ? picked(record) : null,
      nowMs: clock.now(),
    };
    return redact(detail as Json) as Json as SagaDetail;
  });
}

function picked({ nodes, removed, retained, detached }: NonNullable<SagaDetail['record']>) {
  return { nodes, removed, retained, detached };
}

/** `id`: of a saga, of the request that began the saga, or of a node that a saga holds. */
async function sagaBehind(id: string, deployment: SagaDeployment): Promise<SagaWhy> {
  const found = await deployment.why(id);
  if (found.kind === 'saga') return found;
  const held = found.kind === 'node' ? found.sagas[0] : undefined;
  if (held !== undefined) return held;
  throw new Refused('not-found', `${id} is a ${found.kind}, and no saga holds it`);
}
