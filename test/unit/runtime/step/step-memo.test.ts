/** Which steps the memo takes, and that the other steps are XState's. */
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  assign,
  createMachine,
  enqueueActions,
  raise,
  sendTo,
  stateIn,
} from 'xstate';
import type { Family } from '../../../../runtime/step/family.ts';
import { observeMicrosteps } from '../../../../runtime/step/inert-scope.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { startFamily, stepFamily } from '../../../../runtime/step/machine-step.ts';
import { assert, suite } from '../../../support/suite.ts';
import { WatchedMemo } from '../../../support/watched-memo.ts';
import { say, stamp } from './machine-samples.ts';

const test = suite('step memo');

const add = assign({ count: ({ context }: { context: { count: number } }) => context.count + 1 });
const implementations = {
  actions: { hello: say('hello'), bye: say('bye'), add },
  guards: { never: () => false },
};

interface Taken {
  /** Steps that the memo has taken, the start too. */
  readonly served: number;
  readonly family: Family;
}

/** Starts the machine and gives it the events. Fails when the memo and XState differ. `before` may change the family. */
function taken(
  config: object,
  events: readonly string[],
  before = (family: Family): Family => family,
): Taken {
  const whole = { id: 'sample', context: { count: 0 }, ...config };
  const machine = createMachine(whole as never, implementations as never) as AnyStateMachine;
  const definition = defineMachine(machine);
  const memo = new WatchedMemo();
  try {
    let { family } = startFamily(definition, {}, stamp);
    family = before(family);
    for (const type of events) ({ family } = stepFamily(family, [], { type }, stamp));
    assert.equal(memo.differences, []);
    return { served: memo.served, family };
  } finally {
    memo.stop();
  }
}

function servedBy(config: object, events: readonly string[] = ['go']): number {
  return taken(config, events).served;
}

const twoStates = { initial: 'a', states: { a: { on: { go: 'b' } }, b: {} } };

test('the memo takes the start, transitions, events that no state takes, and the end', () => {
  const states = {
    a: { on: { go: 'b' } },
    b: { on: { go: 'c' }, exit: 'bye' },
    c: { type: 'final' },
  };
  const { served, family } = taken({ initial: 'a', states }, ['strange', 'go', 'go']);
  assert.is(served, 4);
  assert.is(family.root.snapshot.status, 'done');
});

test('the exits of all states of a machine that ends, their assigners, tags and outputs are XState’s', () => {
  const ending = {
    initial: 'a',
    tags: ['root', 'all'],
    exit: ['bye', 'add'],
    output: ({ context, event }: { context: { count: number }; event: object }) => ({
      count: context.count,
      event,
    }),
    states: {
      a: { on: { go: { target: 'end', actions: 'add' } }, exit: 'add' },
      end: {
        type: 'final',
        entry: ['hello', 'add'],
        exit: ['add', 'hello'],
        tags: ['end', 'all'],
        output: ({ context }: { context: { count: number } }) => context.count,
      },
    },
  };
  const { served, family } = taken(ending, ['go']);
  assert.is(served, 2);
  assert.equal(family.root.snapshot.context, { count: 5 });
  assert.equal(family.root.snapshot.output, {
    count: 3,
    event: { type: 'xstate.done.state.sample.end', output: 3 },
  });
});

test('a context that is no object, and a guard within the start that asks for the state, are taken', () => {
  const entry = enqueueActions(({ check, enqueue }) => {
    try {
      if (check(stateIn('a'))) enqueue('hello');
    } catch {
      enqueue('bye');
    }
  });
  assert.is(servedBy({ ...twoStates, entry }), 2);
  for (const context of [null, undefined, 'text'])
    assert.is(servedBy({ ...twoStates, context }), 2, String(context));
});

test('wildcards, guards and raised events are taken', () => {
  const on = {
    'go.*': [
      { guard: 'never', target: 'c' },
      { target: 'b', actions: raise({ type: 'on' }) },
    ],
    '*': 'c',
  };
  const { served, family } = taken(
    { initial: 'a', states: { a: { on }, b: { on: { on: 'd' } }, c: {}, d: {} } },
    ['go.far'],
  );
  assert.is(served, 2);
  assert.is(family.root.snapshot.value, 'd');
});

for (const [what, config, served] of [
  ['a transition to the root', { initial: 'a', states: { a: { on: { go: '#sample' } } } }, 1],
  [
    'a transition that enters the root again',
    { ...twoStates, on: { go: { target: '.b', reenter: true } }, states: { a: {}, b: {} } },
    1,
  ],
  [
    'parallel states',
    { type: 'parallel', states: { a: { on: { go: { actions: 'hello' } } }, b: {} } },
    0,
  ],
  [
    'an `always`',
    {
      initial: 'a',
      states: { a: { always: { guard: 'never', target: 'b' }, on: { go: 'b' } }, b: {} },
    },
    0,
  ],
  [
    'a state with an `always`',
    { initial: 'a', states: { a: { on: { go: 'b' } }, b: { always: 'c' }, c: {} } },
    1,
  ],
  [
    'a state with a history',
    {
      initial: 'a',
      states: {
        a: { on: { go: 'b' } },
        b: { initial: 'c', states: { c: {}, h: { type: 'history' } } },
      },
    },
    1,
  ],
  [
    'an atomic state with states below',
    {
      initial: 'a',
      states: {
        a: {
          type: 'atomic',
          initial: { target: 'b', actions: 'hello' },
          states: { b: {} },
          on: { go: { target: 'a', reenter: true } },
        },
      },
    },
    0,
  ],
  [
    'a final state with states below',
    {
      initial: 'a',
      states: {
        a: { on: { go: '#sample.end.b' } },
        end: { type: 'final', initial: { target: 'b', actions: 'hello' }, states: { b: {} } },
      },
    },
    1,
  ],
  ['a machine without states', { on: { go: { actions: 'hello' } } }, 0],
  [
    'a loop of raised events without an end',
    {
      ...twoStates,
      options: { maxIterations: 3 },
      on: {
        go: { actions: raise({ type: 'on' }) },
        on: { actions: raise({ type: 'off' }) },
        off: {},
      },
      states: { a: {}, b: {} },
    },
    2,
  ],
] as const)
  test(`${what}: XState takes the step`, () => {
    assert.is(servedBy(config), served);
  });

/** The step throws the error that XState throws without the memo. */
function throwsAs(config: object, events: readonly string[]): unknown {
  const machine = defineMachine(
    createMachine(
      { id: 'sample', context: { count: 0 }, ...config } as never,
      implementations as never,
    ) as AnyStateMachine,
  );
  const thrown = (): unknown => {
    try {
      let { family } = startFamily(machine, {}, stamp);
      for (const type of events) ({ family } = stepFamily(family, [], { type }, stamp));
      return undefined;
    } catch (error) {
      return String(error);
    }
  };
  const withMemo = thrown();
  const unobserve = observeMicrosteps(() => undefined);
  const without = thrown();
  unobserve();
  assert.is.not(without, undefined);
  assert.is(withMemo, without);
  return without;
}

const fail = () => {
  throw new TypeError('no');
};

test('the errors of guards, assigners, parameters, outputs and endless loops are XState’s', () => {
  const takes = (transition: object) => ({
    initial: 'a',
    states: { a: { on: { go: transition } } },
  });
  throwsAs(takes({ guard: fail }), ['go']);
  throwsAs(takes({ actions: assign(fail) }), ['go']);
  throwsAs(takes({ actions: { type: 'hello', params: fail } }), ['go']);
  throwsAs(takes({ actions: sendTo('nobody', { type: 'A' }) }), ['go']);
  throwsAs({ ...twoStates, entry: assign(fail) }, []);
  throwsAs(
    { ...twoStates, states: { a: { on: { go: 'b' } }, b: { type: 'final', output: fail } } },
    ['go'],
  );
  throwsAs({ ...takes({ actions: raise({ type: 'go' }) }), options: { maxIterations: 9 } }, ['go']);
});

test('an assigner that spawns is refused as without the memo, also when it catches errors', () => {
  const spawning = assign(({ spawn }: { spawn: (actor: object, options: object) => unknown }) => {
    try {
      spawn(createMachine({ id: 'child' }), { id: 'child' });
    } catch {
      return {};
    }
    return {};
  });
  const error = throwsAs({ initial: 'a', states: { a: { on: { go: { actions: spawning } } } } }, [
    'go',
  ]);
  assert.match(String(error), /'child' is spawned in assign/);
});

function withRoot(family: Family, changed: Partial<AnyMachineSnapshot>): Family {
  const snapshot = { ...family.root.snapshot, ...changed } as AnyMachineSnapshot;
  return { ...family, root: { ...family.root, snapshot } };
}

test('snapshots of other machines, and snapshots whose states and value differ, are XState’s', () => {
  const other = createMachine({ id: 'sample', ...twoStates } as never) as AnyStateMachine;
  const foreign: Partial<AnyMachineSnapshot>[] = [
    { machine: other },
    { value: 'b' },
    { _nodes: [] },
  ];
  for (const changed of foreign) {
    const { served } = taken(twoStates, ['go'], (family) => withRoot(family, changed));
    assert.is(served, 1, Object.keys(changed)[0]);
  }
});

test('while microsteps are observed, XState takes all steps', () => {
  const unobserve = observeMicrosteps(() => undefined);
  assert.is(servedBy(twoStates), 0);
  unobserve();
  unobserve();
  assert.is(servedBy(twoStates), 2);
});

test.run();
