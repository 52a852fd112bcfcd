/**
 * A service: a named unit of deployment, made of one exchange config and the machines behind its messages.
 *
 * 1. Every message the service takes has a route; an action without one is answered `unknown-action`, or dead-lettered.
 * 2. A route says which machine, which actor (its key), what must be known before the step (its read), and whether the message may
 *    start the actor.
 * 3. Everything here is a value, made once at start; nothing in it changes.
 */
import type { TSchema } from 'typebox';
import type { AnyStateMachine } from 'xstate';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import type { ReplyAddress } from './step/effects.ts';
import type { Headers } from './ports/envelope.ts';
import { Broken, type ErrorBody } from './ports/errors.ts';
import type { Json, JsonObject } from './ports/json.ts';
import { defineMachine } from './step/machine-definition.ts';
import { checkVersions, type Migration, type VersionedMachine } from './step/machine-versions.ts';
import type { Read, Store } from './ports/store.ts';

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
  /** Whether it starts an actor that is not there; when it does not, `not-found` is answered (or, with `quiet`, nothing happens). */
  readonly starts: boolean;
  readonly quiet?: boolean;
  readonly read?: (message: IncomingMessage, target: Target) => Read | undefined;
  /** How a refusal of the runtime looks in this message's answer; default `{"error": {…}}`. */
  readonly refusal?: (error: ErrorBody) => Json;
}

/** A machine of a service, and what is known of its earlier versions. */
export interface MachineOptions {
  readonly machine: AnyStateMachine;
  /** Stored with every snapshot; raise it when an old one would not fit. A whole number from 1, the default. */
  readonly version?: number;
  /** `{1: (stored) => stored}`: from version 1 to 2, and so on up to `version` or to one that is kept. */
  readonly migrations?: Readonly<Record<number, Migration>>;
  /** `{1: machine}`: actors of version 1 go on with this machine, new ones start with the current one. It has the same id. */
  readonly versions?: Readonly<Record<number, AnyStateMachine>>;
  /** No journal: for reads and lookups. Its state lives in this process; a delivery is acknowledged when what it sent is out. */
  readonly ephemeral?: boolean;
}

/** What makes a service: a config, machines, and a route for every action it takes. */
export interface ServiceOptions {
  readonly config: ExchangeConfig;
  readonly machines: Readonly<Record<string, MachineOptions | AnyStateMachine>>;
  /** By action. */
  readonly messages: Readonly<Record<string, MessageRoute>>;
  /** Actions that are taken and dropped (facts nobody here needs). */
  readonly ignored?: readonly string[];
  /** Reads a body that is not `{"action", "data"}`; undefined: not one of those either. */
  readonly interpret?: (body: Json, queue: string) => { readonly action: string; readonly data: Json } | undefined;
  /** Stores the routes and machines read and write, by name. */
  readonly stores?: readonly Pick<Store<never>, 'name' | 'read'>[];
  /** Activities of one kind that may run at once in this process. Default 16. */
  readonly activitiesMax?: number;
  /** Messages the service gives itself at every start, before it consumes (make what must exist). */
  readonly atStart?: readonly { readonly action: string; readonly data: Json }[];
}

export interface ServiceMachine extends VersionedMachine {
  readonly ephemeral: boolean;
}

/** A service that has been checked. Made by `defineService`. */
export interface ServiceDefinition extends Omit<ServiceOptions, 'machines' | 'ignored' | 'stores' | 'activitiesMax'> {
  readonly name: string;
  readonly machines: ReadonlyMap<string, ServiceMachine>;
  readonly ignored: ReadonlySet<string>;
  readonly stores: ReadonlyMap<string, Pick<Store<never>, 'read'>>;
  readonly activitiesMax: number;
}

function machineOptions(options: MachineOptions | AnyStateMachine): MachineOptions {
  return 'machine' in options && 'root' in (options.machine as object)
    ? (options as MachineOptions)
    : { machine: options as AnyStateMachine };
}

function defineServiceMachine(name: string, given: MachineOptions | AnyStateMachine): ServiceMachine {
  const { machine, version = 1, ephemeral = false, migrations = {}, versions = {} } = machineOptions(given);
  if (machine.id !== name)
    throw new Broken('machine-invalid', `the machine '${machine.id}' stands under the name '${name}': they must be the same`);
  const defined: ServiceMachine = {
    ...defineMachine(machine, version),
    ephemeral,
    kept: new Map(Object.entries(versions).map(([from, kept]) => [Number(from), defineMachine(kept, Number(from))])),
    migrations: new Map(Object.entries(migrations).map(([from, migrate]) => [Number(from), migrate])),
  };
  checkVersions(defined);
  return defined;
}

/** Checks a service and freezes it. Throws `Broken('machine-invalid')` with the name of what does not fit. */
export function defineService(options: ServiceOptions): ServiceDefinition {
  const machines = new Map(Object.entries(options.machines).map(([name, given]) => [name, defineServiceMachine(name, given)]));
  for (const [action, route] of Object.entries(options.messages)) {
    if (!machines.has(route.machine)) {
      const known = [...machines.keys()].join(', ');
      throw new Broken(
        'machine-invalid',
        `${options.config.svcName}: '${action}' goes to the machine '${route.machine}'; there are ${known}`,
      );
    }
  }
  return {
    ...options,
    name: options.config.svcName,
    machines,
    ignored: new Set(options.ignored ?? []),
    stores: new Map((options.stores ?? []).map((store) => [store.name, store])),
    activitiesMax: options.activitiesMax ?? 16,
  };
}
