/** Everything that can become of a round of votes. */
import type { Ballot } from '../../../../actors/consent/ballot.ts';
import { voteCollectionMachine } from '../../../../actors/vote-collection/vote-collection-machine.ts';
import { explore } from '../../../../testing.ts';
import { assertExplored } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';
import { asObject, id, no, ok } from '../consent/sample.ts';

const test = suite('vote collection, explored');

const ballots: readonly Ballot[] = ['a', 'b'].map((voter) => ({
  voters: [voter],
  nodeIds: [id(1)],
  question: {
    exchange: 'tags',
    routingKey: voter,
    action: 'mayDelete',
    data: { id: id(1) },
    messageId: `T/mayDelete/${voter}`,
  },
}));

test('two voters are asked, answer in every way or not at all', () => {
  const found = explore(voteCollectionMachine, {
    alphabet: { answers: { vote: [ok, no('a', 'in use')] } },
    input: asObject({ saga: 'T', action: 'mayDelete', ballots, deadlineMs: 10_000, graceMs: 100 }),
    view: ({ votes, unreachable, expired }) => [
      asVoters(votes),
      [...new Set(unreachable as readonly string[])].sort(),
      expired ?? null,
    ],
  });
  assertExplored(found);
});

/** A repeated answer adds nothing to what is known. */
function asVoters(votes: unknown): readonly string[] {
  return [
    ...new Set(
      (votes as readonly { voter: string; response: string }[]).map(
        ({ voter, response }) => `${voter} ${response}`,
      ),
    ),
  ].sort();
}

test.run();
