/**
 * A service as the runtime sees it: its config, its machines and a route for each message that it
 * takes. `defineService` checks it and makes it.
 *
 * Invariants:
 * - Known actions: each message that the service takes has a route. A message without one is
 *   answered `unknown-action`, or becomes a dead letter.
 * - A route names the machine, the actor (its key), the read before the step, and whether the
 *   message may start the actor.
 * - All values here are made once, at start. Nothing in them changes.
 */
import type { Static, TSchema } from 'typebox';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ErrorBody } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { Read, Store, StoreView } from '../ports/store.ts';
import type { Destination } from '../step/effects.ts';
import type { VersionedMachine } from '../step/machine-versions.ts';
import type { MessageInfo } from './message-events.ts';

/** A message as a route sees it, after its data has passed the schema of the route. JSON. */
export type IncomingMessage<TData = Json> = MessageInfo & {
  readonly action: string;
  readonly data: TData;
};

/** Whether the service itself has sent the message with this action and data. */
export type OwnMessage = (action: string, data: Json) => boolean;

/** One actor that gets a message. */
export interface Target {
  readonly key: string;
  /** The part of the data for this actor. Default: all of it. */
  readonly data?: Json;
}

/** The question in place of a message. */
export type Passed = Destination & {
  readonly action: string;
  /** How long the service waits for the answer, milliseconds. */
  readonly timeoutMs: number;
};

/**
 * How one kind of message reaches its actors. `TData`: the data after the check of `schema`.
 * `TMachine`: the names of the service's machines. An error that one of its functions throws makes
 * the message a dead letter.
 */
export interface MessageRoute<TData = Json, TMachine extends string = string> {
  /** The name of the machine in `machines`. */
  readonly machine: TMachine;
  /**
   * The schema of `data`. A message that does not fit is answered `bad-message` with the JSON
   * pointer of the problem.
   */
  readonly schema?: TSchema;
  /** The actors that get the message, one event each. `newId` is a UUIDv7. */
  to(message: IncomingMessage<TData>, newId: string): Target | readonly Target[];
  /**
   * Whether the message starts an actor that is not there. When it does not, the sender gets
   * `not-found`, or nothing happens (`ignoreIfAbsent`). `'input'`: the message is the input of the
   * machine that it starts, with the members of the runtime under `$`, and is no event then. An
   * actor that is there gets the message as an event.
   */
  readonly starts: boolean | 'input';
  /**
   * `true`: the members of the data stand in the event itself, as `event.x` in place of
   * `event.data.x`. The data must be an object without `type` and `$`. Default: `flat` of the
   * machine.
   */
  readonly flat?: boolean;
  readonly ignoreIfAbsent?: boolean;
  /**
   * `true`: the service takes the message only from itself. A message of another sender is answered
   * `unknown-action`, and no answer lists the action.
   */
  readonly internal?: boolean;
  /**
   * Who may send the message, when the config has the section `trust`: clients of the action (the
   * default), operators, or a service in its own name. The answer `unknown-action` lists no messages
   * between services.
   */
  readonly sender?: 'client' | 'operator' | 'service';
  /**
   * The services in whose name a message of a service speaks. Its user must be a user of all of
   * them. Default: the service that the message names as its sender.
   */
  speaksFor?(message: IncomingMessage<TData>): readonly string[];
  /** The read whose result the machine gets in `event.$.read`. */
  read?(message: IncomingMessage<TData>, target: Target): Read | undefined;
  /**
   * The question that the machine asks with the data of the message and the headers of its caller.
   * The answer to the question is the answer to the message. So a caller in the process of the
   * service may ask the question itself, in the name of the service. Default: the machine does
   * more, or something else.
   */
  readonly passedTo?: Passed;
  /** The form of a refusal by the runtime in the answer. Default: `{"error": {…}}`. */
  refusal?(error: ErrorBody): Json;
}

/** The data of a message whose route has that schema. Without a schema it is any JSON. */
export type DataOf<TRouteSchema> = TRouteSchema extends TSchema ? Static<TRouteSchema> : Json;

/** Routes by action. `TSchemas`: the schema of each action. */
export type MessageRoutes<TSchemas, TMachine extends string = string> = {
  readonly [Action in keyof TSchemas]: Omit<
    MessageRoute<DataOf<TSchemas[Action]>, TMachine>,
    'schema'
  > & { readonly schema?: TSchemas[Action] };
};

export interface ServiceMachine extends VersionedMachine {
  readonly before?: ServiceMachine;
  readonly ephemeral: boolean;
  /** Whether the machine takes messages flat, unless a route says otherwise. */
  readonly flat: boolean;
}

/** A service that has been checked. Made by `defineService`. `TSchemas`: the schema of each action. */
export interface ServiceDefinition<TSchemas = Readonly<Record<string, unknown>>> {
  readonly config: ExchangeConfig;
  readonly name: string;
  readonly machines: ReadonlyMap<string, ServiceMachine>;
  /** By action. */
  readonly messages: Readonly<Record<string, MessageRoute>>;
  /** The schema of the data of each action. */
  readonly schemas: TSchemas;
  /** Actions that the service takes and drops. */
  readonly ignored: ReadonlySet<string>;
  /**
   * Reads a body of the service's own form. Undefined: the body is read as `{"action", "data"}`.
   */
  readonly interpret?: (
    body: Json,
    queue: string,
  ) => { readonly action: string; readonly data: Json } | undefined;
  readonly stores: ReadonlyMap<string, Pick<Store<never>, 'read'>>;
  /** Compositions of these stores, by name. */
  readonly views: ReadonlyMap<string, StoreView>;
  /** Activities of one kind that may run at once in this process. */
  readonly activitiesMax: number;
  /** Messages that the service gives itself at every start, before it consumes. */
  readonly atStart?: readonly { readonly action: string; readonly data: Json }[];
}
