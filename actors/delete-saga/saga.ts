/**
 * The context of a saga, and the decisions that its machine takes from the context. Pure.
 *
 * - A `root` saga has a requester. An `inner` saga is the part of a voter, and answers its parent.
 * - Current roster: a saga decides only when the subscribers that were asked are the subscribers of
 *   the current lists.
 * - A node that another saga removes meanwhile stays in this saga until the end, because the
 *   engagement and the promises end with the saga. The saga expects no epoch of the node any more,
 *   and does not announce the node again.
 */

import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import { ownJson } from '../../runtime/step/json-value.ts';
import type { Refusal } from '../consent/answers.ts';
import type { ConsentReads } from '../consent/consent-reads.ts';
import type { Attributes } from '../consent/given-attributes.ts';
import type { Subscription } from '../consent/ledger/store.ts';
import type { NodeState, Versions } from '../consent/nodes.ts';
import { type Pair, PairSet } from '../consent/pairs.ts';
import type { Placement } from '../consent/placement.ts';
import { listedRefusals, refusalsText } from '../consent/refusal-list.ts';
import type { RetainedBy } from '../consent/retained.ts';
import type { IfVersion } from '../consent/start-problems.ts';
import type { Unanswered } from '../consent/unanswered.ts';
import type { Verb } from '../consent/verbs.ts';
import { type Malformed, malformedText, type Vote } from '../consent/vote.ts';
import { heldUntil, type WhenHeld } from './held-deletion.ts';
import type { ExpectedPlan, PlanChange } from './if-plan.ts';
import { type Replayed, replayedBody } from './replayed-deletions.ts';
import { openSubscriptions } from './roster.ts';

/** What an update would change. */
export type Change = {
  readonly attributes: Attributes;
  /** The new parent. */
  readonly parentId?: string;
};

export type SagaContext = {
  readonly saga: string;
  readonly verb: Verb;
  readonly role: 'root' | 'inner';
  /** inner: the nodes of other services that the question named. */
  readonly through: readonly string[];
  readonly nodes: readonly NodeState[];
  /** Of an update: ids of the nodes above the updated node. */
  readonly above: readonly string[];
  /** The nodes that another saga has removed meanwhile. */
  readonly gone: readonly string[];
  /** The current lists, and the subscribers that were asked about nodes which are gone. */
  readonly subscriptions: readonly Subscription[];
  readonly hops: number;
  /** Milliseconds since the epoch by which the vote must be in. */
  readonly deadlineAtMs: number;
  /** The moment of the latest event. */
  readonly nowMs: number;
  /** As in `Hold`: the id of this saga, or of the first try of the same deletion. */
  readonly age: string;
  /** Key of the actor that runs the saga. */
  readonly actor: string;
  readonly requester: ReplyAddress | null;
  readonly requestedBy: string | null;
  /** What an update would change. */
  readonly change: Change | null;
  /** An update that moves its node: the new place, as read last. */
  readonly place: Placement | null;
  /** The generation of the subscription, for each node that the updated node newly depends on. */
  readonly generations: Readonly<Record<string, number>>;
  /** Ids of the nodes that the updated node depended on before. */
  readonly upstream: readonly string[];
  /** Ids of the nodes that the request named. */
  readonly ids: readonly string[];
  /** True: operators see that the saga waits. */
  readonly waited?: boolean;
  /** The operator that has called the saga off. */
  readonly cancelled: { readonly by: string; readonly why: string } | null;
  /** root: the deletion goes on only while its plan is as expected. */
  readonly ifPlan?: ExpectedPlan;
  /** root: the request holds only for these versions of the node. */
  readonly ifVersion?: IfVersion;
  /** root: the deletion is tried again when all reasons against the deletion have ended. */
  readonly whenHeld?: WhenHeld;
  /** root: the deletions that the saga carries out again. */
  readonly replayed?: Replayed;
  /** The difference between the deletion and its plan. */
  readonly planChange?: PlanChange;
  /** root: the nodes below that no service would have removed. */
  readonly unanswered?: Unanswered;
  /** The reason why the latest tries of the removal were refused, and their number. */
  readonly blocked?: { readonly reason: string | null; readonly tries: number };
  /** inner: the `ok` lists the nodes that go with the saga. */
  readonly inventory?: boolean;
  readonly votes: readonly Vote[];
  /** All subscribers that a question may have reached. */
  readonly asked: readonly Subscription[];
  readonly rounds: number;
  readonly cleaned: readonly Pair[];
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
  readonly unreachable: readonly string[];
  /** Voters whose answers were no votes; absent: none. */
  readonly malformed?: readonly Malformed[];
};

/** The rounds in which newcomers are asked before the saga is called off. */
export const roundsMax = 3;

export type RosterNow = ConsentReads['roster']['result'];

/**
 * What is made of a list of nodes, made once for the list: the effects of a step name the same list
 * again and again, and a list may have thousands of nodes. The result is JSON of the runtime, which
 * no effect copies.
 */
function madeOnce<Made extends Json>(make: (nodes: readonly NodeState[]) => Made) {
  const known = new WeakMap<readonly NodeState[], Made>();
  return (nodes: readonly NodeState[]): Made => {
    const before = known.get(nodes);
    if (before !== undefined) return before;
    const made = ownJson(make(nodes));
    known.set(nodes, made);
    return made;
  };
}

export const epochsOf = madeOnce(
  (nodes): Readonly<Record<string, number>> =>
    Object.fromEntries(nodes.map(({ id, epoch }) => [id, epoch])),
);

export const versionsOf = madeOnce(
  (nodes): Versions => Object.fromEntries(nodes.map(({ id, version }) => [id, version])),
);

export const idsOfNodes = madeOnce((nodes): readonly string[] => nodes.map(({ id }) => id));

/** The nodes of the saga that no other saga has removed. */
export function liveNodes({
  nodes,
  gone,
}: Pick<SagaContext, 'nodes' | 'gone'>): readonly NodeState[] {
  if (gone.length === 0) return nodes;
  const absent = new Set(gone);
  return nodes.filter(({ id }) => !absent.has(id));
}

/**
 * The subscribers that a question may have reached: earlier subscribers, and the subscribers of
 * this round.
 */
export function withAsked(
  { asked, subscriptions }: Pick<SagaContext, 'asked' | 'subscriptions'>,
  peers: 'new' | 'old',
): readonly Subscription[] {
  const now = subscriptions.filter(({ consent }) => consent === (peers === 'new'));
  const again = pairsOf(now);
  return [...asked.filter(({ service, nodeId }) => !again.has(service, nodeId)), ...now];
}

function pairsOf(subscriptions: readonly Subscription[]): PairSet {
  return new PairSet(subscriptions.map(({ service: voter, nodeId }) => ({ voter, nodeId })));
}

/**
 * The saga with the current lists. A new peer that was asked about a node which is gone stays on
 * the list, because the peer waits for the end of its promise. An old peer has promised nothing.
 */
export function withRoster(
  context: SagaContext,
  now: RosterNow,
): Pick<SagaContext, 'nodes' | 'gone' | 'subscriptions'> {
  const found = new Map(now.nodes.map((node) => [node.id, node]));
  const nodes = context.nodes.map((node) => found.get(node.id) ?? node);
  const gone = idsOfNodes(context.nodes).filter((id) => !found.has(id));
  const absent = new Set(gone);
  // The lists may have been read before the node was removed, and the nodes after that.
  const listed = pairsOf(now.subscriptions);
  const waiting = context.asked.filter(
    ({ service, nodeId, consent }) => consent && absent.has(nodeId) && !listed.has(service, nodeId),
  );
  return { nodes, gone, subscriptions: [...now.subscriptions, ...waiting] };
}

/**
 * The subscribers that were asked about a node which still exists, and that are no longer on its
 * list: an operator has retired them, or another service has adopted their nodes. A subscriber
 * cannot leave by itself while it is asked.
 */
export function leavers(
  { asked }: Pick<SagaContext, 'asked'>,
  { nodes, subscriptions }: RosterNow,
): readonly Subscription[] {
  const there = new Set(idsOfNodes(nodes));
  const listed = new PairSet(
    subscriptions.map(({ service: voter, nodeId }) => ({ voter, nodeId })),
  );
  return asked.filter(({ service, nodeId }) => there.has(nodeId) && !listed.has(service, nodeId));
}

/**
 * The votes compared with the current roster. `agreed`: every subscriber has said `ok`.
 * `newcomers`: a subscriber was never asked. `given-up`: the same, after the last round. `gone`: no
 * node is left. `left`: a subscriber that was asked has left its list; the decision would never
 * reach its promise.
 */
export type RosterAgreement = 'agreed' | 'newcomers' | 'gone' | 'given-up' | 'left';

export function rosterAgreement(context: SagaContext, now: RosterNow): RosterAgreement {
  if (now.nodes.length === 0) return 'gone';
  if (leavers(context, now).length > 0) return 'left';
  const ok = context.votes.filter(({ response }) => response === 'ok');
  if (openSubscriptions(now.subscriptions, ok).length === 0) return 'agreed';
  return context.rounds < roundsMax ? 'newcomers' : 'given-up';
}

/** The last end of the reasons against the saga, where the saga is tried again after the end. */
export function retryAfter(
  context: Pick<
    SagaContext,
    'whenHeld' | 'refusals' | 'silent' | 'unreachable' | 'malformed' | 'cancelled' | 'unanswered'
  >,
): string | undefined {
  const { whenHeld, refusals, silent, unreachable, malformed = [], cancelled } = context;
  const others = silent.length + unreachable.length + malformed.length;
  if (others > 0 || cancelled !== null || context.unanswered !== undefined) return undefined;
  return heldUntil(whenHeld, refusals);
}

/** What services keep although everybody has agreed. */
export function retainedBy({ votes }: Pick<SagaContext, 'votes'>): readonly RetainedBy[] {
  return votes.flatMap(({ retains = [] }) => retains);
}

const retainedMax = 100;

/**
 * The answer to the requester of a finished saga. `retained` has at most `retainedMax` entries; the
 * record of the named saga has all of them.
 */
export function doneBody({
  votes,
  saga,
  replayed,
  ...rest
}: Pick<SagaContext, 'votes' | 'saga' | 'replayed' | 'nodes' | 'gone'>): JsonObject {
  // Nodes that another saga has removed meanwhile are gone as well.
  if (replayed !== undefined) {
    const gone = [...new Set([...replayed.gone, ...rest.gone])];
    return replayedBody({ ...replayed, gone }, saga, idsOfNodes(liveNodes(rest)));
  }
  const retained = votes.flatMap(({ nodeId, retains = [] }) =>
    retains.map((kept) => ({ nodeId, ...kept })),
  );
  if (retained.length === 0) return {};
  return retained.length <= retainedMax
    ? { retained, saga }
    : { retained: retained.slice(0, retainedMax), retained_count: retained.length, saga };
}

/** The error for a requester, with the name of each service and saga that is in the way. */
export function refusalBody(
  context: Pick<
    SagaContext,
    | 'refusals'
    | 'silent'
    | 'unreachable'
    | 'malformed'
    | 'verb'
    | 'saga'
    | 'cancelled'
    | 'planChange'
    | 'unanswered'
    | 'whenHeld'
  >,
): JsonObject {
  const { refusals, silent, unreachable, malformed = [], verb, saga, cancelled } = context;
  const { planChange, unanswered } = context;
  const heldUntilThen = retryAfter(context);
  if (planChange !== undefined) return { error: { ...planChange, saga } };
  const whos = [
    ...(cancelled === null ? [] : [`${cancelled.by} cancelled it: ${cancelled.why}`]),
    ...(refusals.length === 0 ? [] : [refusalsText(refusals)]),
    ...silent.map((service) => `${service} is silent`),
    ...unreachable.map((service) => `${service} cannot be reached`),
    ...malformed.map((answer) => malformedText(answer, 'answers')),
  ];
  const message = `the ${verb.name} was called off: ${whos.join('; ') || 'the list of subscribers kept changing'}`;
  return {
    error: {
      code: 409,
      name: 'refused',
      message,
      saga,
      ...listedRefusals(refusals),
      silent,
      unreachable,
      ...(malformed.length === 0 ? {} : { malformed }),
      ...(cancelled === null ? {} : { cancelled }),
      ...(unanswered === undefined ? {} : { unanswered }),
      ...(heldUntilThen === undefined ? {} : { held_until: heldUntilThen }),
    },
  };
}
