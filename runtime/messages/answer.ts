/**
 * The answer to a question: its outbox row and the body of a refusal. Answers of machines, repeated
 * answers and answers that the runtime gives itself are all built here.
 *
 * Invariants:
 * - One id: the answer to a question always has the same message id, so the sender of the question
 *   can recognise a repeated answer.
 * - Last resort: when the exchange of the question gives the answer back, the answer goes straight
 *   to the reply queue, unless the asker is a service that takes answers through exchanges only.
 */
import type { ActorAddress } from '../ports/address.ts';
import type { Draft } from '../ports/draft.ts';
import type { MessageProperties } from '../ports/envelope.ts';
import { type ErrorBody, errorBody } from '../ports/errors.ts';
import { identityBelow } from '../ports/identity.ts';
import type { OutboxRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import { type TraceContext, withTraceContext } from '../ports/tracing.ts';
import type { ReplyAddress } from '../step/effects.ts';

/** The sender of an answer. `id` and `atMs` are those of the new outbox row. */
export interface Answerer {
  readonly id: string;
  readonly atMs: number;
  /** The actor that answers. */
  readonly address: ActorAddress;
}

export function answerRow(
  { id, atMs, address }: Answerer,
  { exchange, routingKey, messageId, correlationId, neverStraight }: ReplyAddress,
  body: Json,
  trace?: TraceContext,
): OutboxRow {
  const properties: Draft<MessageProperties> = {
    messageId: identityBelow(messageId, 'answer'),
    type: 'answer',
    appId: address.service,
    contentType: 'application/json',
    persistent: true,
    timestampMs: atMs,
  };
  if (correlationId !== undefined) properties.correlationId = correlationId;
  if (trace !== undefined) properties.headers = withTraceContext(undefined, trace);
  const row: Draft<OutboxRow> = {
    id,
    address,
    exchange,
    routingKey,
    mandatory: true,
    properties,
    body,
  };
  if (exchange !== '' && neverStraight !== true) row.orStraightToQueue = true;
  return row;
}

/**
 * The body of an answer that refuses: in the form of the route, else `{"error": …}`. A form that
 * throws counts as none, because an error must not keep its sender from the answer.
 */
export function refusalBody(error: unknown, form?: (error: ErrorBody) => Json): Json {
  const body = errorBody(error);
  try {
    return form?.(body) ?? { error: body };
  } catch {
    return { error: body };
  }
}
