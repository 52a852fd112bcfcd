/** The second phase, after the decision ("The owner" in `docs/protocol.md`). */
import { assign, setup } from 'xstate';
import type { Ballot } from '../../../../actors/consent/ballot.ts';
import { cleanUpMachine } from '../../../../actors/delete-saga/clean-up-machine.ts';
import { dependencyMachine } from '../../../../actors/delete-saga/dependency-machine.ts';
import { given, type MachineSpec } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asObject, id, no, ok } from '../consent/sample.ts';

const test = suite('clean-up');

const parent = setup({
  types: {} as { context: { input: object; output: object | null } },
  actors: { cleanUp: cleanUpMachine, dependency: dependencyMachine },
  actions: {
    keep: assign({ output: ({ event }) => (event as unknown as { output: object }).output }),
  },
}).createMachine({
  id: 'parent',
  context: ({ input }) => ({ input: input as unknown as object, output: null }),
  initial: 'cleaning',
  states: {
    cleaning: {
      invoke: {
        id: 'clean-up',
        src: 'cleanUp',
        input: ({ context }) => context.input as never,
        onDone: { target: 'done', actions: 'keep' },
      },
    },
    done: {},
  },
});

function ballot(
  voters: readonly string[],
  nodes: readonly number[],
  key = voters[0] ?? '',
): Ballot {
  const ids = nodes.map(id);
  const question = {
    exchange: 'tags',
    routingKey: key,
    action: 'deleting',
    data: { id: ids },
    messageId: `T/${nodes.join('+')}/deleting/${key}`,
  };
  return { voters, nodeIds: ids, question };
}

function cleaning(...ballots: readonly Ballot[]): MachineSpec {
  return given(parent, { input: asObject({ saga: 'T', action: 'deleting', ballots }) });
}

const a = { routingKey: 'a' };
const b = { routingKey: 'b' };
const both = cleaning(ballot(['a'], [1]), ballot(['b'], [1, 2]));

test('everybody is told at once', () => {
  both.then({
    state: 'cleaning',
    asks: [{ messageId: 'T/1/deleting/a', answer: 'cleaned' }, { messageId: 'T/1+2/deleting/b' }],
    timers: [120_000, 600_000, 1_000],
  });
});

test('what somebody else answers to a broadcast is not the answer of the only one it was for', () => {
  const broadcast = cleaning({ ...ballot(['a'], [1]), hearers: 1 });
  broadcast.answers(a, { response: 'ok', service: 'b' }).then({ state: 'cleaning' });
  broadcast.answers(a, { response: 'ok', service: 'a' }).then({ state: 'done' });
});

test('nobody to tell: done at once', () => {
  cleaning().then({ state: 'done' });
});

test('when all have said ok it is done, and says by whom and about what', () => {
  const done = both.answers(a, ok).answers(b, ok).then({ state: 'done' });
  const { output } = done.context();
  assert.equal(output, {
    done: [
      { voter: 'a', nodeId: id(1) },
      { voter: 'b', nodeId: id(1) },
      { voter: 'b', nodeId: id(2) },
    ],
  });
});

test('who is done is recorded once', () => {
  both.answers(a, ok).then({
    records: [
      { topic: 'T', line: { what: 'cleaned', action: 'deleting', voter: 'a', nodeId: id(1) } },
    ],
  });
});

for (const [name, body] of [
  ['a no', no('a', 'not now')],
  ['an error', { error: { code: 500, message: 'broken' } }],
  ['false', false],
  ['wait', { response: 'wait' }],
  ['nothing that is an answer', {}],
] as const) {
  test(`${name} is not done: it is noted and told again, under a new message id`, () => {
    const told = both.answers(a, body).then({
      state: 'cleaning',
      records: [
        {
          topic: 'T',
          line: {
            what: 'not cleaned',
            action: 'deleting',
            voters: ['a'],
            nodeIds: [id(1)],
            answer: body,
          },
        },
      ],
    });
    const again = told.waits(1_000);
    again.then({
      asks: [{ messageId: 'T/1/deleting/a/again/1' }, { messageId: 'T/1+2/deleting/b' }],
    });
    again.answers(b, ok).answers(a, ok).then({ state: 'done' });
  });
}

test('a voter that is skipped after a refusal is told once more under a new message id', () => {
  const skip = { type: 'skip', voter: 'a' };
  both
    .answers(a, no('a', 'later'))
    .tells(['clean-up'], skip)
    .then({ publishes: [{ messageId: 'T/1/deleting/a/again/1' }] });
});

test('a message that came back is not done either', () => {
  both.returns(a).then({
    state: 'cleaning',
    records: [
      {
        topic: 'T',
        line: {
          what: 'not cleaned',
          action: 'deleting',
          voters: ['a'],
          nodeIds: [id(1)],
          answer: null,
        },
      },
    ],
  });
  both
    .returns(a)
    .answers(b, ok)
    .waits(1_000)
    .then({ asks: [{ messageId: 'T/1/deleting/a' }] });
});

test('it is told again after 1, 2, 5, 10, 30, 60, 60 … s, for ever, under the same message id', () => {
  let spec = both.answers(b, ok);
  for (const seconds of [1, 2, 5, 10, 30, 60, 60, 60, 60]) {
    spec = spec.waits(seconds * 1_000 - 1).then({ asks: [] });
    spec = spec.waits(1).then({ state: 'cleaning', asks: [{ messageId: 'T/1/deleting/a' }] });
  }
  spec.answers(a, ok).then({ state: 'done' });
});

test('who has answered about some nodes is asked until all are done', () => {
  both
    .answers(a, ok)
    .answers(b, { results: { [id(1)]: ok } })
    .then({ state: 'cleaning' });
});

test('of several voters of one message each must say who it is', () => {
  const shared = cleaning(ballot(['x', 'y'], [1], 'all'));
  const all = { routingKey: 'all' };
  shared
    .answers(all, ok)
    .answers(all, { response: 'ok', service: 'x' })
    .then({ state: 'cleaning' });
  shared
    .answers(all, { response: 'ok', service: 'x' })
    .answers(all, { response: 'ok', service: 'y' })
    .then({ state: 'done' });
});

test('an answer to a message of an earlier round is nobody’s here', () => {
  const event = {
    type: 'cleaned',
    answer: ok,
    about: { question: 'T/9/deleting/old' },
    message: null,
  };
  cleaning(ballot(['a'], [1]))
    .tells(['clean-up'], event)
    .then({ state: 'cleaning', records: [] })
    .answers(a, ok)
    .then({ state: 'done' });
});

test.run();
