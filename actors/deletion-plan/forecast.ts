/**
 * Forecasts the vote of each subscriber, as far as the vote can be known without effect. Pure.
 *
 * - `unknown` is the vote of each subscriber that has not said its vote; no vote is inferred. This
 *   concerns a subscriber that cannot be reached, does not answer in time, or does not know the
 *   question.
 * - A subscriber without the consent protocol is not asked, because its `mayDelete` has effects.
 * - A subscriber that would agree but waits for an unknown voter is unknown too. Its reason names the
 *   voters that the subscriber waits for.
 */
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { type Answer, readAnswers } from '../consent/answers.ts';
import type { Subscription } from '../consent/ledger/store.ts';
import type { PlannedVote } from '../consent/plan-schema.ts';
import { emptyPart, mergedParts, type PlanPart, readPart } from './part.ts';

/** The question to one subscriber, with the nodes that the subscriber would be asked about. */
export type Question = {
  readonly key: string;
  readonly voter: string;
  readonly nodeIds: readonly string[];
  readonly routingKey: string;
};

/** The answer of one subscriber. */
export type Heard = {
  /** The key of the question. */
  readonly key: string;
  readonly answer: Json;
  /** False if the transport returned the question. */
  readonly reached: boolean;
};

const askedWithEffect = 'it knows no question without effect';
const unreachable = 'it cannot be reached';
const silent = 'it did not answer in time';

function keyOf({ service, routingKey = service }: Subscription): string {
  return identityOf(service, routingKey);
}

/** One question for each subscriber that can be asked without effect. */
export function questionsFor(subscriptions: readonly Subscription[]): readonly Question[] {
  const questions = new Map<string, Question>();
  for (const subscription of subscriptions) {
    const { nodeId, service: voter, routingKey = voter, consent } = subscription;
    const key = keyOf(subscription);
    if (consent)
      questions.set(key, {
        key,
        voter,
        routingKey,
        nodeIds: [...(questions.get(key)?.nodeIds ?? []), nodeId],
      });
  }
  return [...questions.values()];
}

type Word = {
  readonly vote: PlannedVote['vote'];
  readonly reason: string | null;
};

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

function wordOf(answer: Answer | undefined): Word {
  if (answer === undefined || answer.response === 'wait')
    return { vote: 'unknown', reason: 'its answer is neither yes nor no' };
  if (answer.response === 'no') return { vote: 'no', reason: answer.reason ?? 'no reason given' };
  if (answer.silent.length > 0)
    return { vote: 'unknown', reason: `it waits for ${answer.silent.join(', ')}` };
  return { vote: 'ok', reason: null };
}

function heardWord({ reached, answer }: Heard, nodeId: string): Word {
  if (!reached) return { vote: 'unknown', reason: unreachable };
  const error = errorIn(answer);
  if (error !== undefined) return { vote: 'unknown', reason: `it cannot say: ${error}` };
  return wordOf(readAnswers(answer, [nodeId]).get(nodeId));
}

/** The votes of all subscribers, merged with the parts that the subscribers have answered. */
export function forecast(
  service: string,
  subscriptions: readonly Subscription[],
  heard: readonly Heard[],
): PlanPart {
  const votes = subscriptions.map((subscription): PlannedVote => {
    const { nodeId, service: voter, consent } = subscription;
    const said = consent ? heard.find(({ key }) => key === keyOf(subscription)) : undefined;
    const unheard: Word = { vote: 'unknown', reason: consent ? silent : askedWithEffect };
    return {
      askedBy: service,
      nodeId,
      voter,
      ...(said === undefined ? unheard : heardWord(said, nodeId)),
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
