/**
 * The outcome for each node of a `subscribe` or an `unsubscribe`. Pure.
 *
 * - While a deletion of the node or of an ancestor, or a move of the node, is under way, a new peer
 *   gets `wait` and asks again.
 * - A one-way `subscribe` of an old peer is taken at any time. The epoch rises, so a vote under way
 *   asks the newcomer too.
 * - A subscriber that a running saga asks cannot leave before the saga ends: the subscriber gets
 *   `wait`. A one-way `unsubscribe` is kept, and done when the node is free.
 * - A node has at most `subscribersMax` subscribers, so that a vote needs only a few commits.
 */
import type { JsonObject } from '../../runtime/ports/json.ts';
import { noBody, okBody, waitBody } from '../consent/answers.ts';
import { excludesCreate } from '../consent/conflicts.ts';
import type { SubscriptionNow } from '../consent/consent-reads.ts';
import { subscribersMax } from '../consent/subscribe-messages.ts';

/**
 * `done`: the list changes. `nothing`: there is nothing to change. `later`: changes when the node is
 * free.
 */
export type Verdict = {
  readonly now: SubscriptionNow;
  readonly does: 'done' | 'nothing' | 'later';
  readonly response: 'ok' | 'no' | 'wait';
  readonly reason?: string;
};

/** Whether a saga under way asks the subscriber about the node. */
export function isAsked({ node, holds, existing }: SubscriptionNow): boolean {
  return existing !== null && holds.some(({ nodeId }) => nodeId === node?.id);
}

/** The reason why the node cannot be subscribed to; undefined: it can. */
function reasonAgainst(
  { nodeId, node, tombstoned, existing, subscribers }: SubscriptionNow,
  ownClass: string,
): string | undefined {
  if (tombstoned) return `the node ${nodeId} is deleted`;
  if (node === null) return `there is no node ${nodeId}`;
  if (node.objectClass !== ownClass)
    return `the node ${nodeId} is a ${node.objectClass}, not a ${ownClass}`;
  return existing === null && subscribers >= subscribersMax
    ? `the node ${nodeId} has ${subscribersMax} subscribers, the most that are asked`
    : undefined;
}

export function subscribeVerdict(
  now: SubscriptionNow,
  ownClass: string,
  isOneWay: boolean,
): Verdict {
  const reason = reasonAgainst(now, ownClass);
  if (reason !== undefined) return { now, does: 'nothing', response: 'no', reason };
  const isHeld = now.holds.some((hold) => excludesCreate(hold, now.nodeId));
  return isHeld && !isOneWay
    ? { now, does: 'nothing', response: 'wait' }
    : { now, does: 'done', response: 'ok' };
}

export function unsubscribeVerdict(now: SubscriptionNow, isOneWay: boolean): Verdict {
  if (now.node === null) return { now, does: 'nothing', response: 'ok' };
  if (!isAsked(now)) return { now, does: 'done', response: 'ok' };
  return isOneWay
    ? { now, does: 'later', response: 'ok' }
    : { now, does: 'nothing', response: 'wait' };
}

export function answerBody(
  service: string,
  { response, reason = 'no reason' }: Verdict,
): JsonObject {
  if (response === 'no') return noBody(service, reason);
  return response === 'wait' ? waitBody : okBody;
}
