/**
 * The types of a saga's machine: its input, its events and its context, and the context at the
 * start.
 */
import type { AnyStateMachine } from 'xstate';
import type {
  MessageEvent,
  ReadEvent,
  WriteErrorEvent,
} from '../../runtime/messages/message-events.ts';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import type { ConsentReads } from '../consent/consent-reads.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
import type { LinkState, LockMode, Subscription, UnheldSaga } from '../consent/ledger/store.ts';
import type { NodeIds } from '../consent/node-ids.ts';
import { changesOf, type NodeState } from '../consent/nodes.ts';
import type { Operation } from '../consent/operations.ts';
import type { Pair } from '../consent/pairs.ts';
import type { Placement } from '../consent/placement.ts';
import type { IfPlan } from '../consent/plan-schema.ts';
import type { QuestionScope } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import type { Engagement } from '../consent/start-problems.ts';
import { type Verb, verbs } from '../consent/verbs.ts';
import type { Verdict } from '../consent/vote.ts';
import type { ReplayEvent } from './replayed-deletions.ts';
import type { RosterNow, SagaContext } from './saga.ts';

/** The types of the events by which a child machine has thrown. */
export const failures = [
  'xstate.error.actor.votes',
  'xstate.error.actor.clean-up',
  'xstate.error.actor.dependency',
] as const;

/** The input with which a voter starts an inner saga. */
export type InnerSagaInput = {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly through: readonly string[];
  readonly nodes: readonly NodeState[];
  readonly subscriptions: readonly Subscription[];
  readonly hops: number;
  /** Milliseconds from now by which the answer must be given. */
  readonly deadlineMs: number;
  /** As in `Hold`. */
  readonly age: string;
  /** The owner above has decided already: the inner saga asks no service. */
  readonly decided: boolean;
  /** The reason for which the step of the decision, in which the saga was to start, was undone. */
  readonly refused?: ErrorBody;
  /** As in `SagaContext`. */
  readonly inventory?: boolean;
};

export type SagaInput = {
  readonly key: string;
  readonly $: Stamp;
} & Partial<InnerSagaInput>;
export type StartEvent = MessageEvent<
  {
    readonly id: NodeIds;
    readonly parentId?: string;
    readonly attributes?: GivenAttributes;
    readonly if_plan?: IfPlan;
    readonly if_version?: readonly number[];
    readonly when_held?: 'retry';
    readonly give_up_at?: string;
  },
  Engagement,
  'delete' | 'update'
>;
export type RosterEvent = ReadEvent<RosterNow, 'roster'>;
export type EngagementEvent = ReadEvent<Engagement, 'engagement'>;
export type PlaceEvent = ReadEvent<Placement, 'place'>;
export type LinksEvent = ReadEvent<readonly LinkState[], 'links'>;
export type RemovalEvent = ReadEvent<ConsentReads['removal']['result'], 'removal'>;
/** An override: an owner gets a message, an inner saga gets `skip` from its parent. */
export type OperateEvent = MessageEvent<Operation, unknown, 'operateSaga'>;
export type SkipEvent = {
  readonly type: 'skip';
  readonly operation: Operation;
  readonly $: Stamp;
};
/** A child machine has ended with its output. */
export type VotesEvent = {
  readonly type: 'xstate.done.actor.votes';
  readonly output: Verdict;
  readonly $: Stamp;
};
export type CleanedEvent = {
  readonly type: 'xstate.done.actor.clean-up';
  readonly output: { readonly done: readonly Pair[] };
  readonly $: Stamp;
};
export type DependencyEvent = {
  readonly type: 'xstate.done.actor.dependency';
  readonly output: { readonly reason: string | null };
  readonly $: Stamp;
};
/** A child machine has thrown. */
export type FailedEvent = {
  readonly type: (typeof failures)[number];
  readonly error: unknown;
  readonly $: Stamp;
};
/** The decision of the saga above. */
type DecideEvent = {
  readonly type: 'decide';
  readonly refused?: ErrorBody;
  /** The saga carries the decision out in a step of its own. */
  readonly inOwnStep?: true;
  readonly $: Stamp;
};
type CallOffEvent = { readonly type: 'call-off'; readonly $: Stamp };
export type Events =
  | StartEvent
  | ReplayEvent
  | RosterEvent
  | EngagementEvent
  | PlaceEvent
  | LinksEvent
  | RemovalEvent
  | WriteErrorEvent
  | OperateEvent
  | SkipEvent
  | VotesEvent
  | CleanedEvent
  | DependencyEvent
  | FailedEvent
  | DecideEvent
  | CallOffEvent;
export type Args = { context: Context; event: Events };
/** The arguments of an action that runs on events of one type only. */
export type Of<Event> = { context: Context; event: Event };

export type Context = SagaContext & {
  readonly decidedAbove: boolean;
  readonly refusedAbove?: ErrorBody;
};

/** The types that every action and guard of the machine shares. */
export const types = {} as { context: Context; events: Events; input: SagaInput };

export interface DeleteSagaActors {
  readonly voteCollection: AnyStateMachine;
  readonly cleanUp: AnyStateMachine;
  readonly dependency: AnyStateMachine;
}

export function initialContext(input: SagaInput, settings: ConsentSettings): Context {
  const {
    saga = input.$.newId,
    verb = 'delete',
    through = [],
    nodes = [],
    subscriptions = [],
    hops = 0,
    deadlineMs = settings.voteDeadlineMs,
  } = input;
  return {
    saga,
    through,
    nodes,
    subscriptions,
    hops,
    actor: input.key,
    age: input.age ?? saga,
    verb: verbs[verb],
    role: input.saga === undefined ? 'root' : 'inner',
    deadlineAtMs: input.$.atMs + deadlineMs,
    nowMs: input.$.atMs,
    decidedAbove: input.decided ?? false,
    ...(input.refused === undefined ? {} : { refusedAbove: input.refused }),
    inventory: input.inventory ?? false,
    requester: null,
    requestedBy: null,
    change: null,
    cancelled: null,
    ids: [],
    place: null,
    generations: {},
    upstream: [],
    above: [],
    gone: [],
    votes: [],
    asked: [],
    rounds: 0,
    cleaned: [],
    refusals: [],
    silent: [],
    unreachable: [],
  };
}

export function scopeOf(context: Context, deadlineMs: number | null): QuestionScope {
  const epoch = Math.max(0, ...context.nodes.map(changesOf));
  // Only votes tell the inventory; no later question needs the inventory.
  const inventory =
    deadlineMs !== null && (context.ifPlan !== undefined || context.inventory === true);
  return {
    saga: context.saga,
    epoch,
    hops: context.hops + 1,
    deadlineMs,
    age: context.age,
    inventory,
  };
}

export function line(
  context: Context,
  what: string,
  more: JsonObject = {},
): { topic: string; line: JsonObject } {
  return {
    topic: context.saga,
    line: { what, role: context.role, action: context.verb.name, ...more },
  };
}

export function nodeNames(nodes: readonly NodeState[]): Json {
  return nodes.map(({ id, cn, objectClass }) => ({ id, cn, objectClass }));
}

/** A saga that holds no node, in the form that the ledger notes. */
export function unheldSaga(
  service: string,
  context: Pick<Context, 'saga' | 'verb' | 'change' | 'ids' | 'actor' | 'age' | 'requestedBy'>,
  state: UnheldSaga['state'],
  atMs: number,
): UnheldSaga {
  const { saga, ids: nodeIds, actor, age, requestedBy } = context;
  return { saga, service, state, mode: modeOf(context), nodeIds, actor, age, requestedBy, atMs };
}

/** The mode in which a saga holds its nodes. */
export function modeOf({ verb, change }: Pick<Context, 'verb' | 'change'>): LockMode {
  return change?.parentId === undefined ? verb.mode : 'M';
}
