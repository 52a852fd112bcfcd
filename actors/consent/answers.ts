/**
 * The answers of the protocol: `ok`, `no` or `wait`, for one node or for several. Pure.
 *
 * - Answers are written in one form and read in every form that a peer may write.
 * - A body in no known form is no answer: the question stays open. An error that says the answer
 *   could not be read is no answer either, because nobody knows whether the voter agreed.
 * - Peers write the bodies, so a member that is not well-formed counts as absent, and a long reason
 *   is cut.
 */
import { isJsonObject } from '../../config/json.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { boundedReason } from './reason-text.ts';
import { untilIn } from './retained.ts';

/** Why a service refuses an operation on a node. */
export type Refusal = {
  readonly service: string;
  readonly nodeId: string;
  readonly reason: string;
  /** When the reason ends; absent: it is not known. */
  readonly until?: string;
};

export type Answer = {
  readonly response: 'ok' | 'no' | 'wait';
  /** The service that answers, where the answer names its service. */
  readonly service?: string;
  readonly reason?: string;
  /** Every refusal behind a `no`, also those of services further down. */
  readonly refusals: readonly Refusal[];
  /** Services further down that did not answer in time. */
  readonly silent: readonly string[];
  /** When a `no` ends. */
  readonly until?: string;
  /** The member `retains` of an `ok`, as it was written. */
  readonly retains?: Json;
};

export const okBody: JsonObject = { response: 'ok' };
export const waitBody: JsonObject = { response: 'wait' };

export function noBody(
  service: string,
  reason: string,
  refusals: readonly Refusal[] = [],
  silent: readonly string[] = [],
): JsonObject {
  return {
    response: 'no',
    message: reason,
    service,
    ...(refusals.length === 0 ? {} : { refusals }),
    ...(silent.length === 0 ? {} : { silent }),
  };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function plainResponse(body: Json): Answer['response'] | undefined {
  if (body === true || body === 'ok') return 'ok';
  if (body === false || body === 'no') return 'no';
  return body === 'wait' ? 'wait' : undefined;
}

function reasonOfError(error: Json): string {
  if (typeof error === 'string') return error;
  const message = isJsonObject(error) ? textOf(error['message']) : undefined;
  return message ?? JSON.stringify(error);
}

/** The error of the runtime in place of an answer that could not be read. */
function isUnread(error: Json): boolean {
  const name = isJsonObject(error) ? error['name'] : undefined;
  return name === 'answer-too-large' || name === 'bad-answer';
}

function refusalsIn(value: Json | undefined): readonly Refusal[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: Json) => {
    if (!isJsonObject(entry)) return [];
    const { service, nodeId, reason } = entry;
    return typeof service === 'string' && typeof nodeId === 'string' && typeof reason === 'string'
      ? [{ service, nodeId, reason: boundedReason(reason), ...untilIn(entry['until']) }]
      : [];
  });
}

function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function objectAnswer(body: JsonObject): Answer | undefined {
  const service = textOf(body['service']);
  const sender = service === undefined ? {} : { service };
  const error = body['error'] ?? null;
  if (isUnread(error)) return undefined;
  if (error !== null)
    return {
      ...sender,
      response: 'no',
      reason: boundedReason(reasonOfError(error)),
      refusals: [],
      silent: [],
    };
  const response = plainResponse(body['response'] ?? null);
  if (response === undefined) return undefined;
  const reason = textOf(body['message']);
  return {
    ...sender,
    response,
    refusals: refusalsIn(body['refusals']),
    silent: textsIn(body['silent']),
    ...(reason === undefined ? {} : { reason: boundedReason(reason) }),
    ...untilIn(body['until']),
    ...(response === 'ok' && body['retains'] !== undefined ? { retains: body['retains'] } : {}),
  };
}

/** The answer in a body about one node; undefined where the body is no answer. */
export function readAnswer(body: Json): Answer | undefined {
  const response = plainResponse(body);
  if (response !== undefined) return { response, refusals: [], silent: [] };
  return isJsonObject(body) ? objectAnswer(body) : undefined;
}

/** The answer for one node in `results`. */
function resultFor(results: Json, id: string): Json | undefined {
  return isJsonObject(results) && Object.hasOwn(results, id) ? results[id] : undefined;
}

/**
 * The answers in the body of a question about `ids`, by id. An id without an answer is left out. A
 * body without `results` is one answer for all ids.
 */
export function readAnswers(body: Json, ids: readonly string[]): ReadonlyMap<string, Answer> {
  const service = serviceIn(body);
  const sender = service === undefined ? {} : { service };
  if (!isJsonObject(body) || body['results'] === undefined) {
    const shared = readAnswer(body);
    return new Map(shared === undefined ? [] : ids.map((id) => [id, shared]));
  }
  const answers = new Map<string, Answer>();
  for (const id of ids) {
    const written = resultFor(body['results'], id);
    const answer = written === undefined ? undefined : readAnswer(written);
    if (answer !== undefined) answers.set(id, { ...sender, ...answer });
  }
  return answers;
}

/** The service that a body names beside its answers; undefined where the body names none. */
export function serviceIn(body: Json): string | undefined {
  return isJsonObject(body) ? textOf(body['service']) : undefined;
}

/** The body that answers a question about `ids`. */
export function answersBody(
  ids: readonly string[],
  answerOf: (id: string) => JsonObject,
): JsonObject {
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return answerOf(only);
  return { results: Object.fromEntries(ids.map((id) => [id, answerOf(id)])) };
}
