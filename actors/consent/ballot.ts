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

/**
 * The voter that an answer comes from; undefined where the answer does not tell. `service` is the service that the answer names.
 * A voter that alone got the question need not name itself. An answer that names another hearer of a broadcast is not its answer.
 */
export function answererOf(
  { voters, hearers }: Pick<Ballot, 'voters' | 'hearers'>,
  service: string | undefined,
): string | undefined {
  const isAlone =
    voters.length === 1 && (hearers === undefined || (hearers === 1 && service === undefined));
  return isAlone ? voters[0] : voters.find((voter) => voter === service);
}
