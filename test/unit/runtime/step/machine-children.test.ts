/** Each step goes through a JSON round trip first (`Life`), so each test also shows that the restored family takes the same steps. */
import { assign, raise, sendParent, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { Refused } from '../../../../runtime/ports/errors.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { publish, refuse } from '../../../../runtime/step/effects.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { nearestTaker, startFamily } from '../../../../runtime/step/machine-step.ts';
import { tokenPath } from '../../../../runtime/step/path.ts';
import { assert, suite } from '../../../support/suite.ts';
import { actions, type Counter } from './counting-machine.ts';
import { alive, Life, stamp } from './machine-samples.ts';

const test = suite('machine children');

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

test.run();
