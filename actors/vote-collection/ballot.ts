/**
 * Ballots and how they are counted. Pure.
 *
 * 1. A vote is never inferred from silence, nor from a message that came back.
 * 2. The first vote of a voter about a node stands; what comes later about it changes nothing (S8).
 * 3. Each voter is asked about each node in one ballot at most.
 * 4. A broadcast ballot is for several voters that share one question: each must say who it is; a single one need not, but
 *    what somebody else says who heard it too is not its vote.
 */

import type { Json } from '../../runtime/ports/json.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import { type Asked, answererAmong } from '../consent/broadcast.ts';
import { engagedIn, type Inventory } from '../consent/inventory.ts';
import { type Refusal, readAnswers } from '../consent/messages.ts';
import { PairSet, pairsIn } from '../consent/pairs.ts';

export type Ballot = Asked & {
  readonly nodeIds: readonly string[];
  readonly question: Publish;
};

export type Vote = {
  readonly voter: string;
  readonly nodeId: string;
  readonly response: 'ok' | 'no';
  readonly reason: string | null;
  readonly atMs: number;
  /** What stands behind a `no` of a voter that asked others. */
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
  /** What an `ok` takes along, where the deletion was planned: with the first of the votes that one answer gives. */
  readonly engaged?: Inventory;
};

/** Why a vote is not unanimous. */
export type Verdict = {
  readonly outcome: 'unanimous' | 'refused' | 'silent' | 'unreachable';
  readonly votes: readonly Vote[];
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
  readonly unreachable: readonly string[];
};

/** The votes an answer adds to those there are. */
export function votesFrom(
  ballot: Ballot,
  body: Json,
  known: readonly Vote[],
  atMs: number,
): readonly Vote[] {
  const added: Vote[] = [];
  for (const [nodeId, answer] of readAnswers(body, ballot.nodeIds)) {
    const voter = answererAmong(ballot, answer.service);
    if (
      voter === undefined ||
      answer.response === 'wait' ||
      known.some((vote) => vote.voter === voter && vote.nodeId === nodeId)
    )
      continue;
    const { response, reason = null, refusals, silent } = answer;
    added.push({ voter, nodeId, response, reason, atMs, refusals, silent });
  }
  const engaged = engagedIn(body);
  return added.map((vote, index) =>
    index === 0 && engaged.length > 0 ? { ...vote, engaged } : vote,
  );
}

/** Ballots with those of their voters who have not answered about every node. */
function unanswered(
  ballots: readonly Ballot[],
  votes: readonly Vote[],
): readonly (readonly [Ballot, readonly string[]])[] {
  const given = new PairSet(votes);
  return ballots.map((ballot) => [ballot, given.missingOf(ballot)]);
}

/** Those in which somebody who can be reached has not answered about every node. */
export function openBallots(
  ballots: readonly Ballot[],
  votes: readonly Vote[],
  unreachable: readonly string[],
): readonly Ballot[] {
  const isOpen = (voters: readonly string[]): boolean =>
    voters.some((voter) => !unreachable.includes(voter));
  return unanswered(ballots, votes).flatMap(([ballot, voters]) => (isOpen(voters) ? [ballot] : []));
}

/** Whether nothing is left to wait for: every voter has answered about every node, or cannot be reached. */
export function complete(
  ballots: readonly Ballot[],
  votes: readonly Vote[],
  unreachable: readonly string[],
): boolean {
  // After each of a thousand answers: so they are counted, and looked through only where somebody cannot be reached.
  if (unreachable.length === 0) return votes.length === pairsIn(ballots);
  return openBallots(ballots, votes, unreachable).length === 0;
}

export function refused(votes: readonly Vote[]): boolean {
  return votes.some(({ response }) => response === 'no');
}

function refusalsOf(vote: Vote): readonly Refusal[] {
  if (vote.refusals.length > 0) return vote.refusals;
  if (vote.silent.length > 0) return [];
  return [{ service: vote.voter, nodeId: vote.nodeId, reason: vote.reason ?? 'no reason given' }];
}

function distinct(refusals: readonly Refusal[]): readonly Refusal[] {
  return [
    ...new Map(
      refusals.map((refusal) => [
        `${refusal.service} ${refusal.nodeId} ${refusal.reason}`,
        refusal,
      ]),
    ).values(),
  ];
}

/** How the round ended for those who have not voted. */
export type Ending = {
  readonly unreachable: readonly string[];
  /** The deadline has passed: who has not answered is silent. Before it, they only had no time. */
  readonly expired: boolean;
};

/** Counts. Unanimous only when everybody has said `ok` about every node. */
export function tally(
  ballots: readonly Ballot[],
  votes: readonly Vote[],
  { unreachable, expired }: Ending,
): Verdict {
  const noes = votes.filter(({ response }) => response === 'no');
  const missing = [...new Set(unanswered(ballots, votes).flatMap(([, voters]) => voters))];
  const out = missing.filter((voter) => unreachable.includes(voter));
  const late = expired ? missing.filter((voter) => !unreachable.includes(voter)) : [];
  const silent = [...new Set([...late, ...noes.flatMap((vote) => vote.silent)])];
  return {
    outcome: outcomeOf({ noes, out, missing }),
    votes,
    refusals: distinct(noes.flatMap(refusalsOf)),
    silent,
    unreachable: out,
  };
}

type Counted = {
  readonly noes: readonly Vote[];
  readonly out: readonly string[];
  readonly missing: readonly string[];
};

function outcomeOf({ noes, out, missing }: Counted): Verdict['outcome'] {
  if (noes.length > 0) return 'refused';
  if (out.length > 0) return 'unreachable';
  return missing.length > 0 ? 'silent' : 'unanimous';
}
