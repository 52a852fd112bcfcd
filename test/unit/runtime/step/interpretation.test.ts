/** What the less usual actions mean, and what is refused when it happens; each step goes through JSON first (`Life`). */
import {
  assign,
  cancel,
  emit,
  enqueueActions,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { publish } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { alive, Life, say } from './machine-samples.ts';

const test = suite('interpretation');

const typeSaid = publish(({ event }) => ({ exchange: '', routingKey: '', action: event.type }));
const actions = { hello: say('hello'), got: say('got'), typeSaid };
const listener = setup({ actions, actors: { work: activity(async () => 1) } }).createMachine({
  id: 'listener',
  invoke: { src: 'work', id: 'w', input: null },
  on: { ping: { actions: 'got' } },
});
/** A machine that does all this with `go`, and says the type of anything else. */
function doing(all: unknown): Life {
  return Life.of(
    setup({ actions, actors: { listener } }).createMachine({
      id: 'm',
      on: { go: { actions: all as never }, '*': { actions: 'typeSaid' } },
    }),
  );
}
const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof Broken && pattern.test(error.message);

test('sendTo oneself comes after what is raised', () => {
  const sent = doing([sendTo(({ self }) => self, { type: 'sent' }), raise({ type: 'raised' })]).on(
    'go',
  );
  assert.equal(sent.said, ['raised', 'sent']);
});

test('sendTo with a delay is taken back by its id', () => {
  const life = doing([
    spawnChild('listener', { id: 'c' } as never),
    sendTo('c', { type: 'ping' }, { delay: 5, id: 'later' }),
    cancel('later'),
  ]).on('go');
  assert.equal(life.tokens('start-timer').length, life.tokens('cancel-timer').length);
});

test('a delay has a name, and may depend on the context', () => {
  const machine = setup({
    types: {} as { context: { ms: number } },
    delays: { soon: ({ context }) => context.ms },
  }).createMachine({
    id: 'm',
    context: { ms: 7 },
    on: { go: { actions: raise({ type: 'x' }, { delay: 'soon' }) } },
  });
  assert.equal(Life.of(machine).on('go').effects, [
    { kind: 'start-timer', path: [], token: 'new-1#1', delayMs: 7 },
  ]);
});

test('a delay that is no number of milliseconds is refused with its state and event', () => {
  assert.throws(
    () => doing(raise({ type: 'x' }, { delay: () => Number.NaN })).on('go'),
    refused(/'m', state \{\}: the delay of 'x' is NaN/),
  );
});

test('sendParent with a delay comes from the child when it fires', () => {
  const child = setup({}).createMachine({
    id: 'child',
    on: {},
    entry: sendParent({ type: 'told' }, { delay: 5 }),
  });
  const machine = setup({ actors: { child }, actions }).createMachine({
    id: 'm',
    invoke: { src: 'child', id: 'c' },
    on: { told: { actions: 'got' } },
  });
  assert.equal(alive(Life.of(machine).fires('new-1/c#1')).said, ['got']);
});

test('what is emitted comes after the own actions, in its order among what is sent', () => {
  const { effects } = doing([emit({ type: 'out' }), 'hello']).on('go');
  assert.equal(
    effects.map(({ kind }) => kind),
    ['publish', 'emit'],
  );
});

test('stopChild of an activity stops it', () => {
  const machine = setup({ actors: { work: activity(async () => 1) } }).createMachine({
    id: 'm',
    invoke: { src: 'work', id: 'w', input: null },
    on: { go: { actions: stopChild('w') } },
  });
  assert.equal(Life.of(machine).on('go').effects, [{ kind: 'stop-activity', token: 'new-1#1' }]);
});

test('stopChild takes along what the child had under way', () => {
  const life = doing([]);
  const machine = setup({ actors: { listener } }).createMachine({
    id: 'm',
    invoke: { src: 'listener', id: 'c' },
    on: { go: { actions: stopChild('c') } },
  });
  assert.equal(
    [life.effects, Life.of(machine).on('go').effects],
    [[], [{ kind: 'stop-activity', token: 'new-1/c#1' }]],
  );
});

test('an error sent on to the parent is the error of the child', () => {
  const child = setup({}).createMachine({
    id: 'child',
    entry: sendParent({ type: 'xstate.error', data: 'why' }),
  });
  const heard = publish(({ event }) => ({
    exchange: '',
    routingKey: '',
    action: `${event.type} ${(event as { error?: unknown }).error}`,
  }));
  const machine = setup({ actors: { child }, actions: { heard } }).createMachine({
    id: 'm',
    invoke: { src: 'child', id: 'c', onError: { actions: 'heard' } },
  });
  assert.equal(Life.of(machine).said, ['xstate.error.actor.c why']);
});

test('a child of the same id takes the place of the first, which gets nothing more', () => {
  const life = doing([spawnChild('listener', { id: 'c' } as never)])
    .on('go')
    .on('go');
  assert.equal([life.family.root.children.ids(), life.tokens('stop-activity').length], [['c'], 1]);
});

test('a parent that starts its child anew while the child talks to it keeps the new one', () => {
  const child = setup({
    actions: { ...actions, tell: sendParent({ type: 'again' }), end: raise({ type: 'over' }) },
  }).createMachine({
    id: 'child',
    initial: 'up',
    states: { up: { on: { ping: { target: 'down', actions: 'tell' } } }, down: { type: 'final' } },
  });
  const machine = setup({ actors: { child } }).createMachine({
    id: 'm',
    initial: 'with',
    states: {
      with: { invoke: { src: 'child', id: 'c' }, on: { again: { target: 'with', reenter: true } } },
    },
  });
  assert.is(Life.of(machine).on('ping', ['c']).family.root.children.get('c')?.snapshot.value, 'up');
});

test('a child that throws is a failure to be found, beside what its parent makes of it', () => {
  const burst = assign(() => {
    throw new Error('burst');
  });
  const child = setup({}).createMachine({ id: 'child', on: { ping: { actions: burst } } } as never);
  const machine = setup({ actors: { child }, actions }).createMachine({
    id: 'm',
    invoke: { src: 'child', id: 'c', onError: { actions: 'got' } },
  });
  const { said, effects } = Life.of(machine).on('ping', ['c']);
  const failure = effects.find((effect) => effect.kind === 'failure');
  assert.equal(
    [said, failure?.machine, failure?.path, String(failure?.error)],
    [['got'], 'child', ['c'], 'Error: burst'],
  );
});

test('what comes out of enqueueActions is refused with the state in which it ran', () => {
  const machine = setup({}).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { on: { go: { actions: enqueueActions(({ enqueue }) => enqueue('lost' as never)) } } },
    },
  });
  assert.throws(
    () => Life.of(machine).on('go'),
    refused(/'m', state "a": the action 'lost' has no implementation/),
  );
});

test('a function that enqueueActions enqueues runs after the commit', () => {
  const seen: unknown[] = [];
  const machine = setup({}).createMachine({
    id: 'm',
    context: { count: 3 },
    on: {
      go: {
        actions: enqueueActions(({ enqueue }) => {
          enqueue(({ context }) => seen.push(context));
        }),
      },
    },
  });
  const { effects } = Life.of(machine).on('go');
  assert.equal([effects.map(({ kind }) => kind), seen], [['after-commit'], []]);
  for (const effect of effects) if (effect.kind === 'after-commit') effect.run();
  assert.equal(seen, [{ count: 3 }]);
});

test('an actor in the context is refused where it is put there', () => {
  assert.throws(
    () => doing(assign({ me: ({ self }: { self: unknown }) => self } as never)).on('go'),
    refused(/context has a reference to an actor at \/me/),
  );
});

test('an actor handed to a child as its input is refused', () => {
  const handed = spawnChild('listener', {
    id: 'c',
    input: ({ self }: { self: unknown }) => ({ parent: self }),
  } as never);
  assert.throws(
    () => doing(handed).on('go'),
    refused(/input of 'c' has a reference to an actor at \/parent/),
  );
});

test('talking to an actor directly is refused, because nothing would come of it', () => {
  const talks = assign(({ self }: { self: { send: (event: object) => void } }) => {
    self.send({ type: 'x' });
    return {};
  });
  assert.throws(() => doing(talks).on('go'), refused(/calls send of an actor/));
});

test('sending to what was an actor before it was stored is refused', () => {
  assert.throws(
    () => doing(sendTo((() => ({ id: 'c' })) as never, { type: 'x' } as never)).on('go'),
    refused(/neither its parent nor a child/),
  );
});

test.run();
