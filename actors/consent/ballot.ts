/**
 * A ballot: one question to one or several voters about some nodes, and whose answer an answer is. Pure.
 *
 * - Each pair of a voter and a node stands in one ballot at most.
 * - Several voters share a ballot only where one broadcast question asks them all. Each of their answers must name its service.
 * - An answer belongs to the ballot whose question it answers. An answer to an earlier round of a broadcast does not count.
 */
import type { Publish } from '../../runtime/step/effects.ts';

export type Ballot = {
  readonly voters: readonly string[];
  readonly nodeIds: readonly string[];
  readonly question: Publish;
  /** Of a broadcast: how many subscribers of the node get the question, also those that have answered an earlier round. */
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

/** The voter that alone got the question; undefined where several services got it. */
export function soleVoterOf({ voters, hearers = 1 }: Hearers): string | undefined {
  return voters.length === 1 && hearers === 1 ? voters[0] : undefined;
}

/**
 * The voter that an answer comes from; undefined where the answer does not tell. `service` is the service that the answer names.
 * A voter that alone got the question need not name itself. An answer that names another service is nobody's answer.
 */
export function answererOf(ballot: Hearers, service: string | undefined): string | undefined {
  return service === undefined
    ? soleVoterOf(ballot)
    : ballot.voters.find((voter) => voter === service);
}
