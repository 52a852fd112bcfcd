/** Every step below goes through a JSON round trip first (`Life`), so each test also shows that the restored family takes the same steps (`family-record.ts`). */
import {
  assign,
  cancel,
  emit,
  enqueueActions,
  fromPromise,
  log,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { Broken, Refused } from '../../../../runtime/ports/errors.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { publish, refuse } from '../../../../runtime/step/effects.ts';
import { storeFamily } from '../../../../runtime/step/family-record.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import {
  handles,
  nearestTaker,
  startFamily,
  stepFamily,
  stepTimer,
} from '../../../../runtime/step/machine-step.ts';
import { tokenPath } from '../../../../runtime/step/path.ts';
import { assert, suite } from '../../../support/suite.ts';
import { alive, Life, say, stamp } from './machine-samples.ts';

const test = suite('machine step');

interface Counter {
  readonly count: number;
}

const actions = {
  hello: say('hello'),
  bye: say('bye'),
  got: say('got'),
  late: say('late'),
  up: say('up'),
};
const base = setup({
  types: {} as { context: Counter },
  actions: {
    ...actions,
    add: assign({ count: ({ context }: { context: Counter }) => context.count + 1 }),
  },
});

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

test('raise without delay is handled in the same step', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: { go: { actions: raise({ type: 'x' }) }, x: { actions: 'got' } },
  });
  assert.equal(Life.of(machine).on('go').said, ['got']);
});

test('raise with delay is a timer whose event comes when it fires', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: { go: { actions: raise({ type: 'x' }, { delay: 25 }) }, x: { actions: 'got' } },
  });
  const waiting = Life.of(machine).on('go');
  assert.equal(waiting.effects, [{ kind: 'start-timer', path: [], token: 'new-1#1', delayMs: 25 }]);
  assert.equal(waiting.fires('new-1#1')?.said, ['got']);
});

test('a timer fires once', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: { go: { actions: raise({ type: 'x' }, { delay: 25 }) }, x: { actions: 'got' } },
  });
  assert.is(alive(Life.of(machine).on('go').fires('new-1#1')).fires('new-1#1'), undefined);
});

const ticking = base.createMachine({
  id: 'm',
  context: { count: 0 },
  initial: 'a',
  states: {
    a: { after: { 10: { target: 'late' } }, on: { leave: 'b' } },
    b: { on: { back: 'a' } },
    late: {},
  },
});

test('a timer is cancelled when its state is left', () => {
  assert.equal(Life.of(ticking).on('leave').effects, [{ kind: 'cancel-timer', token: 'new-1#1' }]);
});

test('a timer of an earlier stay in the same state is stale', () => {
  const again = Life.of(ticking).on('leave').on('back');
  assert.is(again.fires('new-1#1'), undefined);
  assert.is(again.fires(again.token('start-timer'))?.state, 'late');
});

test('a timer of an earlier life of the actor is stale', () => {
  const definition = defineMachine(ticking);
  const { family } = startFamily(definition, {}, { ...stamp, newId: 'new-2' });
  assert.is(stepTimer(family, 'new-1#1', stamp), undefined);
  assert.ok(stepTimer(family, 'new-2#1', stamp));
});

test('cancel takes back a delayed raise by its id', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: {
      go: { actions: raise({ type: 'x' }, { delay: 25, id: 'mine' }) },
      stop: { actions: cancel('mine') },
    },
  });
  const stopped = Life.of(machine).on('go').on('stop');
  assert.equal(stopped.effects, [{ kind: 'cancel-timer', token: 'new-1#1' }]);
  assert.is(stopped.fires('new-1#1'), undefined);
});

test('cancel of what does not wait is nothing', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: { stop: { actions: cancel('mine') } },
  });
  assert.equal(Life.of(machine).on('stop').effects, []);
});

const working = setup({
  actors: { work: activity(async () => 1), promised: fromPromise(async () => 1) },
  actions,
}).createMachine({
  id: 'm',
  initial: 'idle',
  states: {
    idle: { on: { go: 'busy' } },
    busy: {
      invoke: {
        src: 'work',
        id: 'w',
        input: { n: 1 },
        onDone: { target: 'idle', actions: 'got' },
        onError: 'failed',
      },
      on: { leave: 'idle', again: { target: 'busy', reenter: true } },
    },
    failed: { entry: 'late' },
  },
});

test('an invoked activity is an effect with its input', () => {
  const [effect] = Life.of(working).on('go').effects;
  assert.equal(effect, {
    kind: 'start-activity',
    path: [],
    token: 'new-1#1',
    machine: 'm',
    activity: 'work',
    id: 'w',
    input: { n: 1 },
  });
});

test('an activity that is given no input gets none', () => {
  const machine = setup({ actors: { work: fromPromise(async () => 1) } }).createMachine({
    id: 'm',
    invoke: { src: 'work', id: 'w' },
  });
  const [effect] = Life.of(machine).effects;
  assert.ok(effect?.kind === 'start-activity' && effect.input === undefined);
});

test('an entry action reaches the actor that the same state invokes, as its first event', () => {
  const clerk = setup({}).createMachine({
    id: 'clerk',
    entry: sendParent({ type: 'CAME' }),
    on: { ASKED: { actions: sendParent({ type: 'ANSWERED' }) } },
  });
  const office = setup({ actors: { clerk } }).createMachine({
    id: 'office',
    initial: 'closed',
    states: {
      closed: { on: { OPEN: 'open' } },
      open: {
        entry: sendTo('helper', { type: 'ASKED' }),
        invoke: { id: 'helper', src: 'clerk' },
        on: { ANSWERED: 'served' },
      },
      served: {},
    },
  });
  assert.is(Life.of(office).on('OPEN').state, 'served');
});

test('what an entry action sends later to the actor of its state waits for this actor, not for an earlier one', () => {
  const clerk = setup({}).createMachine({
    id: 'clerk',
    on: { ASKED: { actions: sendParent({ type: 'ANSWERED' }) } },
  });
  const office = setup({ actors: { clerk } }).createMachine({
    id: 'office',
    initial: 'open',
    states: {
      open: {
        entry: sendTo('helper', { type: 'ASKED' }, { delay: 5 }),
        invoke: { id: 'helper', src: 'clerk' },
        on: { ANSWERED: 'served', AGAIN: { target: 'open', reenter: true } },
      },
      served: {},
    },
  });
  const first = Life.of(office);
  assert.is(alive(first.fires(first.token('start-timer'))).state, 'served');
  const again = first.on('AGAIN');
  assert.equal(again.tokens('cancel-timer'), [first.token('start-timer')]);
  assert.is(alive(again.fires(again.token('start-timer'))).state, 'served');
});

test('a machine sees its own id: a child the id it was invoked under, a root the key of its actor', () => {
  const payment = setup({}).createMachine({
    id: 'payment',
    context: ({ self }) => ({ number: `payment-${self.id}` }),
    on: { ask: { actions: assign({ number: ({ self }) => `asked-${self.id}` }) } },
  });
  const shop = setup({ actors: { payment } }).createMachine({
    id: 'shop',
    context: ({ self }) => ({ mine: self.id }),
    invoke: [
      { id: 'one', src: 'payment' },
      { id: 'two', src: 'payment' },
    ],
  });
  const { root } = startFamily(defineMachine(shop), {}, stamp, 'o1').family;
  const numbers = ['one', 'two'].map((id) => root.children.get(id)?.snapshot.context['number']);
  assert.equal([root.snapshot.context, numbers], [{ mine: 'o1' }, ['payment-one', 'payment-two']]);
  const asked = Life.of(shop).on('ask', ['two']).family.root.children.get('two');
  assert.is(asked?.snapshot.context['number'], 'asked-two');
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

test('an invoked promise is an activity', () => {
  const machine = setup({ actors: { promised: fromPromise(async () => 1) } }).createMachine({
    id: 'm',
    invoke: { src: 'promised' },
  });
  assert.equal(
    Life.of(machine).effects.map(({ kind }) => kind),
    ['start-activity'],
  );
});

test('the output of an activity comes to onDone', () => {
  const done = alive(Life.of(working).on('go').ends('new-1#1', { output: 7 }));
  assert.equal([done.state, done.said], ['idle', ['got']]);
});

test('the error of an activity comes to onError', () => {
  assert.is(Life.of(working).on('go').ends('new-1#1', { error: 'no' })?.state, 'failed');
});

test('the error of an activity nobody handles fails the actor', () => {
  const machine = setup({ actors: { work: activity(async () => 1) } }).createMachine({
    id: 'm',
    invoke: { src: 'work', input: null },
  });
  assert.is(Life.of(machine).ends('new-1#1', { error: 'no' })?.status, 'error');
});

test('an activity whose state was left is stopped, and stale when it ends', () => {
  const left = Life.of(working).on('go').on('leave');
  assert.equal(left.effects, [{ kind: 'stop-activity', token: 'new-1#1' }]);
  assert.is(left.ends('new-1#1', { output: 1 }), undefined);
});

test('an activity of an earlier stay in the same state is stale', () => {
  const again = Life.of(working).on('go').on('again');
  assert.is(again.ends('new-1#1', { output: 1 }), undefined);
  assert.is(again.ends(again.token('start-activity'), { output: 1 })?.state, 'idle');
});

const child = setup({
  types: {} as { context: Counter; input: unknown },
  actions: {
    ...actions,
    add: assign({ count: ({ context }: { context: Counter }) => context.count + 1 }),
    burst: assign(() => {
      throw new Error('burst');
    }),
    badSay: publish(() => {
      throw new Error('unsayable');
    }),
    forbid: refuse(() => new Refused('not-permitted', 'never')),
    answer: sendParent({ type: 'answered' }),
  },
  actors: { work: activity(async () => 1) },
}).createMachine({
  id: 'child',
  context: { count: 0 },
  output: ({ context }) => ({ counted: context.count }),
  initial: 'up',
  states: {
    up: {
      entry: 'up',
      after: { 30: { actions: ['late', 'answer'] } },
      on: {
        ping: { actions: ['got', 'add', 'answer'] },
        bye: { actions: 'bye' },
        work: 'working',
        over: 'over',
        burst: { actions: ['got', 'burst'] },
        badSay: { actions: ['got', 'badSay'] },
        forbid: { actions: 'forbid' },
      },
    },
    working: { invoke: { src: 'work', input: null, onDone: 'over' } },
    over: { type: 'final' },
  },
});

const heard = publish(({ event }) => {
  const { type, output, error } = event as {
    type: string;
    output?: unknown;
    error?: { message: string };
  };
  return {
    exchange: '',
    routingKey: '',
    action: `${type} ${JSON.stringify(output ?? error?.message ?? null)}`,
  };
});
const tell = (type: string) => sendTo('c', { type });
const parent = setup({ actors: { child }, actions: { ...actions, heard } }).createMachine({
  id: 'parent',
  initial: 'with',
  states: {
    with: {
      invoke: {
        src: 'child',
        id: 'c',
        onDone: { actions: 'heard' },
        onError: { actions: 'heard' },
      },
      exit: tell('bye'),
      on: {
        ping: { actions: [tell('ping'), 'hello'] },
        over: { actions: tell('over') },
        burst: { actions: tell('burst') },
        badSay: { actions: tell('badSay') },
        forbid: { actions: tell('forbid') },
        work: { actions: tell('work') },
        later: { actions: sendTo('c', { type: 'ping' }, { delay: 9 }) },
        leave: 'without',
        answered: { actions: 'heard' },
        stop: { actions: stopChild('c') },
      },
    },
    without: { on: { back: 'with' } },
  },
});

test('an invoked machine is started in the same step', () => {
  assert.equal(Life.of(parent).said, ['up']);
});

test("parent and child talk within one step, the parent's own actions first", () => {
  assert.equal(Life.of(parent).on('ping').said, ['hello', 'got', 'answered null']);
});

test('a child is found by its path', () => {
  assert.equal(Life.of(parent).on('ping', ['c']).said, ['got', 'answered null']);
});

test('a timer of a child comes back to the child', () => {
  assert.equal(tokenPath('new-1/c#1'), ['c']);
  assert.equal(Life.of(parent).fires('new-1/c#1')?.said, ['late', 'answered null']);
});

test('an activity of a child comes back to the child', () => {
  const busy = Life.of(parent).on('work');
  assert.equal(busy.ends(busy.token('start-activity'), { output: 1 })?.said, [
    'xstate.done.actor.c {"counted":0}',
  ]);
});

test('sendTo with delay reaches the child when it fires', () => {
  const waiting = Life.of(parent).on('later');
  assert.equal(waiting.fires(waiting.token('start-timer'))?.said, ['got', 'answered null']);
});

test('sendTo with delay is not for a later child of the same id', () => {
  const waiting = Life.of(parent).on('later');
  const token = waiting.token('start-timer');
  assert.is(waiting.on('leave').on('back').fires(token), undefined);
});

test('the output of a child comes to onDone', () => {
  assert.equal(Life.of(parent).on('ping').on('over').said, ['xstate.done.actor.c {"counted":1}']);
});

test('a child that throws has failed: its parent is told, and nothing of the step that threw is left', () => {
  assert.equal(Life.of(parent).on('burst').said, ['xstate.error.actor.c "burst"']);
});

test('a child whose effect throws has failed in the same way', () => {
  assert.equal(Life.of(parent).on('badSay').said, ['xstate.error.actor.c "unsayable"']);
});

test('a child that throws when it starts has failed, and says nothing', () => {
  const broken = setup({
    actions: {
      ...actions,
      burst: assign(() => {
        throw new Error('stillborn');
      }),
    },
  }).createMachine({ id: 'broken', entry: ['hello', 'burst'] });
  const machine = setup({ actors: { broken }, actions: { heard } }).createMachine({
    id: 'm',
    invoke: { src: 'broken', id: 'c', onError: { actions: 'heard' } },
  });
  assert.equal(Life.of(machine).said, ['xstate.error.actor.c "stillborn"']);
});

test('an event is taken where a guard lets it pass; ignored on purpose is taken too', () => {
  const machine = setup({
    guards: { isBig: ({ event }) => (event as unknown as { size: number }).size > 1 },
  }).createMachine({
    id: 'm',
    on: { sized: { guard: 'isBig' }, ignored: {} },
  });
  const { family } = startFamily(defineMachine(machine), {}, stamp);
  const events = [
    { type: 'sized', size: 2 },
    { type: 'sized', size: 1 },
    { type: 'ignored' },
    { type: 'unknown' },
  ];
  assert.equal(
    events.map((event) => nearestTaker(family, [], event)),
    [[], undefined, [], undefined],
  );
});

test('what a child refuses is refused as a whole', () => {
  assert.throws(() => Life.of(parent).on('forbid'), Refused);
});

test('a child that has failed and nobody minds fails its parent', () => {
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    invoke: { src: 'child', id: 'c' },
    on: { burst: { actions: tell('burst') } },
  });
  assert.is(Life.of(machine).on('burst').status, 'error');
});

test('a child hears what is said to it on leaving, and is stopped with its timers', () => {
  const left = Life.of(parent).on('leave');
  assert.equal([left.said, left.tokens('cancel-timer')], [['bye'], ['new-1/c#1']]);
});

test('stopChild ends a child without a word', () => {
  const stopped = Life.of(parent).on('stop');
  assert.equal([stopped.said, stopped.tokens('cancel-timer')], [[], ['new-1/c#1']]);
});

test('what is said to a child that has ended is nothing', () => {
  assert.equal(Life.of(parent).on('over').on('ping').said, ['hello']);
});

test('a child that was asked for and left in the same step was never there', () => {
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    initial: 'a',
    states: { a: { on: { go: 'b' } }, b: { invoke: { src: 'child' }, always: 'c' }, c: {} },
  });
  assert.equal(Life.of(machine).on('go').effects, []);
});

test('a spawned child lives on when the state is left', () => {
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { on: { go: { target: 'b', actions: spawnChild('child', { id: 'c' }) } } },
      b: { on: { next: 'd' } },
      d: { on: { ping: { actions: tell('ping') } } },
    },
  });
  assert.equal(Life.of(machine).on('go').on('next').on('ping').said, ['got']);
});

test('children without an id have one of their own each', () => {
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    on: { go: { actions: [spawnChild('child'), spawnChild('child')] } },
  });
  const { root } = Life.of(machine).on('go').family;
  assert.is(root.children.size, 2);
});

test('spawn within assign is refused when it happens', () => {
  const spawns = assign({
    ref: ({ spawn }: { spawn: (src: never) => unknown }) => spawn('child' as never),
  } as never);
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    context: {},
    on: { go: { actions: spawns as never } },
  } as never);
  assert.throws(() => Life.of(machine).on('go'), /spawned in assign/);
});

test('sendParent of a machine that has no parent is nothing, also when it is delayed', () => {
  const machine = setup({}).createMachine({
    id: 'm',
    on: {
      go: { actions: [sendParent({ type: 'x' }), sendParent({ type: 'x' }, { delay: 5 })] },
      x: { actions: raise({ type: 'never' }) },
    },
  });
  assert.equal(Life.of(machine).on('go').effects, []);
});

test('stopped: a child that its parent stops in the middle of its actions finishes them', () => {
  const grandchild = setup({ actions }).createMachine({
    id: 'grandchild',
    on: { late: { actions: 'bye' } },
  });
  const child = setup({ actors: { grandchild }, actions }).createMachine({
    id: 'child',
    invoke: { src: 'grandchild', id: 'below' },
    on: {
      go: {
        actions: [sendParent({ type: 'enough' }), sendTo('below', { type: 'late' })],
      },
    },
  });
  const life = Life.of(
    setup({ actors: { child } }).createMachine({
      id: 'parent',
      initial: 'on',
      states: {
        on: {
          invoke: { src: 'child', id: 'child' },
          on: {
            go: { actions: sendTo('child', { type: 'go' }) },
            enough: 'off',
          },
        },
        off: {},
      },
    }),
  );
  const after = life.on('go', ['child']);
  assert.equal(after.said, ['bye']);
  assert.is(after.state, 'off');
  assert.is(after.family.root.children.size, 0);
});

test('members that talk for ever are stopped by an error', () => {
  const echo = setup({ actions: { back: sendParent({ type: 'ping' }) } }).createMachine({
    id: 'echo',
    on: { ping: { actions: 'back' } },
  });
  const machine = setup({ actors: { echo } }).createMachine({
    id: 'm',
    invoke: { src: 'echo', id: 'c' },
    on: { ping: { actions: tell('ping') } },
  });
  assert.throws(() => Life.of(machine).on('ping'), /events within one step/);
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
