/** One question to the service of an entity and its answer; an error of the answer is thrown. */
import type { LinkAction } from '../../actors/model-crud/messages.ts';
import { isJsonObject } from '../../config/json.ts';
import type { Client } from '../../runtime/client.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import { Broken, UnanimousError } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Entity } from './entities.ts';
import { answeredProblem, errorIn, ProblemError } from './problem.ts';
import type { Straight } from './straight-reads.ts';

/** The part of a client that HTTP needs. */
export type HttpClient = Pick<Client, 'request' | 'send' | 'ping' | 'close'>;

export type Action =
  | (
      | 'create'
      | 'createAlias'
      | 'copy'
      | 'read'
      | 'update'
      | 'delete'
      | 'plan'
      | 'process'
      | 'list'
      | 'undelete'
    )
  | LinkAction;

export interface Question {
  readonly entity: Entity;
  readonly action: Action;
  readonly data: Json;
  readonly messageId: string;
  readonly waitMs: number;
  readonly headers?: Headers;
  /** Members of the problem of an answer or a wait that took too long. */
  readonly whenLate?: JsonObject;
}

/**
 * Throws `ProblemError` for an error in the answer, `Transient` if the service is not reached, and
 * `Late` if no answer came in time.
 */
export async function answerTo(client: HttpClient, question: Question): Promise<JsonObject> {
  const { entity, action } = question;
  const straight = entity.straightReads.get(action);
  const answer = await asked(client, question, straight).catch((error: unknown) => {
    throw isTimeOut(error) ? late(error, question) : error;
  });
  const error = errorIn(answer);
  if (error !== undefined) throw new ProblemError(answeredProblem(withSaga(error, question)));
  if (isJsonObject(answer)) return answer;
  throw new Broken('broken', `${entity.service}: the answer is no object`);
}

async function asked(
  client: HttpClient,
  question: Question,
  straight: Straight | undefined,
): Promise<Json> {
  const { entity, action, data, messageId, waitMs } = question;
  const options = { messageId, timeoutMs: waitMs, ...withHeaders(question) };
  if (straight === undefined) return client.request(entity.destination, { action, data }, options);
  const { exchange, routingKey, action: passed, timeoutMs, limits, answerLimits } = straight;
  const ofGateway = { from: entity.service, limits, answerLimits };
  return client.request(
    { exchange, routingKey },
    { action: passed, data },
    { ...options, ...ofGateway, timeoutMs: Math.min(waitMs, timeoutMs) },
  );
}

export function withHeaders({ headers }: Pick<Question, 'headers'>): Pick<Question, 'headers'> {
  return headers === undefined ? {} : { headers };
}

/** No answer came within the wait, as the message of a client's time-out says. */
export class Late extends ProblemError {}

function late({ message }: UnanimousError, { whenLate }: Question): Late {
  return new Late(answeredProblem({ ...whenLate, code: 504, name: 'timed-out', message }));
}

function isTimeOut(error: unknown): error is UnanimousError {
  return error instanceof UnanimousError && error.code === 'timed-out';
}

function withSaga(error: JsonObject, { whenLate }: Question): JsonObject {
  return error['name'] === 'timed-out' ? { ...whenLate, ...error } : error;
}
