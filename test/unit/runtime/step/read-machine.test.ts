import { readMachine } from '../../../../runtime/step/read-machine.ts';
import { caller, explore, given, message } from '../../../../testing.ts';
import { assertExplored } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('read machine');
const machine = readMachine('names', (found: readonly string[]) => ({ names: found }));
const asked = message('read', {}, { read: ['a', 'b'], replyTo: caller('m1') });

test('a question is answered with what its read found, and the machine ends', () => {
  given(machine)
    .when(asked)
    .then({
      state: 'answered',
      replies: [{ to: caller('m1'), body: { data: { names: ['a', 'b'] } } }],
    });
});

test('every state is reached and every transition is taken', () => {
  const listing = message('list', {}, { read: ['a'], replyTo: caller('m1') });
  assertExplored(explore(machine, { alphabet: { events: [asked, listing] } }));
});

test.run();
