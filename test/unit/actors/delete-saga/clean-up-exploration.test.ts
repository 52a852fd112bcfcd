/** Everything that can become of the second phase of a deletion. */
import { cleanUpMachine } from '../../../../actors/delete-saga/clean-up-machine.ts';
import { explore } from '../../../../testing.ts';
import { assertExplored } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';
import { asObject, id, no, ok } from '../consent/sample.ts';

const test = suite('clean-up, explored');

const ballots = ['a', 'b'].map((voter) => ({
  voters: [voter],
  nodeIds: [id(1)],
  question: {
    exchange: 'tags',
    routingKey: voter,
    action: 'deleting',
    data: { id: id(1) },
    messageId: `T/deleting/${voter}`,
  },
}));

test('two are told until each is done or skipped', () => {
  const found = explore(cleanUpMachine, {
    alphabet: {
      events: ['a', 'b'].map((voter) => ({ type: 'skip', voter })),
      answers: { cleaned: [ok, no('a', 'busy')] },
    },
    input: asObject({ saga: 'T', action: 'delete', ballots }),
    view: ({ done }) =>
      [...new Set((done as readonly { voter: string }[]).map(({ voter }) => voter))].sort(),
  });
  assertExplored(found);
});

test.run();
