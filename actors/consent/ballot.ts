/**
 * A ballot: a question to one or several voters about some nodes, and the voter from whom an answer
 * comes. Pure.
 *
 * - Each pair of a voter and a node stands in one ballot at most.
 * - Several voters share a ballot only where a broadcast question asks all of them. Then each
 *   answer must name its service.
 * - An answer belongs to the ballot of its question. An answer to an earlier round of a broadcast
 *   does not count.
 */
import type { Publish } from '../../runtime/step/effects.ts';

export type Ballot = {
  readonly voters: readonly string[];
  readonly nodeIds: readonly string[];
  readonly question: Publish;
  /**
   * Of a broadcast: how many subscribers of the node get the question, including those that
   * answered in an earlier round.
   */
  readonly hearers?: number;
};

/** Names the question of an answer: its message id. Kept as the `about` of the question. */
export type AboutBallot = { readonly question: string };

export function aboutBallot({ question }: Ballot): AboutBallot {
  return { question: question.messageId ?? '' };
}

export function ballotOf(
  ballots: readonly Ballot[],
  { question: messageId }: AboutBallot,
): Ballot | undefined {
  return ballots.find(({ question }) => question.messageId === messageId);
}

type Hearers = Pick<Ballot, 'voters' | 'hearers'>;

/** The voter, when no other service got the question; else undefined. */
export function soleVoterOf({ voters, hearers = 1 }: Hearers): string | undefined {
  return voters.length === 1 && hearers === 1 ? voters[0] : undefined;
}

/**
 * The voter of an answer; undefined where the answer does not tell. `service` is the service that
 * the answer names. A voter need not name itself when no other voter got the question. An answer
 * that names another service is nobody's answer.
 */
export function answererOf(ballot: Hearers, service: string | undefined): string | undefined {
  return service === undefined
    ? soleVoterOf(ballot)
    : ballot.voters.find((voter) => voter === service);
}
