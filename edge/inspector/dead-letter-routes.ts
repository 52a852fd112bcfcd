/** Dead letters: the list, a dead letter with its body, and what an operator may do with it. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isJsonObject } from '../../config/json.ts';
import { redact, redactText } from '../../config/redact.ts';
import type { DeadLetters } from '../../runtime/duties/dead-letters.ts';
import type { StoredDeadLetter } from '../../runtime/ports/dead-letter.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { DeadLetterDetail, DeadLetterSummary } from './contract.ts';

const listedMax = 1_000;

type Request = FastifyRequest<{ Params: { readonly id: string } }>;

/** Adds the routes under the prefix of `app`. */
export async function deadLetterRoutes(
  app: FastifyInstance,
  { deadLetters }: { readonly deadLetters: Pick<DeadLetters, 'list' | 'show' | 'replay' | 'drop'> },
): Promise<void> {
  app.get('/', async () => {
    const found = await deadLetters.list({ limit: listedMax });
    return { data: found.map(summaryOf) };
  });
  app.get('/:id', async ({ params: { id } }: Request) => detailOf(await known(id)));
  app.post('/:id/replay', { config: { changes: true } }, async ({ params: { id } }: Request) => {
    await known(id);
    return { count: await deadLetters.replay({ ids: [id] }) };
  });
  app.post('/:id/drop', { config: { changes: true } }, async ({ params: { id } }: Request) => {
    await known(id);
    return { count: await deadLetters.drop({ ids: [id] }) };
  });

  async function known(id: string): Promise<StoredDeadLetter> {
    const found = await deadLetters.show(id);
    if (found !== undefined) return found;
    throw new Refused('not-found', `there is no dead letter ${id}`);
  }
}

function summaryOf(deadLetter: StoredDeadLetter): DeadLetterSummary {
  const { id, service, kind, properties, reason, firstAtMs, lastAtMs, count } = deadLetter;
  return {
    id,
    service,
    kind,
    action: properties.type ?? actionIn(deadLetter.body),
    reason: redactText(reason),
    firstAtMs,
    lastAtMs,
    count,
    replayRequested: deadLetter.replayRequested,
  };
}

function detailOf(deadLetter: StoredDeadLetter): DeadLetterDetail {
  const { queue, exchange, routingKey, stack, properties, body } = deadLetter;
  return {
    ...summaryOf(deadLetter),
    queue,
    exchange,
    routingKey,
    stack: stack === undefined ? null : redactText(stack),
    properties: redact(properties as JsonObject) as JsonObject,
    body: shownBody(body),
  };
}

/**
 * The action in the body of a message; null for a body without an action. `base64`: the bytes of
 * the body.
 */
function actionIn(base64: string): string | null {
  const body = shownBody(base64);
  return isJsonObject(body) && typeof body['action'] === 'string' ? body['action'] : null;
}

/** `base64`: the bytes of the body. */
function shownBody(base64: string): Json {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return null;
  try {
    return redact(JSON.parse(text)) ?? null;
  } catch {
    return redactText(text);
  }
}
