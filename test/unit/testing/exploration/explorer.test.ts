/** Explorations of small machines, whose situations and findings can be counted by hand. */
import { assign, raise, sendParent, setup } from 'xstate';
import { errorBody, Refused } from '../../../../runtime/ports/errors.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { ask, read, refuse, write } from '../../../../runtime/step/effects.ts';
import { type Alphabet, explore } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('explorer');

const states = (all: object) =>
  setup({}).createMachine({ id: 'm', initial: 'a', states: all } as never);
const explored = (machine: object, alphabet: Alphabet = {}) =>
  explore(machine as Parameters<typeof explore>[0], { alphabet });

test('a state nothing leads to is unreachable, and its transitions are never taken', () => {
  const found = explored(
    states({ a: { on: { go: 'b' } }, b: { type: 'final' }, lost: { on: { go: 'b' } } }),
    { events: [{ type: 'go' }] },
  );
  assert.equal([found.unreachable, found.neverTaken], [['m.lost'], ['m.lost on go: m.b']]);
});

test('a transition behind another that always holds is never taken', () => {
  const found = explored(
    states({
      a: { on: { go: [{ target: 'b' }, { target: 'c' }] } },
      b: { type: 'final' },
      c: { type: 'final' },
    }),
    {
      events: [{ type: 'go' }],
    },
  );
  assert.equal(found.neverTaken, ['m.a on go (2): m.c']);
});

test('a state that is only passed through is reached', () => {
  const found = explored(states({ a: { always: 'b' }, b: { always: 'c' }, c: { type: 'final' } }));
  assert.equal([found.unreachable, found.neverTaken, found.situations], [[], [], 1]);
});

test('where nothing can happen any more is a dead end, with the way there', () => {
  const found = explored(states({ a: { on: { go: 'b' } }, b: {} }), { events: [{ type: 'go' }] });
  assert.equal(found.deadEnds, [{ state: 'b', trace: ['start', 'go'] }]);
});

test('messages no state takes are listed by state', () => {
  const found = explored(states({ a: { on: { go: 'b' } }, b: { on: { back: 'a' } } }), {
    events: [{ type: 'go' }, { type: 'back' }],
  });
  assert.equal(found.unhandled, { '"a"': ['back'], '"b"': ['go'] });
});

test('timers fire, in any order', () => {
  const found = explored(
    states({ a: { after: { 10: 'b', 20: 'c' } }, b: { type: 'final' }, c: { type: 'final' } }),
  );
  assert.equal([found.unreachable, found.neverTaken], [[], []]);
});

test('activities end well and badly', () => {
  const machine = setup({ actors: { work: activity(async () => 1) } }).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { invoke: { src: 'work', input: null, onDone: 'done', onError: 'failed' } },
      done: { type: 'final' },
      failed: { type: 'final' },
    },
  });
  assert.equal(explored(machine).unreachable, []);
});

test('an outcome the alphabet leaves out does not happen', () => {
  const machine = setup({ actors: { work: activity(async () => 1) } }).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { invoke: { src: 'work', input: null, onDone: 'done', onError: 'failed' } },
      done: { type: 'final' },
      failed: { type: 'final' },
    },
  });
  assert.equal(explored(machine, { activities: { work: [{ output: 1 }] } }).unreachable, [
    'm.failed',
  ]);
});

test('children are explored with their parent, and their end is heard', () => {
  const child = setup({ actions: { tell: sendParent({ type: 'told' }) } }).createMachine({
    id: 'child',
    initial: 'up',
    states: {
      up: { after: { 5: { target: 'over', actions: 'tell' } } },
      over: { type: 'final' },
      never: {},
    },
  });
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { invoke: { src: 'child', onDone: 'done' }, on: { told: {} } },
      done: { type: 'final' },
    },
  });
  const found = explored(machine);
  assert.equal([found.unreachable, found.neverTaken], [['child.never'], []]);
});

const asking = setup({
  actions: {
    question: ask(() => ({ exchange: 'x', routingKey: 'k', action: 'q', answer: 'answered' })),
  },
}).createMachine({
  id: 'm',
  initial: 'a',
  states: {
    a: {
      entry: 'question',
      on: {
        answered: [
          { guard: ({ event }) => event['answer'] === 'yes', target: 'yes' },
          { target: 'no' },
        ],
        'answered.unroutable': 'nobody',
      },
    },
    yes: { type: 'final' },
    no: { type: 'final' },
    nobody: { type: 'final' },
  },
});

test('questions are answered in every way, or reach nobody', () => {
  const found = explored(asking, { answers: { answered: ['yes', 'no'] } });
  assert.equal([found.unreachable, found.neverTaken], [[], []]);
});

test('a question the alphabet has no answer for is an error that names it', () => {
  assert.throws(() => explored(asking), /'answered'/);
});

const reading = setup({
  actions: { look: read(() => ({ store: 's', op: 'find', args: null, event: 'found' })) },
}).createMachine({
  id: 'm',
  initial: 'a',
  states: {
    a: {
      entry: 'look',
      on: {
        found: [{ guard: ({ event }) => event['$'].read === 1, target: 'one' }, { target: 'none' }],
      },
    },
    one: { type: 'final' },
    none: { type: 'final' },
  },
});

test('a read finds each of what it may find', () => {
  assert.equal(explored(reading, { reads: { 's.find': [1, () => 0] } }).unreachable, []);
});

test('a refusal after one result of a read does not hide the other results', () => {
  const machine = setup({
    actions: {
      look: read(() => ({ store: 's', op: 'find', args: null, event: 'found' })),
      forbid: refuse(() => new Refused('not-permitted', 'no')),
    },
  }).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { on: { go: 'looking' } },
      looking: {
        entry: 'look',
        on: {
          found: [
            { guard: ({ event }) => event['$'].read === 0, actions: 'forbid' },
            { target: 'one' },
          ],
        },
      },
      one: { type: 'final' },
    },
  });
  const found = explored(machine, { events: [{ type: 'go' }], reads: { 's.find': [0, 1] } });
  assert.equal([found.unreachable, found.failures, found.situations], [[], [], 2]);
});

test('two reads of one step get every pair of results', () => {
  const machine = setup({
    types: {} as { context: { seen: readonly number[] } },
    actions: {
      look: read(() => ({ store: 's', op: 'find', args: null, event: 'found' })),
      note: assign({ seen: ({ context, event }) => [...context.seen, event['$'].read] }),
    },
  }).createMachine({
    id: 'm',
    context: { seen: [] },
    initial: 'first',
    states: {
      first: { entry: 'look', on: { found: { target: 'second', actions: 'note' } } },
      second: { entry: 'look', on: { found: { target: 'over', actions: 'note' } } },
      over: { type: 'final' },
    },
  });
  assert.is(explored(machine, { reads: { 's.find': [0, 1, 2] } }).situations, 9);
});

test('Same step: the answer to a child that has ended does not reach the next child', () => {
  const child = setup({
    types: {} as { input: { asks: boolean }; context: { asks: boolean } },
    actions: {
      question: ask(() => ({ exchange: 'x', routingKey: 'k', action: 'q', answer: 'answered' })),
    },
    guards: { asks: ({ context }) => context.asks },
  }).createMachine({
    id: 'child',
    context: ({ input: { asks } }) => ({ asks }),
    initial: 'begun',
    states: {
      begun: { always: [{ guard: 'asks', target: 'asking' }, { target: 'silent' }] },
      asking: { entry: 'question', on: { answered: {}, 'answered.unroutable': {} } },
      silent: { on: { answered: 'wrong' } },
      wrong: {},
    },
  });
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    initial: 'first',
    states: {
      first: { invoke: { id: 'c', src: 'child', input: { asks: true } }, on: { go: 'second' } },
      second: { invoke: { id: 'c', src: 'child', input: { asks: false } } },
    },
  });
  const found = explored(machine, { events: [{ type: 'go' }], answers: { answered: ['yes'] } });
  assert.equal(found.unreachable, ['child.wrong']);
});

test('a read the alphabet says nothing about is an error that names it', () => {
  assert.throws(() => explored(reading), /'s\.find'/);
});

test('a write may be refused in place of the step', () => {
  const machine = setup({
    actions: { put: write(() => ({ store: 's', op: 'put', args: null, expect: null })) },
  }).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { on: { go: { target: 'b', actions: 'put' }, 'error.write': 'refused' } },
      b: { type: 'final' },
      refused: { type: 'final' },
    },
  });
  const writeErrors = [errorBody(new Refused('name-taken', 'taken'))];
  assert.equal(explored(machine, { events: [{ type: 'go' }], writeErrors }).unreachable, []);
});

test('Refusal is no failure: any other error of a step is a failure, with its trace', () => {
  const machine = setup({
    actions: {
      burst: assign(() => {
        throw new Error('burst');
      }),
      forbid: refuse(() => new Refused('not-permitted', 'no')),
    },
  }).createMachine({ id: 'm', on: { forbid: { actions: 'forbid' }, burst: { actions: 'burst' } } });
  const { failures } = explored(machine, { events: [{ type: 'forbid' }, { type: 'burst' }] });
  assert.equal(failures, [{ state: {}, trace: ['start', 'burst'], error: 'Error: burst' }]);
});

test('an actor that ends in an error is a failure', () => {
  const machine = setup({ actors: { work: activity(async () => 1) } }).createMachine({
    id: 'm',
    invoke: { src: 'work', input: null },
  });
  assert.is(explored(machine).failures.length, 1);
});

const counting = setup({
  types: {} as { context: { count: number } },
  actions: { add: assign({ count: ({ context }) => context.count + 1 }) },
}).createMachine({
  id: 'm',
  context: { count: 0 },
  on: { go: { actions: 'add' } },
});

test('Bounded: a search that comes to its bound is not complete', () => {
  const found = explore(counting as never, {
    alphabet: { events: [{ type: 'go' }] },
    situationsMax: 10,
  });
  assert.equal([found.complete, found.situations], [false, 10]);
});

test('what the view leaves out does not tell situations apart', () => {
  const found = explore(counting as never, {
    alphabet: { events: [{ type: 'go' }] },
    view: () => null,
  });
  assert.equal([found.complete, found.situations, found.steps], [true, 1, 2]);
});

test('the same timers under other tokens are the same situation', () => {
  const machine = states({
    a: {
      entry: raise({ type: 'late' }, { delay: 5, id: 'late' }),
      on: { again: { target: 'a', reenter: true }, late: {} },
    },
  });
  assert.is(explored(machine, { events: [{ type: 'again' }] }).situations, 2);
});

test.run();
