/**
 * The roster of a saga: the services to ask about its nodes, and the messages to these services.
 * Pure.
 *
 * Invariants:
 * - Few messages: a new peer is asked about all its nodes in messages of up to `questionIdsMax`
 *   ids. An old peer gets one message for each id.
 * - Rounds: old peers without their own routing key share a broadcast question for each node; new
 *   peers ignore the broadcast. Each round has its own message id, so an answer to an earlier round
 *   does not count.
 * - Present list: the saga decides only when the roster equals the present lists, and every service
 *   on the lists has said `ok` about every live node.
 */

import { identityOf } from '../../runtime/ports/identity.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import type { Ballot } from '../consent/ballot.ts';
import type { Subscription } from '../consent/ledger/store.ts';
import { consentMessage } from '../consent/messages.ts';
import { idsInParts } from '../consent/node-ids.ts';
import type { NodeState } from '../consent/nodes.ts';
import { type Pair, PairSet } from '../consent/pairs.ts';
import type { QuestionScope } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import type { Verb } from '../consent/verbs.ts';

export type RosterBallot = Ballot & {
  readonly nodeIds: readonly string[];
  readonly question: Publish;
};

/** A voter and a node for which the voter has answered the message. */
export type Done = Pair;

type Recipient = {
  readonly service: string;
  readonly routingKey: string;
};

function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function recipientOf({ service, routingKey }: Subscription): Recipient {
  return { service, routingKey: routingKey ?? service };
}

function depthOrder(nodes: readonly NodeState[]): ReadonlyMap<string, number> {
  return new Map(nodes.map(({ id }, index) => [id, index]));
}

/** Ids in the order in which the saga found its nodes: parents first. */
function ordered(ids: readonly string[], order: ReadonlyMap<string, number>): readonly string[] {
  return [...ids].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

export type RosterQuestion = {
  readonly settings: ConsentSettings;
  readonly action: string;
  readonly verb: Verb;
  readonly scope: QuestionScope;
  readonly nodes: readonly NodeState[];
  readonly more?: JsonObject;
  /** The number of times that the question was asked, with this time. Default 1. */
  readonly round?: number;
};

function newPeerBallots(
  subscriptions: readonly Subscription[],
  { settings, action, scope, nodes, more }: RosterQuestion,
): readonly RosterBallot[] {
  const order = depthOrder(nodes);
  const groups = groupBy(subscriptions, ({ service, routingKey }) =>
    identityOf(service, routingKey ?? ''),
  );
  return [...groups.values()].flatMap((group) => {
    const to = recipientOf(group[0] as Subscription);
    const ids = ordered(
      group.map(({ nodeId }) => nodeId),
      order,
    );
    return idsInParts(ids, settings.questionIdsMax).map((nodeIds) => ({
      voters: [to.service],
      nodeIds,
      question: consentMessage(settings, action, nodeIds, scope, to, more),
    }));
  });
}

/** `open`: the subscriptions without an answer. `all`: all subscriptions. */
function oldPeerBallots(
  open: readonly Subscription[],
  all: readonly Subscription[],
  { settings, action, scope, more, round = 1 }: RosterQuestion,
): readonly RosterBallot[] {
  const directed = open.filter(({ routingKey }) => routingKey !== undefined);
  const shared = groupBy(open.filter(hearsBroadcasts), ({ nodeId }) => nodeId);
  const everybody = {
    service: 'all',
    routingKey: settings.main.routingKey,
    round,
  };
  const single = directed.map((subscription) => ({
    voters: [subscription.service],
    nodeIds: [subscription.nodeId],
    question: consentMessage(
      settings,
      action,
      [subscription.nodeId],
      scope,
      recipientOf(subscription),
      more,
    ),
  }));
  const broadcast = [...shared].map(([nodeId, group]) => ({
    voters: group.map(({ service }) => service),
    nodeIds: [nodeId],
    question: consentMessage(settings, action, [nodeId], scope, everybody, more),
    hearers: all.filter(
      (subscription) => subscription.nodeId === nodeId && hearsBroadcasts(subscription),
    ).length,
  }));
  return [...single, ...broadcast];
}

/** Whether the subscriber is an old peer without a routing key of its own. */
function hearsBroadcasts({ consent, routingKey }: Subscription): boolean {
  return !consent && routingKey === undefined;
}

/** The subscriptions that are not done yet. */
export function openSubscriptions(
  subscriptions: readonly Subscription[],
  done: readonly Done[],
): readonly Subscription[] {
  const isDone = new PairSet(done);
  return subscriptions.filter(({ service, nodeId }) => !isDone.has(service, nodeId));
}

/**
 * The messages to all subscribers that are not done yet. `peers`: whether new peers, old peers or
 * both get their messages.
 */
export function ballotsFor(
  subscriptions: readonly Subscription[],
  done: readonly Done[],
  peers: 'new' | 'old' | 'all',
  question: RosterQuestion,
): readonly RosterBallot[] {
  const open = openSubscriptions(subscriptions, done);
  const newPeers =
    peers === 'old'
      ? []
      : newPeerBallots(
          open.filter(({ consent }) => consent),
          question,
        );
  const oldPeers =
    peers === 'new'
      ? []
      : oldPeerBallots(
          open.filter(({ consent }) => !consent),
          subscriptions,
          question,
        );
  return [...newPeers, ...oldPeers];
}
