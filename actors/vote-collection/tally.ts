/**
 * Counts the votes of a ballot. Pure.
 *
 * - A vote is never inferred: silence and a returned question are no votes.
 * - Votes stand: the first vote of a voter about a node counts, later answers change nothing.
 * - The outcome is unanimous only when every voter has said `ok` about every node.
 */

import { identityOf } from '../../runtime/ports/identity.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { type Answer, type Refusal, readAnswers, serviceIn } from '../consent/answers.ts';
import { answererOf, type Ballot, soleVoterOf } from '../consent/ballot.ts';
import { engagedIn } from '../consent/inventory.ts';
import { PairSet, pairsIn } from '../consent/pairs.ts';
import { retainsIn } from '../consent/retained.ts';
import type { Malformed, Verdict, Vote } from '../consent/vote.ts';

/** The votes that an answer adds to the known votes. */
export function votesFrom(
  ballot: Ballot,
  body: Json,
  known: readonly Vote[],
  atMs: number,
): readonly Vote[] {
  const added: Vote[] = [];
  const given = new PairSet(known);
  const heard = new Set<Answer>();
  for (const [nodeId, answer] of readAnswers(body, ballot.nodeIds)) {
    const voter = answererOf(ballot, answer.service);
    if (voter === undefined || answer.response === 'wait' || given.has(voter, nodeId)) continue;
    const { response, reason = null } = answer;
    const vote = { voter, nodeId, response, reason, atMs };
    added.push({ ...vote, ...behind(answer, heard), ...beside(answer, heard, voter) });
    heard.add(answer);
  }
  const engaged = engagedIn(body);
  return added.map((vote, index) =>
    index === 0 && engaged.length > 0 ? { ...vote, engaged } : vote,
  );
}

function behind(
  answer: Answer,
  heard: ReadonlySet<Answer>,
): Pick<Vote, 'refusals' | 'silent' | 'isToldBefore'> {
  const { refusals, silent } = answer;
  const isTold = heard.has(answer) && refusals.length + silent.length > 0;
  return isTold ? { refusals: [], silent: [], isToldBefore: true } : { refusals, silent };
}

/**
 * The members of a vote about times. What the voter itself keeps stands in each of its votes; what
 * services further down keep stands only in the first vote of the answer.
 */
function beside(
  answer: Answer,
  heard: ReadonlySet<Answer>,
  voter: string,
): Pick<Vote, 'until' | 'retains'> {
  const { until } = answer;
  const all = retainsIn(answer.retains, voter);
  const retains = heard.has(answer) ? all.filter(({ service }) => service === voter) : all;
  return {
    ...(until === undefined ? {} : { until }),
    ...(retains.length === 0 ? {} : { retains }),
  };
}

const saidMax = 200;

/**
 * The answer of a voter that is no vote about one of the asked nodes, or that names another service
 * than the asked one. Undefined for a well-formed answer, and for an answer that does not tell its
 * voter.
 */
export function malformedFrom(ballot: Ballot, body: Json): Malformed | undefined {
  const { nodeIds, voters } = ballot;
  const answers = readAnswers(body, nodeIds);
  const names = [serviceIn(body), ...[...answers.values()].map(({ service }) => service)];
  const named = names.find((service) => service !== undefined && !voters.includes(service));
  if (named === undefined && answers.size === nodeIds.length) return undefined;
  const service = named === undefined ? answererOf(ballot, serviceIn(body)) : soleVoterOf(ballot);
  if (service === undefined) return undefined;
  const said = JSON.stringify(body).slice(0, saidMax);
  return named === undefined
    ? { service, said }
    : { service, named: named.slice(0, saidMax), said };
}

/** Each ballot with its voters that have not answered about every node. */
function unanswered(
  ballots: readonly Ballot[],
  votes: readonly Vote[],
): readonly (readonly [Ballot, readonly string[]])[] {
  const given = new PairSet(votes);
  return ballots.map((ballot) => [ballot, given.missingOf(ballot)]);
}

/** The ballots with a reachable voter that has not answered about every node. */
export function openBallots(
  ballots: readonly Ballot[],
  votes: readonly Vote[],
  unreachable: readonly string[],
): readonly Ballot[] {
  const isOpen = (voters: readonly string[]): boolean =>
    voters.some((voter) => !unreachable.includes(voter));
  return unanswered(ballots, votes).flatMap(([ballot, voters]) => (isOpen(voters) ? [ballot] : []));
}

/** Whether every voter has answered about every node, or cannot be reached. */
export function isComplete(
  ballots: readonly Ballot[],
  votes: readonly Vote[],
  unreachable: readonly string[],
): boolean {
  // Runs after each of a thousand answers, so the votes are counted as long as all voters are reachable.
  if (unreachable.length === 0) return votes.length === pairsIn(ballots);
  return openBallots(ballots, votes, unreachable).length === 0;
}

export function isRefused(votes: readonly Vote[]): boolean {
  return votes.some(({ response }) => response === 'no');
}

function refusalsOf(vote: Vote): readonly Refusal[] {
  if (vote.isToldBefore === true) return [];
  if (vote.refusals.length > 0) return vote.refusals;
  if (vote.silent.length > 0) return [];
  const { voter: service, nodeId, reason, until } = vote;
  const ends = until === undefined ? {} : { until };
  return [{ service, nodeId, reason: reason ?? 'no reason given', ...ends }];
}

function distinct(refusals: readonly Refusal[]): readonly Refusal[] {
  return [
    ...new Map(
      refusals.map((refusal) => [
        identityOf(refusal.service, refusal.nodeId, refusal.reason),
        refusal,
      ]),
    ).values(),
  ];
}

/** The end of a round for the voters that have not voted. */
export type RoundEnd = {
  readonly unreachable: readonly string[];
  /** The deadline has passed, so a voter without an answer is silent. */
  readonly expired: boolean;
  /** Answers that are no votes; absent: none. */
  readonly malformed?: readonly Malformed[];
};

/** The verdict of the votes. */
export function tally(
  ballots: readonly Ballot[],
  votes: readonly Vote[],
  { unreachable, expired, malformed = [] }: RoundEnd,
): Verdict {
  const noes = votes.filter(({ response }) => response === 'no');
  const missing = [...new Set(unanswered(ballots, votes).flatMap(([, voters]) => voters))];
  const lost = missing.filter((voter) => unreachable.includes(voter));
  const late = expired ? missing.filter((voter) => !unreachable.includes(voter)) : [];
  const misspoke = malformed.filter(({ service }) => late.includes(service));
  const mute = late.filter((voter) => !misspoke.some(({ service }) => service === voter));
  const silent = [...new Set([...mute, ...noes.flatMap((vote) => vote.silent)])];
  return {
    outcome: outcomeOf({ noes, lost, missing }),
    votes,
    refusals: distinct(noes.flatMap(refusalsOf)),
    silent,
    unreachable: lost,
    ...(misspoke.length === 0 ? {} : { malformed: misspoke }),
  };
}

type Counted = {
  readonly noes: readonly Vote[];
  readonly lost: readonly string[];
  readonly missing: readonly string[];
};

function outcomeOf({ noes, lost, missing }: Counted): Verdict['outcome'] {
  if (noes.length > 0) return 'refused';
  if (lost.length > 0) return 'unreachable';
  return missing.length > 0 ? 'silent' : 'unanimous';
}
