/** Everything that can become of a request at the gateway. */
import { apiRequestMachine, requests } from '../../../../actors/api-crud/api-request-machine.ts';
import { caller, explore, message } from '../../../../testing.ts';
import { assertExplored } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('api gateway, explored');
const machine = apiRequestMachine({ exchange: 'tags', routingKey: 'tags' }, 30_000, requests);

test('a request', () => {
  const found = explore(machine, {
    alphabet: {
      events: ['create', 'createAlias', 'copy', 'read', 'update', 'delete', 'plan'].map((action) =>
        message(action, {}, { replyTo: caller('m1'), identity: 'm1' }),
      ),
      answers: { answered: [{ data: [] }] },
    },
    view: ({ action }) => action ?? null,
  });
  assertExplored(found);
});

test.run();
