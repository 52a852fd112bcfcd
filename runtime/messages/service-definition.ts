/**
 * A service as the runtime sees it: its config, its machines and a route for every message it takes. `defineService` checks and makes it.
 *
 * 1. Every message the service takes has a route; an action without one is answered `unknown-action`, or dead-lettered.
 * 2. A route says which machine, which actor (its key), what must be known before the step (its read), and whether the message may
 *    start the actor.
 * 3. Everything here is a value, made once at start; nothing in it changes.
 */
import type { TSchema } from 'typebox';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { Headers } from '../ports/envelope.ts';
import type { ErrorBody } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { Read, Store } from '../ports/store.ts';
import type { ReplyAddress } from '../step/effects.ts';
import type { VersionedMachine } from '../step/machine-versions.ts';

/** A message after decoding and before routing. */
export interface IncomingMessage {
  readonly action: string;
  readonly data: Json;
  /** `message_id`; without one `(reply_to, correlation_id)` or `request_id`; undefined: handled at least once. */
  readonly identity: string | undefined;
  /** `app_id` of the sender. */
  readonly from: string | undefined;
  readonly headers: Headers;
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** Where its answer goes, when it asked for one. */
  readonly replyTo: ReplyAddress | undefined;
}

/** One actor a message is for. */
export interface Target {
  readonly key: string;
  /** The part of the data that is this actor's; default: all of it. */
  readonly data?: Json;
}

/** What becomes of one kind of message. What its functions throw makes the message a dead letter. */
export interface MessageRoute {
  /** Name of the machine in `machines`. */
  readonly machine: string;
  /** What `data` must look like; a message that does not is answered `bad-message` with the JSON pointer. */
  readonly schema?: TSchema;
  /** Which actors it is for; one event each. `fresh` is a UUIDv7. */
  readonly to: (message: IncomingMessage, fresh: string) => Target | readonly Target[];
  /** Whether it starts an actor that is not there; when it does not, `not-found` is answered (or, with `ignoreIfAbsent`, nothing happens). */
  readonly starts: boolean;
  readonly ignoreIfAbsent?: boolean;
  readonly read?: (message: IncomingMessage, target: Target) => Read | undefined;
  /** How a refusal of the runtime looks in this message's answer; default `{"error": {…}}`. */
  readonly refusal?: (error: ErrorBody) => Json;
}

export interface ServiceMachine extends VersionedMachine {
  readonly ephemeral: boolean;
}

/** A service that has been checked. Made by `defineService`. */
export interface ServiceDefinition {
  readonly config: ExchangeConfig;
  readonly name: string;
  readonly machines: ReadonlyMap<string, ServiceMachine>;
  /** By action. */
  readonly messages: Readonly<Record<string, MessageRoute>>;
  /** Actions that are taken and dropped. */
  readonly ignored: ReadonlySet<string>;
  /** Reads a body that is not `{"action", "data"}`; undefined: not one of those either. */
  readonly interpret?: (
    body: Json,
    queue: string,
  ) => { readonly action: string; readonly data: Json } | undefined;
  readonly stores: ReadonlyMap<string, Pick<Store<never>, 'read'>>;
  /** Activities of one kind that may run at once in this process. */
  readonly activitiesMax: number;
  /** Messages the service gives itself at every start, before it consumes. */
  readonly atStart?: readonly { readonly action: string; readonly data: Json }[];
}
