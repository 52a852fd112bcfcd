/** One question to the service of an entity and its answer; an error of the answer is thrown. */
import type { LinkAction } from '../../actors/model-crud/messages.ts';
import { isJsonObject } from '../../config/json.ts';
import type { Client } from '../../runtime/client.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import { Broken, UnanimousError } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Entity } from './entities.ts';
import { answeredProblem, errorIn, ProblemError } from './problem.ts';

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
  const { entity, action, data, messageId, waitMs: timeoutMs } = question;
  const answer = await client
    .request(
      entity.destination,
      { action, data },
      { messageId, timeoutMs, ...withHeaders(question) },
    )
    .catch((error: unknown) => {
      throw isTimeOut(error) ? late(error, question) : error;
    });
  const error = errorIn(answer);
  if (error !== undefined) throw new ProblemError(answeredProblem(withSaga(error, question)));
  if (isJsonObject(answer)) return answer;
  throw new Broken('broken', `${entity.service}: the answer is no object`);
}

export function withHeaders({ headers }: Pick<Question, 'headers'>): Pick<Question, 'headers'> {
  return headers === undefined ? {} : { headers };
}

/** No answer came within the wait; the service may still carry the request out. */
export class Late extends ProblemError {}

function late({ message }: UnanimousError, { whenLate }: Question): Late {
  const detail = `${message}; the request may still be carried out`;
  return new Late(answeredProblem({ ...whenLate, code: 504, name: 'timed-out', message: detail }));
}

function isTimeOut(error: unknown): error is UnanimousError {
  return error instanceof UnanimousError && error.code === 'timed-out';
}

function withSaga(error: JsonObject, { whenLate }: Question): JsonObject {
  return error['name'] === 'timed-out' ? { ...whenLate, ...error } : error;
}
