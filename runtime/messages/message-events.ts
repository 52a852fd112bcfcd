/**
 * The events by which messages, answers, read results and refused writes reach a machine. All members are JSON.
 *
 * The runtime puts its own members under one reserved key, `event.$`. No other key of an event is the runtime's, so a member of the
 * sender's data is never overwritten. A machine's input carries `$` with the time and the new id too.
 */
import type { Headers } from '../ports/envelope.ts';
import type { ErrorBody } from '../ports/errors.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { ReplyAddress } from '../step/effects.ts';
import type { Stamp } from '../step/step-effect.ts';

/** A message without its data, as a machine sees it in `event.$.message`. JSON. */
export type MessageInfo = {
  readonly identity: string | null;
  readonly from: string | null;
  readonly headers: Headers;
  readonly exchange: string;
  readonly routingKey: string;
  readonly replyTo: ReplyAddress | null;
};

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

/** The event of a refused write: the step is undone, and the machine gets this event in place of the step's event. */
export type WriteErrorEvent = {
  readonly type: 'error.write';
  readonly error: ErrorBody;
  /** The event whose step asked for the write, with its read result; for a timer or an activity only `{"type": "timer" | "activity"}`. */
  readonly cause: JsonObject & { readonly type: string };
  readonly $: Stamp;
};
