/**
 * The protocol's messages as they stand on the wire (protocol.md §2): verbs, headers, bodies, answers.
 *
 * 1. A question carries `reply_to` and `correlation_id`, is persistent and mandatory, and keeps its message id on every resend.
 * 2. Answers are read leniently and written strictly; what is neither yes nor no is not an answer.
 * 3. An old peer gets one id a message; a new one may get a list and answers with `results`.
 */
import { Type } from 'typebox';
import type { MessageInfo } from '../../runtime/messages/message-events.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Destination, Publish } from '../../runtime/step/effects.ts';
import type { ConsentSettings } from './settings.ts';

export const protocolVersion = 2;
export const hopsMax = 64;
/** Subscribers of one node. */
export const votersMax = 1_000;

export type Verb = {
  readonly name: 'delete' | 'update';
  readonly mode: 'D' | 'U';
  readonly may: 'mayDelete' | 'mayUpdate';
  readonly doing: 'deleting' | 'updating';
  readonly done: 'deleted' | 'updated';
  readonly off: 'notDeleted' | 'notUpdated';
  readonly is: 'isDeleting' | 'isUpdating';
};

export const verbs: { readonly delete: Verb; readonly update: Verb } = {
  delete: {
    name: 'delete',
    mode: 'D',
    may: 'mayDelete',
    doing: 'deleting',
    done: 'deleted',
    off: 'notDeleted',
    is: 'isDeleting',
  },
  update: {
    name: 'update',
    mode: 'U',
    may: 'mayUpdate',
    doing: 'updating',
    done: 'updated',
    off: 'notUpdated',
    is: 'isUpdating',
  },
};

/** The verb a message belongs to. */
export function verbOf(action: string): Verb {
  const { delete: deletion, update } = verbs;
  return [update.may, update.doing, update.done, update.off, update.is].some(
    (name) => name === action,
  )
    ? update
    : deletion;
}

const NodeId = Type.String({
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
});
export const NodeIdSchema = NodeId;
/** One id or several. */
export const NodeIdsSchema = Type.Union([
  NodeId,
  Type.Array(NodeId, { minItems: 1, maxItems: 10_000, uniqueItems: true }),
]);
/** `{id}` with more beside it. */
export const ConsentDataSchema = Type.Object({ id: NodeIdsSchema });
const SubscribeNewSchema = Type.Object({
  service: Type.String({ minLength: 1 }),
  subscribe_to_id: NodeIdsSchema,
});
const SubscribeOldSchema = Type.Object({
  routing_key: Type.String({ minLength: 1 }),
  id: NodeIdsSchema,
});
export const SubscribeDataSchema = Type.Union([SubscribeNewSchema, SubscribeOldSchema]);

export function idsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [value as string];
}

export type SubscribeRequest = {
  readonly service: string;
  readonly routingKey?: string;
  readonly ids: readonly string[];
};

/** Both forms of a `subscribe` body. */
export function subscribeRequest(data: Json): SubscribeRequest {
  const { service, subscribe_to_id: ids, routing_key: routingKey, id } = data as JsonObject;
  if (typeof service === 'string')
    return { service, ids: idsOf(ids), ...(typeof routingKey === 'string' ? { routingKey } : {}) };
  return { service: routingKey as string, routingKey: routingKey as string, ids: idsOf(id) };
}

/** What the headers of a question say of its saga; undefined from an old peer. */
export type SagaHeaders = {
  readonly saga: string;
  /** Milliseconds that remain, when the message was sent. */
  readonly deadlineMs: number | null;
  readonly hops: number;
  /** The saga whose start counts in a conflict, where it is an earlier one. */
  readonly age?: string;
  /** An `ok` shall say what it takes along (`engaged`): the deletion was planned. */
  readonly inventory?: true;
};

function numberOf(headers: Headers, name: string): number | null {
  const value = headers[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function sagaHeaders(headers: Headers): SagaHeaders | undefined {
  const saga = headers['consent-saga'];
  if (typeof saga !== 'string' || saga === '') return undefined;
  const age = headers['consent-age'];
  const timing = {
    deadlineMs: numberOf(headers, 'consent-deadline-ms'),
    hops: numberOf(headers, 'consent-hops') ?? 0,
  };
  const inventory = headers['consent-inventory'] === 1 ? ({ inventory: true } as const) : {};
  return {
    saga,
    ...timing,
    ...(typeof age === 'string' && age !== '' ? { age } : {}),
    ...inventory,
  };
}

/** Key of the actor that holds a saga's part here. An old owner's saga is its exchange and the node, for its `deleting` carries nothing else. */
export function sagaKey(headers: Headers, exchange: string, nodeId: string): string {
  return sagaHeaders(headers)?.saga ?? `${exchange}:${nodeId}`;
}

export type QuestionScope = {
  readonly saga: string;
  readonly epoch: number;
  readonly hops: number;
  /** Milliseconds that remain for the vote; null after the decision. */
  readonly deadlineMs: number | null;
  /** As in `SagaHeaders`. */
  readonly age?: string;
  readonly inventory?: boolean;
};

export function consentHeaders({
  saga,
  epoch,
  hops,
  deadlineMs,
  age = saga,
  inventory = false,
}: QuestionScope): Headers {
  const deadline =
    deadlineMs === null ? {} : { 'consent-deadline-ms': Math.max(0, Math.round(deadlineMs)) };
  return {
    'consent-protocol': protocolVersion,
    'consent-saga': saga,
    'consent-epoch': epoch,
    'consent-hops': hops,
    ...deadline,
    ...(age === saga ? {} : { 'consent-age': age }),
    ...(inventory ? { 'consent-inventory': 1 } : {}),
  };
}

/** One node, or the first of several with how many more: part of a message id. */
export function nodesTag(ids: readonly string[]): string {
  return ids.length === 1 ? (ids[0] as string) : `${ids[0]}+${ids.length - 1}`;
}

export function consentMessageId(
  saga: string,
  ids: readonly string[],
  action: string,
  to: string,
): string {
  return `${saga}/${nodesTag(ids)}/${action}/${to}`;
}

function idData(ids: readonly string[], more: JsonObject = {}): JsonObject {
  return { id: ids.length === 1 ? (ids[0] as string) : ids, ...more };
}

/** A message of the protocol to one peer, or (no `to.routingKey` of its own) to the broadcast key. */
export function consentMessage(
  settings: ConsentSettings,
  action: string,
  ids: readonly string[],
  scope: QuestionScope,
  to: { readonly service: string; readonly routingKey: string },
  more?: JsonObject,
): Publish {
  return {
    exchange: settings.main.exchange,
    routingKey: to.routingKey,
    action,
    data: idData(ids, more),
    messageId: consentMessageId(scope.saga, ids, action, to.service),
    headers: consentHeaders(scope),
  };
}

/** A fact, to the broadcast key and to the node's id. */
export function factMessages(
  settings: ConsentSettings,
  action: string,
  nodeId: string,
  cause: string,
  headers: Headers = {},
): readonly Publish[] {
  const keys: readonly [string, string][] = [
    [settings.main.routingKey, 'all'],
    [nodeId, 'node'],
  ];
  return keys.map(([routingKey, to]) => ({
    exchange: settings.main.exchange,
    routingKey,
    action,
    data: { id: nodeId },
    messageId: `${cause}/${nodeId}/${action}/${to}`,
    headers,
  }));
}

/** `subscribe` or `unsubscribe`, as a subscriber sends it; `purpose` tells apart what several of its actors ask for at once. */
export function subscribeMessage(
  settings: ConsentSettings,
  action: 'subscribe' | 'unsubscribe',
  owner: Destination,
  nodeId: string,
  generation: number,
  purpose: string,
): Publish {
  return {
    ...owner,
    action,
    data: { service: settings.service, subscribe_to_id: [nodeId] },
    messageId: `${settings.service}/${nodeId}/${action}/${generation}/${purpose}`,
    headers: { 'consent-protocol': protocolVersion, 'consent-generation': generation },
  };
}

export function generationOf({ headers }: MessageInfo): number {
  return numberOf(headers, 'consent-generation') ?? 0;
}

export function speaksConsent({ headers }: Pick<MessageInfo, 'headers'>): boolean {
  return headers['consent-protocol'] !== undefined;
}

/** Why something may not go. */
export type Refusal = {
  readonly service: string;
  readonly nodeId: string;
  readonly reason: string;
};

export type Answer = {
  readonly response: 'ok' | 'no' | 'wait';
  /** Who says so, where the answer tells. */
  readonly service?: string;
  readonly reason?: string;
  /** Everything that stands behind a `no`. */
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
};

export const okBody: Json = { response: 'ok' };

export function noBody(
  service: string,
  reason: string,
  refusals: readonly Refusal[] = [],
  silent: readonly string[] = [],
): Json {
  return {
    response: 'no',
    message: reason,
    service,
    ...(refusals.length === 0 ? {} : { refusals: refusals }),
    ...(silent.length === 0 ? {} : { silent }),
  };
}

export const waitBody: Json = { response: 'wait' };

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function plainAnswer(body: Json): Answer['response'] | undefined {
  if (body === true || body === 'ok') return 'ok';
  if (body === false || body === 'no') return 'no';
  return body === 'wait' ? 'wait' : undefined;
}

function reasonOfError(error: Json): string {
  if (typeof error === 'string') return error;
  return textOf((error as JsonObject | null)?.['message']) ?? JSON.stringify(error);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands behind a `no`, as far as it is well-formed: peers write it. */
function refusalsIn(value: Json | undefined): readonly Refusal[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: Json) => {
    if (!isObject(entry)) return [];
    const { service, nodeId, reason } = entry;
    return typeof service === 'string' && typeof nodeId === 'string' && typeof reason === 'string'
      ? [{ service, nodeId, reason }]
      : [];
  });
}

function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function bodyAnswer(body: JsonObject): Answer | undefined {
  const service = textOf(body['service']);
  const who = service === undefined ? {} : { service };
  if (body['error'] !== undefined && body['error'] !== null)
    return {
      ...who,
      response: 'no',
      reason: reasonOfError(body['error']),
      refusals: [],
      silent: [],
    };
  const response = plainAnswer(body['response'] ?? null);
  if (response === undefined) return undefined;
  const reason = textOf(body['message']);
  const refusals = refusalsIn(body['refusals']);
  return {
    ...who,
    response,
    refusals,
    silent: textsIn(body['silent']),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** One answer as peers write it; undefined when it is none. */
export function readAnswer(body: Json): Answer | undefined {
  const plain = plainAnswer(body);
  if (plain !== undefined) return { response: plain, refusals: [], silent: [] };
  return isObject(body) ? bodyAnswer(body) : undefined;
}

function answerFor(body: Json, id: string): Json | undefined {
  if (!isObject(body) || body['results'] === undefined) return body;
  const { results } = body;
  return isObject(results) && Object.hasOwn(results, id) ? results[id] : undefined;
}

/** The answer for each id that was asked about. Ids without an answer are left out. */
export function readAnswers(body: Json, ids: readonly string[]): ReadonlyMap<string, Answer> {
  const answers = ids.flatMap((id) => {
    const written = answerFor(body, id);
    const answer = written === undefined ? undefined : readAnswer(written);
    return answer === undefined ? [] : [[id, answer] as const];
  });
  return new Map(answers);
}

/** The body that answers a question about these ids. */
export function answersBody(ids: readonly string[], answerOf: (id: string) => Json): Json {
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return answerOf(only);
  return { results: Object.fromEntries(ids.map((id) => [id, answerOf(id)])) };
}
