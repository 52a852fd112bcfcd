/**
 * Effects as data, and the XState actions with which a machine asks for effects.
 *
 * Invariants:
 * - Never executed: the step resolves an action of this file with the present context and event, and
 *   passes the data on.
 * - All or nothing: the effects of a turn are committed together with the change of state, or not at
 *   all.
 * - Pure resolvers: time and ids come with the event (`event.$`).
 * - JSON: the data of an effect is JSON; any other value fails the step.
 *
 * Timers, activities and children need no action of this file: the step reads `after`, `raise`,
 * `sendTo`, `invoke` and `spawnChild` of XState.
 */
import type { EventObject, MachineContext, ParameterizedObject } from 'xstate';
import type { Headers } from '../ports/envelope.ts';
import { Broken, type UnanimousError } from '../ports/errors.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { Read, Write } from '../ports/store.ts';
import { jsonValue } from './json-value.ts';
import type { Path } from './path.ts';

/** The address of a message. */
export type Destination = {
  /** `''`: directly to the queue that the routing key names. */
  readonly exchange: string;
  readonly routingKey: string;
};

/** A message to be published. */
export type Publish = Destination & {
  /** The body becomes `{"action", "data"}` … */
  readonly action: string;
  readonly data?: Json;
  /** … unless this member gives the whole body. */
  readonly body?: Json;
  /**
   * A stable identity, the same on every resend. Default: an id that the runtime makes of the actor and
   * its version.
   */
  readonly messageId?: string;
  readonly headers?: Headers;
  /** Whether the broker returns the message when no queue takes it. Always true for questions. */
  readonly mandatory?: boolean;
};

/**
 * A message that expects an answer. The answer arrives as an event of the type `answer`. When the
 * message reaches no queue, the event `<answer>.unroutable` arrives.
 */
export type Ask = Publish & {
  readonly answer: string;
  /** Data that the machine gets back with the answer. */
  readonly about?: Json;
  /**
   * The services that may answer. Default: every service. With `trust` in the config, an answer of
   * a user of no such service does not count.
   */
  readonly of?: readonly string[];
  /** The same on every resend. Default: an id that the runtime makes of the message id. */
  readonly correlationId?: string;
};

/** The address for the answer to a message. JSON, so that a machine can keep it in its context. */
export type ReplyAddress = {
  /** The identity of the question, under which the answer is recorded. */
  readonly messageId: string;
  /** The exchange of the answer. `''`: directly to the queue that `routingKey` names. */
  readonly exchange: string;
  /** The question's `reply_to`. */
  readonly routingKey: string;
  readonly correlationId?: string;
  /** `true`: an answer that the exchange gives back does not go straight to the queue. */
  readonly neverStraight?: boolean;
};

/** An answer. */
export interface Reply {
  readonly to: ReplyAddress;
  readonly body: Json;
  /**
   * Default true. false: nothing is recorded (`wait`), and the same question is handled again. A
   * durable actor that answers in a later turn than that of the question has handled the question:
   * then the question must come again under another id.
   */
  readonly recorded?: boolean;
}

/** One line of history under a topic. The runtime adds the actor and the time. */
export type HistoryEntry = {
  readonly topic: string;
  readonly line: JsonObject;
};

/** A message that no actor can handle now. An operator replays the message, or drops it. */
export type Undeliverable = Destination & {
  /** The queue of this service from which a replay handles the message. */
  readonly queue: string;
  readonly action: string;
  readonly data: Json;
  readonly headers?: Headers;
  readonly reason: string;
};

/** A read. The result arrives in the same step as an event of the type `event`, in `event.$.read`. */
export interface ReadRequest extends Read {
  readonly event: string;
}

/** An effect of an action of this file. `path`: the machine whose action it is. */
export type ActionEffect =
  | { readonly kind: 'publish'; readonly path: Path; readonly message: Publish }
  /** `asker` as in `Member`. */
  | {
      readonly kind: 'ask';
      readonly path: Path;
      readonly question: Ask;
      readonly asker?: number;
    }
  | { readonly kind: 'reply'; readonly path: Path; readonly reply: Reply }
  | { readonly kind: 'write'; readonly path: Path; readonly write: Write }
  | { readonly kind: 'read'; readonly path: Path; readonly request: ReadRequest }
  | { readonly kind: 'record'; readonly path: Path; readonly entry: HistoryEntry }
  | { readonly kind: 'dead-letter'; readonly path: Path; readonly message: Undeliverable };

/** A function that runs once after the commit. A crash between the commit and the function loses it. */
export interface AfterCommit {
  readonly kind: 'after-commit';
  readonly path: Path;
  /** The name of the action. The name of an inline action is its place. */
  readonly action: string;
  readonly run: () => unknown;
}

/** The resolver of an action: adds the effects of the action to the effects of the step. */
export type EffectResolver = (
  args: { context: MachineContext; event: EventObject },
  params: unknown,
  path: Path,
  effects: { push(effect: ActionEffect): unknown },
) => void;

const resolvers = new WeakMap<object, EffectResolver>();

/** The resolver of an action of this file. Undefined for any other action. */
export function effectResolver(action: unknown): EffectResolver | undefined {
  return typeof action === 'function' ? resolvers.get(action) : undefined;
}

const dataFunctions = new WeakMap<object, unknown>();

/** The function that gives the data of an action of this file. Undefined for any other action. */
export function dataFunctionOf(action: object): unknown {
  return dataFunctions.get(action);
}

const asking = new WeakSet<object>();

/** Whether an action was made by `ask`. */
export function isAsk(action: unknown): boolean {
  return typeof action === 'function' && asking.has(action);
}

/** The arguments that XState gives a function that is an action. */
export interface ActionArguments {
  readonly context: MachineContext;
  readonly event: EventObject;
}

type AfterCommitFunction = (args: ActionArguments, params: unknown) => unknown;

const afterCommits = new WeakMap<object, AfterCommitFunction>();

/** Whether an action was made by `afterCommit`. */
export function isAfterCommit(action: object): boolean {
  return afterCommits.has(action);
}

/** The function that an action runs after the commit. Undefined for an effect. */
export function functionAfterCommit(action: unknown): AfterCommitFunction | undefined {
  if (typeof action !== 'function') return undefined;
  return (
    afterCommits.get(action) ??
    (resolvers.has(action) ? undefined : (action as AfterCommitFunction))
  );
}

/**
 * An action that runs a function once after the commit, and not at all when the process ends in
 * between. For what may be lost: a log line, a metric. An error, also of a returned promise, is
 * logged. The function gets a copy of the context. A plain function as an action runs in the same
 * way, with a warning at start.
 */
export function afterCommit<
  TContext extends MachineContext,
  TEvent extends EventObject,
  TParams extends Params = undefined,
>(
  run: (args: Args<TContext, TEvent>, params: TParams) => unknown,
): (args: Args<TContext, TEvent>, params: TParams) => void {
  const action = (args: Args<TContext, TEvent>, params: TParams): void => void run(args, params);
  afterCommits.set(action, run as AfterCommitFunction);
  return action;
}

type Many<T> = T | readonly T[] | undefined;
type Params = ParameterizedObject['params'] | undefined;
type Args<TContext, TEvent> = { readonly context: TContext; readonly event: TEvent };
type Resolve<TContext, TEvent, TParams, T> = (args: Args<TContext, TEvent>, params: TParams) => T;

/**
 * Makes an action from a function that returns its data.
 *
 * With an event type (or a list of types) as the first argument, the function gets exactly these
 * events, although the machine has others: `reply('place', ({ event }: { event: PlaceEvent }) => ({
 * body: event.data.order }))`. An action that runs on another event fails the step with `Broken`.
 */
export interface EffectMaker<T> {
  <TContext extends MachineContext, TEvent extends EventObject, TParams extends Params = undefined>(
    resolve: Resolve<TContext, TEvent, TParams, T>,
  ): (args: Args<TContext, TEvent>, params: TParams) => void;
  <TContext extends MachineContext, TEvent extends EventObject, TParams extends Params = undefined>(
    types: TEvent['type'] | readonly TEvent['type'][],
    resolve: Resolve<TContext, TEvent, TParams, T>,
  ): (args: Args<TContext, EventObject>, params: TParams) => void;
}

function listOf<T>(many: Many<T>): readonly T[] {
  if (many === undefined) return [];
  return Array.isArray(many) ? many : [many as T];
}

function checkType(types: string | readonly string[], { type }: EventObject): void {
  if (typeof types === 'string' ? types === type : types.includes(type)) return;
  const allowed = typeof types === 'string' ? types : types.join(', ');
  throw new Broken('broken', `an action for the event ${allowed} ran on the event '${type}'`);
}

/**
 * The only type without the type of an effect's data: XState knows actions as plain functions, and
 * the step finds their resolvers in `resolvers`.
 */
type Untyped = Resolve<MachineContext, EventObject, unknown, unknown>;

function effectMaker<T>(
  effectsOf: (
    data: T,
    args: Args<MachineContext, EventObject>,
    path: Path,
  ) => readonly ActionEffect[],
  note: (action: object) => void = () => undefined,
): EffectMaker<T> {
  return ((first: Untyped | string | readonly string[], second?: Untyped) => {
    const action = (): void => {
      throw new Error('an effect is data for the runtime and is never executed by XState');
    };
    const resolve = (second ?? first) as Resolve<MachineContext, EventObject, unknown, T>;
    const types = typeof first === 'function' ? undefined : first;
    resolvers.set(action, (args, params, path, effects) => {
      if (types !== undefined) checkType(types, args.event);
      for (const effect of effectsOf(resolve(args, params), args, path)) effects.push(effect);
    });
    dataFunctions.set(action, resolve);
    note(action);
    return action;
  }) as EffectMaker<T>;
}

/** An action that publishes the returned messages: one, several, or (undefined) none. */
export const publish: EffectMaker<Many<Publish>> = effectMaker((messages, _args, path) =>
  listOf(messages).map((message) => ({
    kind: 'publish',
    path,
    message: jsonValue(message, 'a message'),
  })),
);

/** An action that asks the returned questions. */
export const ask: EffectMaker<Many<Ask>> = effectMaker(
  (questions, _args, path) =>
    listOf(questions).map((question) => ({
      kind: 'ask',
      path,
      question: jsonValue(question, 'a question'),
    })),
  (action) => asking.add(action),
);

/** An answer for `reply`. */
export type Answer = Omit<Reply, 'to'> & {
  /** Default: the sender of the event. A given `null` or `undefined` drops the answer. */
  readonly to?: ReplyAddress | null | undefined;
};

type FromSender = {
  readonly $?: { readonly message?: { readonly replyTo: ReplyAddress | null } | null };
};

function senderOf(event: EventObject): ReplyAddress | null {
  const { $, input } = event as FromSender & { readonly input?: FromSender | null };
  // The event of a machine's start carries what the runtime adds in its input.
  const { message } = $ ?? input?.$ ?? {};
  return message?.replyTo ?? null;
}

/** An action that answers questions. When the sender wants no answer, nothing is sent. */
export const reply: EffectMaker<Many<Answer>> = effectMaker((answers, { event }, path) =>
  listOf(answers).flatMap((answer) => {
    const to = 'to' in answer ? answer.to : senderOf(event);
    if (to === null || to === undefined) return [];
    // The asker would never hear of an answer that cannot be published.
    if (answer.body === undefined)
      throw new Broken('not-json', 'a reply has no body: found undefined; reply null in place', {
        at: '/body',
      });
    return [{ kind: 'reply', path, reply: jsonValue({ ...answer, to }, 'a reply') }];
  }),
);

/** An action that changes the service's own tables inside the commit. */
export const write: EffectMaker<Many<Write>> = effectMaker((writes, _args, path) =>
  listOf(writes).map((change) => ({
    kind: 'write',
    path,
    write: jsonValue(change, 'a write'),
  })),
);

/** An action that reads through a store. The result is an event of the same step. */
export const read: EffectMaker<Many<ReadRequest>> = effectMaker((requests, _args, path) =>
  listOf(requests).map((request) => ({
    kind: 'read',
    path,
    request: jsonValue(request, 'a read'),
  })),
);

/** An action that adds lines to the history. */
export const record: EffectMaker<Many<HistoryEntry>> = effectMaker((entries, _args, path) =>
  listOf(entries).map((entry) => ({
    kind: 'record',
    path,
    entry: jsonValue(entry, 'a record'),
  })),
);

/** An action that keeps messages as dead letters of the service; each is logged at `warn`. */
export const deadLetter: EffectMaker<Many<Undeliverable>> = effectMaker((messages, _args, path) =>
  listOf(messages).map((message) => ({
    kind: 'dead-letter',
    path,
    message: jsonValue(message, 'a dead letter'),
  })),
);

/**
 * An action that refuses the message with the returned error. The step is undone, and the sender gets
 * the error as the answer. When the sender wants no answer, the message becomes a dead letter.
 * `undefined` refuses nothing.
 */
export const refuse: EffectMaker<UnanimousError | undefined> = effectMaker((error) => {
  if (error !== undefined) throw error;
  return [];
});
