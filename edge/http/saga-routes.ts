/**
 * The sagas of a deployment: the parts that are under way, and the record or the events of one saga.
 * A saga is found by its own id and by the identity of the request that began it.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Deployment } from '../../composition/open-deployment.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import { sagaOperations, withOperation } from './operations.ts';
import { ProblemError, plainProblem } from './problem.ts';
import { endId, sagaEvents } from './saga-events.ts';

export interface SagaRoutesOptions {
  readonly deployment: Pick<Deployment, 'history' | 'sagas' | 'sagaOf' | 'sagaRecord'>;
  readonly clock: Clock;
}

/** Between two readings of the history for a stream of events. */
const intervalMs = 250;
const streamType = 'text/event-stream';

type Request = FastifyRequest<{ Params: { readonly id: string } }>;

/** Adds the routes under the prefix of `app`. */
export async function sagaRoutes(
  app: FastifyInstance,
  { deployment, clock }: SagaRoutesOptions,
): Promise<void> {
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());
  const pause = () => intervalOf(clock, stopping.signal);
  const feed = { history: (saga: string) => deployment.history(saga), pause };
  const { list, read } = sagaOperations;
  app.get('/', withOperation(list), async () => ({ data: await deployment.sagas() }));
  app.get('/:id', withOperation(read), async (request: Request, reply) => {
    const { id } = request.params;
    const saga = (await deployment.sagaOf(id)) ?? id;
    const record = await deployment.sagaRecord(saga);
    if (record === undefined)
      throw new ProblemError(plainProblem(404, `no saga ${id} has begun in these databases`));
    if (!request.headers.accept?.includes(streamType)) return record;
    return sendEvents(reply, request.headers['last-event-id'], (lastId) =>
      sagaEvents(saga, feed, lastId),
    );
  });
}

/** 204 tells a client that has seen the end not to come again. */
function sendEvents(
  reply: FastifyReply,
  header: string | readonly string[] | undefined,
  events: (lastId: string | undefined) => AsyncGenerator<string>,
): FastifyReply {
  const lastId = header === undefined ? undefined : String(header);
  if (lastId === endId) return reply.code(204).send();
  const stream = Readable.from(events(lastId), { objectMode: false });
  // The connection ends with the stream, so that it does not keep a server from its end.
  void reply.headers({ 'cache-control': 'no-store', connection: 'close' });
  return reply.type(streamType).send(stream);
}

/** Resolves to true after the interval, to false at once when the server stops. */
function intervalOf(clock: Clock, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = (): void => {
      cancel();
      resolve(false);
    };
    const cancel = clock.after(intervalMs, () => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
