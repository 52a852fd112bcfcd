/**
 * The events that arrive in a specification: messages, answers, and the address of a caller. Their
 * time and new id are added by the step.
 */
import type { AnswerEvent, MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';

/** An event as a machine gets it, without the time and the new id. */
export type SpecEvent = { readonly type: string };

/** An event before its step: without the time and the new id, which the step adds. */
export type Unstamped<TEvent extends { readonly $: Stamp }> = Omit<TEvent, '$'> & {
  readonly $: Omit<TEvent['$'], keyof Stamp>;
};

/** The members of a message besides its action and data. */
export interface MessageOptions<TRead> {
  /**
   * The result of the route's read, for a machine alone. A service does its own reads (`reads` of
   * `given`). Default null.
   */
  readonly read?: TRead;
  /** Where the sender waits for the answer, see `caller`. Default: the sender wants no answer. */
  readonly replyTo?: ReplyAddress;
  /** A service remembers the message under it. Default: none, handled as often as it comes. */
  readonly identity?: string;
  /** The name of the service that sent the message. Default: unknown. */
  readonly from?: string;
  /** The broker's user that sent the message. Default: unknown. */
  readonly user?: string;
  readonly headers?: Headers;
  /** The exchange through which the message comes. Default `spec`. */
  readonly exchange?: string;
  /** The routing key of the message. Default `spec`. */
  readonly routingKey?: string;
}

const through = { queue: 'spec', exchange: 'spec', routingKey: 'spec' };

/** A message: its type is the action. */
export function message<TData, TRead = null, TType extends string = string>(
  type: TType,
  data: TData,
  options: MessageOptions<TRead> = {},
): Unstamped<MessageEvent<TData, TRead | null, TType>> {
  const { read = null, replyTo = null, identity = null, from = null, user = null } = options;
  const { headers = {} } = options;
  const { exchange = through.exchange, routingKey = through.routingKey } = options;
  const way = { queue: through.queue, exchange, routingKey };
  return { type, data, $: { read, message: { ...way, identity, from, user, headers, replyTo } } };
}

/**
 * The answer to a question, as the machine that asked gets it. `type`: the answer event that the
 * question named. `about`: comes back from the question.
 */
export function answer<TType extends string>(
  type: TType,
  body: Json,
  about: Json = null,
): Unstamped<AnswerEvent<Json, TType>> {
  return { type, answer: body, about, $: { message: answerInfo } };
}

/** The message of an answer. */
export const answerInfo = {
  ...through,
  identity: null,
  from: null,
  user: null,
  headers: {},
  replyTo: null,
};

/** The address where the sender of the message `messageId` waits for its answer. */
export function caller(messageId: string): ReplyAddress {
  return { messageId, exchange: through.exchange, routingKey: 'caller', correlationId: messageId };
}
