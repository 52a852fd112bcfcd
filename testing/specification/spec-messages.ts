/** What arrives at a machine or a service in a specification: messages, answers, and who asked. */

import type { AnswerEvent, MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';

/** An event as a machine gets it; time and a fresh id are added by the step. */
export type SpecEvent = { readonly type: string };

/** An event before its step: without the time and the new id, which the step adds. */
export type Unstamped<TEvent extends { readonly $: Stamp }> = Omit<TEvent, '$'> & {
  readonly $: Omit<TEvent['$'], keyof Stamp>;
};

/** What a message has besides its action and data. */
export interface MessageOptions<TRead> {
  /** Result of the route's read; for a machine alone, because a service does its own reads (`GivenOptions.reads`). Default null. */
  readonly read?: TRead;
  /** Who waits for the answer, see `caller`. Default: nobody. */
  readonly replyTo?: ReplyAddress;
  /** Under which it is remembered. Default: none, it is handled as often as it comes. */
  readonly identity?: string;
  /** Name of the service that sent it. Default: unknown. */
  readonly from?: string;
  readonly headers?: Headers;
}

const through = { exchange: 'spec', routingKey: 'spec' };

/** A message: its type is the action. */
export function message<TData, TRead = null, TType extends string = string>(
  type: TType,
  data: TData,
  options: MessageOptions<TRead> = {},
): Unstamped<MessageEvent<TData, TRead | null, TType>> {
  const { read = null, replyTo, identity, from, headers = {} } = options;
  return {
    type,
    data,
    $: {
      read,
      message: {
        ...through,
        identity: identity ?? null,
        from: from ?? null,
        headers,
        replyTo: replyTo ?? null,
      },
    },
  };
}

/** The answer to a question as its machine gets it; `type` is what the question named, `about` comes back from the question. */
export function answer<TType extends string>(
  type: TType,
  body: Json,
  about: Json = null,
): Unstamped<AnswerEvent<Json, TType>> {
  return {
    type,
    answer: body,
    about,
    $: { message: { ...through, identity: null, from: null, headers: {}, replyTo: null } },
  };
}

/** Where the sender of the message `messageId` waits for its answer. */
export function caller(messageId: string): ReplyAddress {
  return { messageId, exchange: through.exchange, routingKey: 'caller', correlationId: messageId };
}
