/**
 * The events in which messages, answers, read results and refused writes reach a machine. All of
 * them are JSON.
 *
 * Invariants:
 * - Reserved key: the runtime puts its own members under `event.$`. No other key of an event is the
 *   runtime's, so it never overwrites a member of the sender's data. The input of a machine carries
 *   `$` with the time and the new id too.
 * - One shape: a machine and a route (`IncomingMessage`) see the same members of a message. A member
 *   that the message does not have is null.
 */
import type { Headers } from '../ports/envelope.ts';
import type { ErrorBody } from '../ports/errors.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { ReplyAddress } from '../step/effects.ts';
import { becomeJson, isOwnJson } from '../step/json-value.ts';
import type { Stamp } from '../step/step-effect.ts';

/** A message without its action and data. A machine finds it in `event.$.message`. JSON. */
export type MessageInfo = {
  /**
   * The identity under which the service remembers the message: its `message_id`, else
   * `(reply_to, correlation_id)`, else its `request_id`, together with its `app_id`
   * (`message-identity.ts`). Null: the message is handled at least once.
   */
  readonly identity: string | null;
  /** The `app_id` of the sender, a claim. */
  readonly from: string | null;
  /** The sender's user on the broker, which the broker has checked. Null: unknown. */
  readonly user: string | null;
  readonly headers: Headers;
  /** The queue that the message was taken from. */
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** Where the sender waits for an answer. Null: the sender wants no answer. */
  readonly replyTo: ReplyAddress | null;
};

/**
 * The runtime's members of the event of a message. They are marked as JSON, so that a step does not
 * copy them. The mark freezes, so headers that are not marked yet stay as they are: a route has
 * them.
 */
export function messageMembers(message: MessageInfo): { readonly message: MessageInfo } {
  const members = { message };
  if (isOwnJson(message.headers)) becomeJson(members);
  return members;
}

/** The event of a message. Its type is the action. */
export type MessageEvent<TData = Json, TRead = unknown, TType extends string = string> = {
  readonly type: TType;
  readonly data: TData;
  readonly $: Stamp & {
    readonly message: MessageInfo;
    /** The result of the route's read. */
    readonly read: TRead;
  };
};

/** The event of an answer. Its type is the `answer` of the question. */
export type AnswerEvent<TAbout = Json, TType extends string = string> = {
  readonly type: TType;
  /** The body of the answer. */
  readonly answer: Json;
  /** The `about` of the question. */
  readonly about: TAbout;
  readonly $: Stamp & { readonly message: MessageInfo };
};

/** The event of a finished `read` effect. Its type is the `event` of the read request. */
export type ReadEvent<TRead = Json, TType extends string = string> = {
  readonly type: TType;
  readonly $: Stamp & { readonly read: TRead };
};

/**
 * The event of a refused write: the step is undone, and the machine gets this event in place of the
 * step's event.
 */
export type WriteErrorEvent = {
  readonly type: 'error.write';
  readonly error: ErrorBody;
  /**
   * The event whose step asked for the write, with its read result. For a timer or an activity only
   * `{"type": "timer" | "activity"}`.
   */
  readonly cause: JsonObject & { readonly type: string };
  readonly $: Stamp;
};
