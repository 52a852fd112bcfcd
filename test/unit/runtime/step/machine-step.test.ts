/** Every step below goes through a JSON round trip first (`Life`), so each test also shows that the restored family takes the same steps (`family-record.ts`). */
import { assign, emit, enqueueActions, log, raise, setup, spawnChild } from 'xstate';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { publish } from '../../../../runtime/step/effects.ts';
import { storeFamily } from '../../../../runtime/step/family-record.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { handles, startFamily, stepFamily } from '../../../../runtime/step/machine-step.ts';
import { assert, suite } from '../../../support/suite.ts';
import { base, type Counter } from './counting-machine.ts';
import { Life, say, stamp } from './machine-samples.ts';

const test = suite('machine step');

test('an action is an effect with the context and event of its moment', () => {
  const counted = publish<Counter, { type: string; $?: { atMs: number } }>(({ context, event }) => {
    return { exchange: '', routingKey: '', action: `${context.count} ${event.$?.atMs}` };
  });
  const machine = setup({
    types: {} as { context: Counter },
    actions: { counted, add: assign({ count: ({ context }) => context.count + 1 }) },
  }).createMachine({
    id: 'm',
    context: { count: 0 },
    on: { go: { actions: ['counted', 'add', 'counted'] } },
  });
  assert.equal(Life.of(machine).on('go').said, ['0 1000', '1 1000']);
});

test('input and events carry the time and a new id', () => {
  const machine = setup({ types: {} as { context: { born: unknown } } }).createMachine({
    id: 'm',
    context: ({ input }) => ({ born: input }),
  });
  assert.equal(Life.of(machine, { key: 'k' }).context['born'], {
    key: 'k',
    $: { atMs: 1_000, newId: 'new-1' },
  });
});

test('the family that was stepped is left as it was', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    initial: 'a',
    states: { a: { after: { 5: 'b' }, on: { go: { target: 'b', actions: 'add' } } }, b: {} },
  });
  const definition = defineMachine(machine);
  const { family } = startFamily(definition, {}, stamp);
  const before = JSON.stringify(storeFamily(family));
  stepFamily(family, [], { type: 'go' }, stamp);
  assert.is(JSON.stringify(storeFamily(family)), before);
});

test('a step taken twice from the same family is the same', () => {
  const machine = setup({
    actors: { child: base.createMachine({ id: 'child', context: { count: 0 } }) },
  }).createMachine({
    id: 'm',
    on: { go: { actions: [spawnChild('child'), raise({ type: 'x' }, { delay: 5 })] } },
  });
  const { family } = startFamily(defineMachine(machine), {}, stamp);
  const [first, second] = [0, 1].map(() => stepFamily(family, [], { type: 'go' }, stamp));
  assert.equal(
    JSON.stringify([first?.effects, first && storeFamily(first.family)]),
    JSON.stringify([second?.effects, second && storeFamily(second.family)]),
  );
});

test('a root that throws throws out of the step', () => {
  const machine = setup({
    actions: {
      burst: assign(() => {
        throw new Error('burst');
      }),
    },
  }).createMachine({ id: 'm', on: { go: { actions: 'burst' } } });
  assert.throws(() => Life.of(machine).on('go'), /burst/);
});

test('a machine sees its snapshot before the step, and a system without actors', () => {
  const seen: unknown[] = [];
  const machine = setup({}).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: {
        on: {
          go: {
            target: 'b',
            actions: assign(({ self, system }) => {
              const { value } = self.getSnapshot() as { value: unknown };
              seen.push(value, system.get('other'), self._parent?.id, self.sessionId);
              return {};
            }),
          },
        },
      },
      b: {},
    },
  } as never);
  Life.of(machine).on('go');
  assert.equal(seen, ['a', undefined, '', '']);
});

test('emit and log are effects', () => {
  const machine = setup({}).createMachine({
    id: 'm',
    on: { go: { actions: [emit({ type: 'out' }), log('text', 'label')] } },
  });
  assert.equal(Life.of(machine).on('go').effects, [
    { kind: 'log', path: [], value: 'text', label: 'label' },
    { kind: 'emit', path: [], event: { type: 'out' } },
  ]);
});

test('enqueueActions yields what it enqueues', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: {
      go: {
        actions: enqueueActions(({ enqueue }) => {
          enqueue('hello');
          enqueue('add');
          enqueue.raise({ type: 'x' }, { delay: 5 });
        }),
      },
    },
  });
  const gone = Life.of(machine).on('go');
  assert.equal(
    [gone.said, gone.context, gone.tokens('start-timer')],
    [['hello'], { count: 1 }, ['new-1#1']],
  );
});

test('an unknown action out of enqueueActions is Broken', () => {
  const machine = setup({}).createMachine({
    id: 'm',
    on: { go: { actions: enqueueActions(({ enqueue }) => enqueue('nothing' as never)) } },
  });
  assert.throws(() => Life.of(machine).on('go'), Broken);
});

test('an unknown actor out of enqueueActions is Broken', () => {
  const machine = setup({}).createMachine({
    id: 'm',
    on: {
      go: {
        actions: enqueueActions(({ enqueue }) =>
          enqueue.spawnChild('nobody' as never, { id: 'c' } as never),
        ),
      },
    },
  });
  assert.throws(() => Life.of(machine).on('go'), Broken);
});

test('a final state ends the actor with its output, and takes its timers and activities along', () => {
  const machine = setup({ actors: { work: activity(async () => 1) } }).createMachine({
    id: 'm',
    output: { result: 5 },
    invoke: { src: 'work', input: null },
    initial: 'a',
    states: { a: { on: { go: 'over' } }, over: { type: 'final' } },
    on: { wait: { actions: raise({ type: 'x' }, { delay: 9 }) } },
  });
  const over = Life.of(machine).on('wait').on('go');
  assert.equal([over.status, over.family.root.snapshot.output], ['done', { result: 5 }]);
  assert.equal(
    [over.tokens('stop-activity'), over.tokens('cancel-timer')],
    [['new-1#1'], ['new-1#2']],
  );
});

test('an actor that has ended takes nothing more', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    initial: 'over',
    states: { over: { type: 'final' } },
    on: { go: { actions: 'hello' } },
  });
  assert.equal(Life.of(machine).on('go').effects, []);
});

for (const [history, expected] of [
  ['shallow', { in: 'x' }],
  ['deep', { in: 'y' }],
] as const) {
  test(`${history} history is kept over a round trip`, () => {
    const machine = setup({}).createMachine({
      id: 'm',
      initial: 'a',
      states: {
        a: {
          initial: 'first',
          states: {
            first: {},
            in: { initial: 'x', states: { x: { on: { deeper: 'y' } }, y: {} } },
            past: { type: 'history', history },
          },
          on: { enter: '.in', leave: 'b' },
        },
        b: { on: { back: 'a.past' } },
      },
    });
    assert.equal(Life.of(machine).on('enter').on('deeper').on('leave').on('back').state, {
      a: expected,
    });
  });
}

test('parallel states keep the order in which they were entered', () => {
  const region = (name: string) => ({
    initial: 'off',
    states: {
      off: { on: { [name]: 'on' } },
      on: { always: { guard: 'ready', target: 'told', actions: name } },
      told: {},
    },
  });
  const machine = setup({
    types: {} as { context: { ready: boolean } },
    guards: { ready: ({ context }) => context.ready },
    actions: { one: say('one'), two: say('two') },
  }).createMachine({
    id: 'm',
    type: 'parallel',
    context: { ready: false },
    states: { first: region('one'), second: region('two') } as never,
    on: { ready: { actions: assign({ ready: true }) } },
  });
  assert.equal(Life.of(machine).on('two').on('one').on('ready').said, ['two', 'one']);
});

test('reenter leaves and enters, without it a self-transition only acts', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    initial: 'a',
    states: {
      a: {
        entry: 'hello',
        exit: 'bye',
        on: {
          stay: { target: 'a', actions: 'got' },
          again: { target: 'a', reenter: true, actions: 'got' },
        },
      },
    },
  });
  const life = Life.of(machine);
  assert.equal([life.on('stay').said, life.on('again').said], [['got'], ['bye', 'got', 'hello']]);
});

test('always goes on until nothing more holds', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    initial: 'a',
    states: {
      a: { on: { go: 'b' } },
      b: {
        always: [
          { guard: ({ context }) => context.count < 3, target: 'b', reenter: true, actions: 'add' },
          { target: 'c' },
        ],
      },
      c: {},
    },
  });
  const gone = Life.of(machine).on('go');
  assert.equal([gone.state, gone.context], ['c', { count: 3 }]);
});

test('handles: by name, by wildcard, by prefix, in an ancestor, and an empty transition', () => {
  const machine = setup({}).createMachine({
    id: 'm',
    initial: 'a',
    states: { a: { on: { 'x.*': {}, ignored: {} } }, b: { on: { '*': {} } } },
    on: { top: {} },
  });
  const { root } = Life.of(machine).family;
  const types = ['x', 'x.y', 'x.y.z', 'xy', 'ignored', 'top', 'other'];
  assert.equal(
    types.filter((type) => handles(root, type)),
    ['x', 'x.y', 'x.y.z', 'ignored', 'top'],
  );
});

test('a wildcard takes what nothing else does', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: { known: { actions: 'hello' }, '*': { actions: 'got' } },
  });
  assert.equal(
    [Life.of(machine).on('known').said, Life.of(machine).on('strange').said],
    [['hello'], ['got']],
  );
});

test.run();
