/** The specification kit itself: it must notice what is wrong, or the tests of the machines show nothing. */
import { assign, setup } from 'xstate';
import type { MessageEvent } from '../../../../runtime/messages/message-events.ts';
import { Refused } from '../../../../runtime/ports/errors.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { ask, publish, read, refuse, reply } from '../../../../runtime/step/effects.ts';
import { caller, given, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';

interface Context {
  readonly seen: number;
}
type Events =
  | MessageEvent<{ readonly n: number }, null, 'go'>
  | { readonly type: 'forbidden' | 'ignored' | 'look' }
  | { readonly type: 'found'; readonly $: { readonly read: number } };

const machine = setup({
  types: {} as { context: Context; events: Events },
  actors: { work: activity(async (input: { readonly n: number }) => ({ twice: input.n * 2 })) },
  actions: {
    say: publish<Context, Events>(() => ({
      exchange: 'x',
      routingKey: 'k',
      action: 'said',
      data: { a: 1 },
    })),
    answer: reply<Context, Events>(({ event }) => ({
      to: '$' in event && 'message' in event.$ ? (event.$.message.replyTo ?? undefined) : undefined,
      body: 'ok',
    })),
    forbid: refuse<Context, Events>(() => new Refused('not-permitted', 'never')),
    look: read<Context, Events>(() => ({
      store: 'things',
      op: 'count',
      args: { of: 'a' },
      event: 'found',
    })),
    keep: assign({
      seen: ({ event }) => (event.type === 'found' ? event.$.read : 0),
    }),
  },
}).createMachine({
  id: 'spec',
  context: { seen: 0 },
  initial: 'idle',
  on: { ignored: {}, forbidden: { actions: 'forbid' } },
  states: {
    idle: {
      on: {
        go: { target: 'working', actions: ['say', 'answer'] },
        look: { actions: 'look' },
        found: { actions: 'keep' },
      },
    },
    working: {
      invoke: { src: 'work', id: 'work', input: { n: 3 }, onDone: 'ended' },
      after: { 1000: 'idle' },
    },
    ended: { type: 'final' },
  },
});
const go = message('go', { n: 1 }, { replyTo: caller('m1') });
const test = suite('machine specification');

test('a step is looked at by state and by kinds of effect, each in parts', () => {
  given(machine)
    .when(go)
    .then({
      state: 'working',
      publishes: [{ action: 'said' }],
      replies: [{ body: 'ok' }],
      activities: [{ activity: 'work', input: { n: 3 } }],
      timers: [1_000],
    });
});

test('a wrong state fails', () => {
  assert.throws(() => given(machine).when(go).then({ state: 'idle' }), /working/);
});

test('an effect too many fails', () => {
  assert.throws(() => given(machine).when(go).then({ publishes: [] }), /publishes/);
});

test('an effect too few fails', () => {
  assert.throws(
    () =>
      given(machine)
        .when(go)
        .then({ writes: [{ store: 's', op: 'o', args: {} }] }),
    /writes/,
  );
});

test('time passes only when it is told to', () => {
  const working = given(machine).when(go);
  working.waits(999).then({ state: 'working', stopped: [] });
  working.waits(1_000).then({ state: 'idle', stopped: ['work'] });
});

test('one beginning has several ends', () => {
  const working = given(machine).when(go);
  working.finishes('work', { twice: 6 }).thenEnded();
  working.waits(1_000).then({ state: 'idle' });
});

test('an activity that does not run cannot finish', () => {
  assert.throws(() => given(machine).finishes('work'), /not running/);
});

test('a read is answered in the same step', () => {
  given(machine, { reads: { 'things.count': () => 7 } })
    .when({ type: 'look' })
    .then({ context: { seen: 7 } });
});

test('a read without an answer fails', () => {
  assert.throws(() => given(machine).when({ type: 'look' }), /things\.count/);
});

test('a refusal leaves everything as it was', () => {
  given(machine)
    .when({ type: 'forbidden' })
    .thenRefused('not-permitted', /never/)
    .then({ state: 'idle' });
});

test('an expected refusal that does not come fails', () => {
  assert.throws(
    () => given(machine).when({ type: 'ignored' }).thenRefused('not-permitted'),
    /refused/,
  );
});

test('an event nobody takes fails at the next word, one that is ignored by name does not', () => {
  given(machine).when({ type: 'ignored' }).thenNothing();
  assert.throws(
    () => given(machine).when({ type: 'unknown' }).then({ state: 'idle' }),
    /no state of spec in "idle" takes 'unknown'/,
  );
  assert.throws(() => given(machine).when({ type: 'unknown' }).waits(1), /'unknown' was not taken/);
});

test('an event nobody takes is a dead letter, and nothing has changed', () => {
  given(machine)
    .when({ type: 'unknown' })
    .thenDeadLetter(/no state/)
    .then({ state: 'idle' })
    .when(go)
    .then({ state: 'working' });
});

test('a refusal is a dead letter only where nobody waits for it', () => {
  given(machine).when({ type: 'forbidden' }).thenDeadLetter(/never/);
  assert.throws(
    () =>
      given(machine)
        .when({ ...go, type: 'forbidden' })
        .thenDeadLetter(),
    /the sender is answered: 'not-permitted'/,
  );
});

test('a dead letter that does not come, or has another reason, fails', () => {
  assert.throws(
    () => given(machine).when({ type: 'ignored' }).thenDeadLetter(),
    /expected a dead letter/,
  );
  assert.throws(
    () => given(machine).when({ type: 'unknown' }).thenDeadLetter(/disk/),
    /with \/disk\//,
  );
});

test('a refusal of another code fails', () => {
  assert.throws(
    () => given(machine).when({ type: 'forbidden' }).thenRefused('not-found'),
    /'not-found'.*found 'not-permitted'/,
  );
});

test('nothing is neither an effect nor another state', () => {
  assert.throws(() => given(machine).when(go).thenNothing(), /effects/);
  assert.throws(
    () =>
      given(machine, { reads: { 'things.count': 7 } })
        .when({ type: 'look' })
        .thenNothing(),
    /effects/,
  );
  assert.throws(
    () =>
      given(machine)
        .when({ type: 'found', $: { read: 5 } } as { type: 'found' })
        .thenNothing(),
    /stored state/,
  );
});

test('what had arrived before is given', () => {
  given(machine, { messages: [go] })
    .finishes('work', null)
    .thenEnded();
});

test('a stored state is given, with what runs in it; its timers fire as soon as time passes', () => {
  const snapshot = given(machine).when(go).stored();
  given(machine, { snapshot }).finishes('work', null).thenEnded();
  given(machine, { snapshot })
    .waits('1 ms')
    .then({ state: 'idle', stopped: ['work'] });
});

test('a difference is shown line by line', () => {
  const difference = /publishes: [\s\S]*\+ +action: 'said'[\s\S]*- +action: 'shouted'/;
  assert.throws(
    () =>
      given(machine)
        .when(go)
        .then({ publishes: [{ action: 'shouted' }] }),
    difference,
  );
});

test('a specification is no promise, and a promise of one is kept all the same', async () => {
  const awaited = Promise.resolve().then(() => given(machine).when(go) as unknown);
  assert.is(await awaited, undefined);
});

test('an actor that has ended starts again, and what it does when it starts is of that step', () => {
  given(machine).when(go).finishes('work', null).when(go).then({ state: 'working' });
});

/** Asks twice, itself and through a child, and keeps what it hears. */
const asker = setup({
  types: {} as { context: { heard: unknown } },
  actors: {
    child: setup({
      actions: {
        askOn: ask(() => ({
          exchange: 'x',
          routingKey: 'child',
          action: 'may',
          messageId: 'c',
          answer: 'heard',
          about: 'child',
        })),
      },
    }).createMachine({
      id: 'child',
      initial: 'asking',
      states: { asking: { entry: 'askOn', on: { heard: 'ended' } }, ended: { type: 'final' } },
    }),
  },
  actions: {
    askFirst: ask(() => ({
      exchange: 'x',
      routingKey: 'first',
      action: 'may',
      messageId: 'f',
      answer: 'heard',
      about: 1,
    })),
    keep: assign({
      heard: ({ event }) => ({ ...event, $: undefined }),
    }),
  },
}).createMachine({
  id: 'asker',
  context: ({ input }) => ({ heard: (input as unknown as { before: string }).before }),
  initial: 'asking',
  on: { heard: { actions: 'keep' }, 'heard.unroutable': { actions: 'keep' } },
  states: {
    asking: { entry: 'askFirst', invoke: { id: 'child', src: 'child', onDone: 'ended' } },
    ended: {},
  },
});
const asking = given(asker, { input: { before: 'nothing' } });

test('a machine is started with its input', () => {
  asking.then({ context: { heard: 'nothing' } });
});

test('an answer reaches who asked, with what the question was about', () => {
  asking
    .answers({ routingKey: 'first' }, 'ok')
    .then({ state: 'asking', context: { heard: { type: 'heard', answer: 'ok', about: 1 } } });
  asking
    .answers({ routingKey: 'child' }, 'ok')
    .then({ state: 'ended', context: { heard: 'nothing' } });
});

test('a question that comes back is told to who asked', () => {
  asking
    .returns({ routingKey: 'first' })
    .then({ context: { heard: { type: 'heard.unroutable', answer: null, about: 1 } } });
});

test('an answer nobody waits for any more changes nothing', () => {
  asking
    .answers({ routingKey: 'child' }, 'ok')
    .answers({ routingKey: 'child' }, 'again')
    .then({ state: 'ended', asks: [] });
});

test('an answer to what was never asked fails', () => {
  assert.throws(() => asking.answers({ routingKey: 'nobody' }, 'ok'), /nobody asked/);
});

test('a child is told directly', () => {
  asking.tells(['child'], { type: 'heard' }).then({ state: 'ended' });
});

test('an answer that was expected and not given fails', () => {
  assert.throws(() => asking.answered(), /gave no answer/);
});

test.run();
