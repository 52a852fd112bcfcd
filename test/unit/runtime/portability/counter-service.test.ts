import { given, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { counters } from './counter-service.ts';
import { asJson } from './ordinary-machine.ts';

const test = suite('portability: a service');
const opened = given(counters).when(message('open', { from: 7 }));

test('the starting message is the input and no event, and a message is a flat event', () => {
  opened.then({ context: { count: 7 }, afterCommit: [] });
  opened
    .when(message('inc', { by: 2 }))
    .then({ context: { count: 9 }, afterCommit: ["(machine) on 'inc', action 2"] });
});

test('a starting message for an actor that is there is an event', () => {
  opened.when(message('open', { from: 1 })).thenDeadLetter(/takes 'open'/);
});

for (const data of [{ type: 'x', by: 1 }, { $: 1 }, JSON.parse('{"__proto__": {"by": 1}}')])
  test(`data that would overwrite a member of the event is refused: ${JSON.stringify(data)}`, () => {
    opened.when(message('inc', data)).thenDeadLetter(/reserved member/);
  });

test('data that is no object is no flat event', () => {
  opened.when(message('inc', 3)).thenDeadLetter(/must be an object/);
});

test('a machine without an id has the name of its service entry', () => {
  const machine = counters.machines.get('counter');
  assert.equal([machine?.name, machine?.flat], ['counter', true]);
  assert.equal(asJson(machine?.warnings), []);
});

test.run();
