/**
 * Forecasts the vote of each subscriber, as far as the vote can be known without effect. Pure.
 *
 * - The vote of a subscriber that cannot be reached, does not answer in time, or does not know the
 *   question is `unknown`; no vote is inferred.
 * - A subscriber without the consent protocol is not asked, because its `mayDelete` has effects.
 * - A subscriber that would agree but waits for an unknown voter is unknown too. The reason names
 *   the voters that the subscriber waits for.
 */

import { isJsonObject } from '../../config/json.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { type Answer, readAnswers } from '../consent/answers.ts';
import type { Subscription } from '../consent/ledger/store.ts';
import { idsInParts } from '../consent/node-ids.ts';
import type { PlannedVote } from '../consent/plan-schema.ts';
import { retainsIn, untilIn } from '../consent/retained.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { emptyPart, mergedParts, type PlanPart, readPart } from './part.ts';

/** A question to one subscriber, with the nodes that the subscriber would be asked about. */
export type Question = {
  readonly key: string;
  readonly voter: string;
  readonly nodeIds: readonly string[];
  readonly routingKey: string;
};

/** The answer of one subscriber. */
export type Heard = {
  readonly key: string;
  readonly answer: Json;
  /** False if the transport returned the question. */
  readonly reached: boolean;
};

const askedWithEffect = 'it knows no question without effect';
const unreachable = 'it cannot be reached';
const silent = 'it did not answer in time';

type Recipient = { readonly voter: string; readonly routingKey: string };

function recipientOf({ service: voter, routingKey = voter }: Subscription): Recipient {
  return { voter, routingKey };
}

/**
 * The questions to each subscriber that can be asked without effect, each about at most `idsMax`
 * nodes.
 */
export function questionsFor(
  subscriptions: readonly Subscription[],
  idsMax: number,
): readonly Question[] {
  const asked = new Map<string, { readonly to: Recipient; readonly ids: string[] }>();
  for (const subscription of subscriptions) {
    if (!subscription.consent) continue;
    const to = recipientOf(subscription);
    const key = identityOf(to.voter, to.routingKey);
    const known = asked.get(key);
    if (known === undefined) asked.set(key, { to, ids: [subscription.nodeId] });
    else known.ids.push(subscription.nodeId);
  }
  return [...asked.values()].flatMap(({ to, ids }) =>
    idsInParts(ids, idsMax).map((nodeIds, at) => ({
      key: identityOf(to.voter, to.routingKey, String(at)),
      ...to,
      nodeIds,
    })),
  );
}

function pairKey({ voter, routingKey }: Recipient, nodeId: string): string {
  return identityOf(voter, routingKey, nodeId);
}

/** What each subscriber has said about each node. */
function heardByPair(
  questions: readonly Question[],
  heard: readonly Heard[],
): ReadonlyMap<string, Heard> {
  const byKey = new Map(heard.map((one) => [one.key, one]));
  const pairs = questions.flatMap((question) => {
    const said = byKey.get(question.key);
    return said === undefined
      ? []
      : question.nodeIds.map((nodeId) => [pairKey(question, nodeId), said] as const);
  });
  return new Map(pairs);
}

type Word = Pick<PlannedVote, 'vote' | 'reason' | 'until' | 'retains'>;

/**
 * The message of an error in the answer. A subscriber sends an error if it does not know the question
 * or could not handle the question.
 */
function errorIn(body: Json): string | undefined {
  const error =
    typeof body === 'object' && body !== null ? (body as JsonObject)['error'] : undefined;
  if (error === undefined || error === null) return undefined;
  const message = typeof error === 'object' ? (error as JsonObject)['message'] : error;
  return typeof message === 'string' ? message : JSON.stringify(error);
}

/**
 * What an answer says is kept of one node. An entry may name its node; an entry without a node
 * counts for every node.
 */
function keptOf(voter: string, nodeId: string, { retains }: Answer): Pick<Word, 'retains'> {
  const entries = Array.isArray(retains) ? (retains as readonly Json[]) : [];
  const about = entries.filter((entry) => {
    const named = isJsonObject(entry) ? entry['nodeId'] : undefined;
    return named === undefined || named === nodeId;
  });
  const kept = retainsIn(about, voter);
  return kept.length === 0 ? {} : { retains: kept };
}

function wordOf(voter: string, nodeId: string, answer: Answer | undefined): Word {
  if (answer === undefined || answer.response === 'wait')
    return { vote: 'unknown', reason: 'its answer is neither yes nor no' };
  if (answer.response === 'no')
    return { vote: 'no', reason: answer.reason ?? 'no reason given', ...untilIn(answer.until) };
  if (answer.silent.length > 0)
    return { vote: 'unknown', reason: `it waits for ${answer.silent.join(', ')}` };
  return { vote: 'ok', reason: null, ...keptOf(voter, nodeId, answer) };
}

function heardWord({ reached, answer }: Heard, voter: string, nodeId: string): Word {
  if (!reached) return { vote: 'unknown', reason: unreachable };
  const error = errorIn(answer);
  if (error !== undefined) return { vote: 'unknown', reason: `it cannot say: ${error}` };
  return wordOf(voter, nodeId, readAnswers(answer, [nodeId]).get(nodeId));
}

/** The votes of all subscribers, merged with the parts that the subscribers have answered. */
export function forecast(
  { service, questionIdsMax }: Pick<ConsentSettings, 'service' | 'questionIdsMax'>,
  subscriptions: readonly Subscription[],
  heard: readonly Heard[],
): PlanPart {
  const saidAbout = heardByPair(questionsFor(subscriptions, questionIdsMax), heard);
  const votes = subscriptions.map((subscription): PlannedVote => {
    const { nodeId, service: voter, consent } = subscription;
    const said = consent ? saidAbout.get(pairKey(recipientOf(subscription), nodeId)) : undefined;
    const unheard: Word = { vote: 'unknown', reason: consent ? silent : askedWithEffect };
    return {
      askedBy: service,
      nodeId,
      voter,
      ...(said === undefined ? unheard : heardWord(said, voter, nodeId)),
    };
  });
  const below = heard.map(({ answer, reached }) =>
    reached && errorIn(answer) === undefined ? readPart(answer) : emptyPart,
  );
  return mergedParts([{ ...emptyPart, votes }, ...below]);
}

/** The unknown voters, without the voters that only wait for another unknown voter. */
export function unknownVoters({ votes }: PlanPart): readonly string[] {
  const waits = votes.filter(
    ({ vote, reason }) => vote === 'unknown' && reason?.startsWith('it waits for ') !== true,
  );
  return [...new Set(waits.map(({ voter }) => voter))].sort();
}

/** The votes of the part that refuse. */
export function refusalsBelow({ votes }: PlanPart): readonly PlannedVote[] {
  return votes.filter(({ vote }) => vote === 'no');
}
