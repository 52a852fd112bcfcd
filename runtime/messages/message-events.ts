/** The events by which messages, answers and refused writes reach a machine. All of their members are JSON. */
import type { Headers } from '../ports/envelope.ts';
import type { ErrorBody } from '../ports/errors.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { ReplyAddress } from '../step/effects.ts';

/** What a machine sees of a message, in `event.message`. JSON. */
export interface MessageInfo {
  readonly identity: string | null;
  readonly from: string | null;
  readonly headers: Headers;
  readonly exchange: string;
  readonly routingKey: string;
  readonly replyTo: ReplyAddress | null;
}

/** The event a message arrives as. Its type is the action. */
export interface MessageEvent<TData = Json, TRead = unknown, TType extends string = string> {
  readonly type: TType;
  readonly data: TData;
  readonly message: MessageInfo;
  /** Result of the route's read. */
  readonly read: TRead;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A UUIDv7 nobody else has. */
  readonly fresh: string;
}

/** The event an answer arrives as. Its type is what the question named. */
export interface AnswerEvent<TAbout = Json, TType extends string = string> {
  readonly type: TType;
  /** The body of the answer. */
  readonly answer: Json;
  readonly about: TAbout;
  readonly message: MessageInfo;
  readonly at: number;
  readonly fresh: string;
}

/** What a machine gets when a write of its step was refused: the step is undone, this event comes in its place. */
export interface WriteErrorEvent {
  readonly type: 'error.write';
  readonly error: ErrorBody;
  /** The event whose step asked for the write, with what was read for it; of a timer or an activity the kind alone. */
  readonly cause: JsonObject & { readonly type: string };
  readonly at: number;
  readonly fresh: string;
}
