/**
 * What a machine can ask for, as data, and the XState actions that ask for it.
 *
 * 1. An action made here is never executed; the step resolves it with the context and event of its moment and hands the data on.
 * 2. Effects of one turn are committed together with the state change, or not at all.
 * 3. Resolvers are pure: time and ids come with the event (`event.$`).
 * 4. The data of an effect is JSON from here on; anything else fails the step.
 *
 * Timers, activities and children need no action of ours: XState's own `after`, `raise`, `sendTo`, `invoke`, `spawnChild` are read.
 */
import type { EventObject, MachineContext, ParameterizedObject } from 'xstate';
import type { Headers } from '../ports/envelope.ts';
import { Broken, type UnanimousError } from '../ports/errors.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { Read, Write } from '../ports/store.ts';
import { jsonValue } from './json-value.ts';
import type { Path } from './path.ts';

/** Where a message goes. */
export type Destination = {
  /** `''`: straight to the queue that the routing key names. */
  readonly exchange: string;
  readonly routingKey: string;
};

/** A message to be published. */
export type Publish = Destination & {
  /** The body becomes `{"action", "data"}` … */
  readonly action: string;
  readonly data?: Json;
  /** … unless the wire wants another body: then exactly this. */
  readonly body?: Json;
  /** Stable identity, the same on every resend; without one the runtime makes one from the actor and its version. */
  readonly messageId?: string;
  readonly headers?: Headers;
  /** Ask for the message back when no queue takes it; questions always do. */
  readonly mandatory?: boolean;
};

/** A message that expects an answer. It arrives as an event of type `answer`; when nobody can be reached, as `<answer>.unroutable`. */
export type Ask = Publish & {
  readonly answer: string;
  /** Comes back beside the answer. */
  readonly about?: Json;
  /** The services that may answer. Default: any. With `trust` in the config an answer of another user does not count. */
  readonly of?: readonly string[];
  /** Default: the message id. The same on every resend. */
  readonly correlationId?: string;
};

/** How a message's sender can be answered; JSON, so that a machine can keep it in its context. */
export type ReplyAddress = {
  /** Identity of the question: its answer is recorded under it. */
  readonly messageId: string;
  /** The exchange that an answer is published to; `''`: straight to the queue that `routingKey` names. */
  readonly exchange: string;
  /** The question's `reply_to`. */
  readonly routingKey: string;
  readonly correlationId?: string;
};

/** An answer. */
export interface Reply {
  readonly to: ReplyAddress;
  readonly body: Json;
  /** false: not recorded, so that the question may be asked again (`wait`). Default true. */
  readonly recorded?: boolean;
}

/** One line of history under a topic; the runtime adds who and when. */
export type HistoryEntry = {
  readonly topic: string;
  readonly line: JsonObject;
};

/** A message that nobody can handle now. An operator has the message handled again, or drops it. */
export type Undeliverable = Destination & {
  /** The queue of this service that the message is handled from again. */
  readonly queue: string;
  readonly action: string;
  readonly data: Json;
  readonly headers?: Headers;
  readonly reason: string;
};

/** A read whose result arrives in this same turn as an event of type `event`, in `event.read`. */
export interface ReadRequest extends Read {
  readonly event: string;
}

/** What an action of ours yields; the path tells whose it is. */
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
  /** The name of the action; of an inline one its place. */
  readonly action: string;
  readonly run: () => unknown;
}

/** What the step finds on an action of ours: it adds the action's effects to those of the step. */
export type EffectResolver = (
  args: { context: MachineContext; event: EventObject },
  params: unknown,
  path: Path,
  effects: { push(effect: ActionEffect): unknown },
) => void;

const resolvers = new WeakMap<object, EffectResolver>();

/** The resolver of an action made here; undefined for anything else. */
export function effectResolver(action: unknown): EffectResolver | undefined {
  return typeof action === 'function' ? resolvers.get(action) : undefined;
}

const asking = new WeakSet<object>();

/** Whether an action was made by `ask`. */
export function isAsk(action: unknown): boolean {
  return typeof action === 'function' && asking.has(action);
}

/** What XState gives a function that is an action. */
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

/** The function that an action runs after the commit; undefined for an effect. */
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
 * With an event type (or a list of types) in front, the function gets exactly these events, although the machine has others:
 * `reply('place', ({ event }: { event: PlaceEvent }) => ({ body: event.data.order }))`. An action that runs on another event fails the
 * step with `Broken`.
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

/** The one place where an effect's data loses its types: XState knows actions as functions, the step reads them from `resolvers`. */
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
  /** Default: the sender of the event. `null` or undefined by name: nobody, and the answer is dropped. */
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

/** An action that answers questions. Where no answer was asked for, nothing is sent. */
export const reply: EffectMaker<Many<Answer>> = effectMaker((answers, { event }, path) =>
  listOf(answers).flatMap((answer) => {
    const to = 'to' in answer ? answer.to : senderOf(event);
    return to === null || to === undefined
      ? []
      : [{ kind: 'reply', path, reply: jsonValue({ ...answer, to }, 'a reply') }];
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

/** An action that reads through a store; the result is an event of this same step. */
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
 * An action that refuses the message with the returned error: the step is undone, and the sender is answered the error; where no
 * answer was asked for, the message becomes a dead letter. `undefined` refuses nothing.
 */
export const refuse: EffectMaker<UnanimousError | undefined> = effectMaker((error) => {
  if (error !== undefined) throw error;
  return [];
});
