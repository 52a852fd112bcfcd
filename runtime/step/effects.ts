/**
 * What a machine can ask for, as data, and the XState actions that ask for it.
 *
 * 1. An action made here is never executed; the step resolves it with the context and event of its moment and hands the data on.
 * 2. Effects of one turn are committed together with the state change, or not at all (S14 of the protocol).
 * 3. Resolvers are pure: time and ids come with the event (`event.at`, `event.fresh`).
 *
 * Timers, activities and children need no action of ours: XState's own `after`, `raise`, `sendTo`, `invoke`, `spawnChild` are read.
 */
import type { EventObject, MachineContext } from 'xstate';
import type { Headers } from '../ports/envelope.ts';
import type { UnanimousError } from '../ports/errors.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { Read, Write } from '../ports/store.ts';
import type { Path } from './path.ts';

/** Where a message goes. */
export interface Destination {
  /** `''`: straight to the queue that the routing key names. */
  readonly exchange: string;
  readonly routingKey: string;
}

/** A message to be published. */
export interface Publish extends Destination {
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
}

/** A message that expects an answer. It arrives as an event of type `answer`; when nobody can be reached, as `<answer>.unroutable`. */
export interface Ask extends Publish {
  readonly answer: string;
  /** Comes back beside the answer. */
  readonly about?: Json;
  /** Default: the message id. The same on every resend. */
  readonly correlationId?: string;
}

/** How a message's sender can be answered; JSON, so that a machine can keep it in its context. */
export interface ReplyAddress {
  /** Identity of the question: its answer is recorded under it. */
  readonly messageId: string;
  /** The exchange that an answer is published to; `''`: straight to the queue that `routingKey` names. */
  readonly exchange: string;
  /** The question's `reply_to`. */
  readonly routingKey: string;
  readonly correlationId?: string;
}

/** An answer. */
export interface Reply {
  readonly to: ReplyAddress;
  readonly body: Json;
  /** false: not recorded, so that the question may be asked again (`wait`). Default true. */
  readonly recorded?: boolean;
}

/** One line of history under a topic; the runtime adds who and when. */
export interface HistoryEntry {
  readonly topic: string;
  readonly line: JsonObject;
}

/** A read whose result arrives in this same turn as an event of type `event`, in `event.read`. */
export interface ReadRequest extends Read {
  readonly event: string;
}

/** What an action of ours yields; the path tells whose it is. */
export type ActionEffect =
  | { readonly kind: 'publish'; readonly path: Path; readonly message: Publish }
  | { readonly kind: 'ask'; readonly path: Path; readonly question: Ask }
  | { readonly kind: 'reply'; readonly path: Path; readonly reply: Reply }
  | { readonly kind: 'write'; readonly path: Path; readonly write: Write }
  | { readonly kind: 'read'; readonly path: Path; readonly request: ReadRequest }
  | { readonly kind: 'record'; readonly path: Path; readonly entry: HistoryEntry };

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

type Many<T> = T | readonly T[] | undefined;
type Resolve<TContext extends MachineContext, TEvent extends EventObject, TParams, T> = (
  args: { context: TContext; event: TEvent },
  params: TParams,
) => Many<T>;
type EffectAction<TContext extends MachineContext, TEvent extends EventObject, TParams> = (
  args: { context: TContext; event: TEvent },
  params: TParams,
) => void;

function listOf<T>(many: Many<T>): readonly T[] {
  if (many === undefined) return [];
  return Array.isArray(many) ? (many as readonly T[]) : [many as T];
}

function effectAction<TContext extends MachineContext, TEvent extends EventObject, TParams, T>(
  resolve: Resolve<TContext, TEvent, TParams, T>,
  effectOf: (data: T, path: Path) => ActionEffect,
): EffectAction<TContext, TEvent, TParams> {
  const action = (): void => {
    throw new Error('an effect is data for the runtime and is never executed by XState');
  };
  resolvers.set(action, (args, params, path, effects) => {
    const many = resolve(args as { context: TContext; event: TEvent }, params as TParams);
    for (const data of listOf(many)) effects.push(effectOf(data, path));
  });
  return action;
}

/** An action that publishes what `resolve` returns: one message, several, or (undefined) none. */
export function publish<
  TContext extends MachineContext,
  TEvent extends EventObject,
  TParams = undefined,
>(resolve: Resolve<TContext, TEvent, TParams, Publish>): EffectAction<TContext, TEvent, TParams> {
  return effectAction(resolve, (message, path) => ({ kind: 'publish', path, message }));
}

/** An action that publishes questions. */
export function ask<
  TContext extends MachineContext,
  TEvent extends EventObject,
  TParams = undefined,
>(resolve: Resolve<TContext, TEvent, TParams, Ask>): EffectAction<TContext, TEvent, TParams> {
  const action = effectAction(resolve, (question, path) => ({ kind: 'ask', path, question }));
  asking.add(action);
  return action;
}

function isAddressed(
  answer: Omit<Reply, 'to'> & { readonly to: ReplyAddress | undefined },
): answer is Reply {
  return answer.to !== undefined;
}

/** An action that answers questions; an undefined `to` (nobody asked for an answer) yields nothing. */
export function reply<
  TContext extends MachineContext,
  TEvent extends EventObject,
  TParams = undefined,
>(
  resolve: Resolve<
    TContext,
    TEvent,
    TParams,
    Omit<Reply, 'to'> & { readonly to: ReplyAddress | undefined }
  >,
): EffectAction<TContext, TEvent, TParams> {
  const answered: Resolve<TContext, TEvent, TParams, Reply> = (args, params) =>
    listOf(resolve(args, params)).filter(isAddressed);
  return effectAction(answered, (answer, path) => ({ kind: 'reply', path, reply: answer }));
}

/** An action that changes the service's own tables inside the commit. */
export function write<
  TContext extends MachineContext,
  TEvent extends EventObject,
  TParams = undefined,
>(resolve: Resolve<TContext, TEvent, TParams, Write>): EffectAction<TContext, TEvent, TParams> {
  return effectAction(resolve, (change, path) => ({ kind: 'write', path, write: change }));
}

/** An action that reads through a store; the result is an event of this same turn. */
export function read<
  TContext extends MachineContext,
  TEvent extends EventObject,
  TParams = undefined,
>(
  resolve: Resolve<TContext, TEvent, TParams, ReadRequest>,
): EffectAction<TContext, TEvent, TParams> {
  return effectAction(resolve, (request, path) => ({ kind: 'read', path, request }));
}

/** An action that adds lines to the history. */
export function record<
  TContext extends MachineContext,
  TEvent extends EventObject,
  TParams = undefined,
>(
  resolve: Resolve<TContext, TEvent, TParams, HistoryEntry>,
): EffectAction<TContext, TEvent, TParams> {
  return effectAction(resolve, (entry, path) => ({ kind: 'record', path, entry }));
}

/**
 * An action that refuses the message that came: the step is undone, and its sender is answered the error; where no answer was asked
 * for, the message becomes a dead letter. `undefined` refuses nothing.
 */
export function refuse<
  TContext extends MachineContext,
  TEvent extends EventObject,
  TParams = undefined,
>(
  resolve: (
    args: { context: TContext; event: TEvent },
    params: TParams,
  ) => UnanimousError | undefined,
): EffectAction<TContext, TEvent, TParams> {
  const refused: Resolve<TContext, TEvent, TParams, never> = (args, params) => {
    const error = resolve(args, params);
    if (error !== undefined) throw error;
    return [];
  };
  return effectAction(refused, (never) => never);
}
