/** Messages that come again, and messages that only look so: one sender and id, or not, one content, or not. */
import { assign, setup } from 'xstate';
import { contentDigest } from '../../../../runtime/messages/content-digest.ts';
import type { MessageEvent } from '../../../../runtime/messages/message-events.ts';
import { addressId } from '../../../../runtime/ports/address.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { defineService } from '../../../../runtime/service.ts';
import { type ReplyAddress, reply } from '../../../../runtime/step/effects.ts';
import { EphemeralInbox } from '../../../../runtime/turn/ephemeral-inbox.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf } from '../shop.ts';
import { address, asker, eventInput, TurnBench } from './turn-bench.ts';

const test = suite('repeated messages');

type Context = { readonly count: number; readonly caller: ReplyAddress | null };

/** `weigh` is answered when `weighed` comes; `look` at once, and no answer to `look` is recorded. */
const scales = setup({
  types: {} as { context: Context },
  actions: {
    keep: assign({
      count: ({ context }) => context.count + 1,
      caller: ({ event }) => (event as unknown as MessageEvent).$.message.replyTo,
    }),
    wait: reply(({ context: { count } }: { context: Context }) => ({
      body: { wait: count },
      recorded: false,
    })),
    answer: reply(({ context }: { context: Context }) => ({
      to: context.caller,
      body: { count: context.count },
    })),
  },
}).createMachine({
  id: 'cart',
  context: { count: 0, caller: null },
  initial: 'open',
  states: {
    open: {
      on: {
        weigh: { actions: 'keep' },
        look: { actions: ['keep', 'wait'] },
        weighed: { actions: 'answer' },
        end: 'ended',
        never: {},
      },
    },
    ended: { type: 'final' },
  },
});

const service = () =>
  defineService({ config: configOf('shop'), machines: { cart: scales }, messages: {} });

/** A message with its content, as the intake makes it. */
function weigh(bench: TurnBench, data: Json, replyTo: ReplyAddress | undefined = asker('m1')) {
  const digest = contentDigest('weigh', data);
  const identity = replyTo?.messageId ?? 'm1';
  return bench.event('weigh', data, { identity, digest, ...(replyTo && { replyTo }) });
}

function from(queue: string): ReplyAddress {
  return { ...asker('m1'), routingKey: queue };
}

function answered(bench: TurnBench): Json[] {
  return bench.commits.flatMap(({ outbox }) =>
    outbox.map(({ routingKey, body }): Json => [routingKey, body]),
  );
}

const refusal = (body: Json | undefined) =>
  (body as { error: { code: number; name: string } }).error;

test('another message under the id of an earlier one is refused, and the earlier one keeps its answer', async () => {
  const bench = await TurnBench.open({ service });
  await weigh(bench, { n: 1 });
  await bench.event('weighed');
  await weigh(bench, { n: 2 });
  await weigh(bench, { n: 1 });
  const [first, refused, again] = bench.answers;
  assert.equal([first, again], [{ count: 1 }, { count: 1 }]);
  const { code, name } = refusal(refused);
  assert.equal([code, name], [409, 'message-id-reused']);
  assert.equal(await bench.state(), ['open', 1]);
});

test('another message under one id is refused within one turn too', async () => {
  const bench = await TurnBench.open({ service });
  await Promise.all([weigh(bench, { n: 1 }), weigh(bench, { n: 2 })]);
  assert.equal([await bench.state(), bench.answers.length], [['open', 1], 1]);
  assert.is(refusal(bench.answers[0]).name, 'message-id-reused');
});

test('another message under one id that wants no answer is a dead letter with the reason', async () => {
  const bench = await TurnBench.open({ service });
  const digest = (n: number) => contentDigest('never', { n });
  for (const n of [1, 2]) await bench.event('never', { n }, { identity: 'm1', digest: digest(n) });
  const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
  assert.match(deadLetter?.reason ?? '', /another message came under the id "m1" before/);
});

test('everyone who repeats a question in progress gets its answer, once', async () => {
  const bench = await TurnBench.open({ service });
  await weigh(bench, { n: 1 }, from('first'));
  for (const queue of ['second', 'third', 'second', 'first'])
    await weigh(bench, { n: 1 }, from(queue));
  await bench.event('weighed');
  assert.equal(
    answered(bench),
    ['first', 'third', 'second'].map((queue) => [queue, { count: 1 }]),
  );
  await bench.event('weighed');
  assert.is(
    answered(bench).length,
    4,
    'nobody but the first is answered when it is answered again',
  );
});

test('senders who wait are part of the stored actor', async () => {
  const bench = await TurnBench.open({ service });
  await weigh(bench, { n: 1 }, from('first'));
  await weigh(bench, { n: 1 }, from('second'));
  const restarted = await TurnBench.open({
    service,
    journal: () => ({
      load: (requests) => bench.journal.load(requests),
      commit: (instance, turns) => bench.journal.commit(instance, turns),
    }),
  });
  await restarted.event('weighed');
  assert.equal(
    answered(restarted).map((row) => (row as Json[])[0] ?? null),
    ['first', 'second'],
  );
});

test('nobody waits for an actor that has ended', async () => {
  const bench = await TurnBench.open({ service });
  for (const queue of ['first', 'second']) await weigh(bench, { n: 1 }, from(queue));
  await bench.event('end');
  await bench.event('weighed');
  const stored = JSON.stringify((await bench.journal.inspect(address()))?.family);
  assert.not.match(stored, /second/);
});

test('bounded: the sender who has waited longest goes first', async () => {
  const bench = await TurnBench.open({ service });
  for (let n = 0; n < 30; n += 1) await weigh(bench, { n: 1 }, from(`q${n}`));
  await bench.event('weighed');
  const queues = answered(bench).map((row) => (row as Json[])[0] ?? null);
  assert.equal(queues, ['q0', ...Array.from({ length: 16 }, (_, index) => `q${index + 14}`)]);
});

test('an ephemeral actor takes a repeated message again, and refuses another one under its id', async () => {
  const ephemeral = () =>
    defineService({
      config: configOf('shop'),
      machines: { cart: { machine: scales, ephemeral: true } },
      messages: {},
    });
  const bench = await TurnBench.open({ service: ephemeral, settleWhen: 'ended' });
  /** Messages of an ephemeral actor are settled when it has ended and its answers are published. */
  const settled = async (last: Promise<unknown>): Promise<void> => {
    let isOver = false;
    void last.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await new Promise(setImmediate);
      bench.published();
    }
  };
  const weighed = (): Promise<unknown> =>
    Promise.all([weigh(bench, { n: 1 }), bench.event('weighed'), bench.event('end')]);
  await settled(weighed());
  await settled(weigh(bench, { n: 2 }, from('other')));
  await settled(weighed());
  const [first, refused, again] = bench.answers;
  assert.equal([first, again], [{ count: 1 }, { count: 1 }]);
  assert.is(refusal(refused).name, 'message-id-reused');
});

test('the inbox of ephemeral actors forgets by age and by number', () => {
  let nowMs = 0;
  const inbox = new EphemeralInbox(() => nowMs);
  const input = (identity: string) => ({
    ...eventInput('weigh', {}, { identity, digest: 'd' }),
    settle: () => undefined,
  });
  inbox.handled(input('m1'));
  nowMs = 599_999;
  assert.equal(inbox.seen([input('m1')]), [{ messageId: 'm1', digest: 'd' }]);
  nowMs = 600_000;
  assert.equal(inbox.seen([input('m1')]), []);
  for (let n = 0; n <= 10_000; n += 1) inbox.handled(input(`n${n}`));
  assert.equal([inbox.seen([input('n0')]).length, inbox.seen([input('n5001')]).length], [0, 1]);
});

/** A message to the actor with this key; its digest is the key. */
function messageTo(key: string, identity: string) {
  const input = eventInput('weigh', {}, { identity, digest: key });
  return { ...input, address: address(key), settle: () => undefined };
}

test('an ephemeral message is remembered for each of its actors, in whatever order they come', () => {
  const inbox = new EphemeralInbox(() => 0);
  const digests = (key: string, identity: string) =>
    inbox.seen([messageTo(key, identity)]).map(({ digest }) => digest);
  inbox.handled(messageTo('a', 'm'));
  assert.equal([digests('a', 'm'), digests('b', 'm')], [['a'], []]);
  for (let n = 0; n < 4_000; n += 1) inbox.handled(messageTo('a', `n${n}`));
  inbox.handled(messageTo('b', 'm'));
  inbox.handled(messageTo('b', 'm'));
  for (let n = 0; n < 4_000; n += 1) inbox.handled(messageTo('a', `o${n}`));
  assert.equal([digests('a', 'm'), digests('b', 'm'), digests('c', 'm')], [['a'], ['b'], []]);
});

test('an ephemeral message whose id looks like the key of another is told apart from it', () => {
  const inbox = new EphemeralInbox(() => 0);
  const looksAlike = `${addressId(address('b'))}\0m`;
  inbox.handled(messageTo('x', looksAlike));
  inbox.handled(messageTo('a', 'm'));
  assert.equal(inbox.seen([messageTo('b', 'm')]), []);
  inbox.handled(messageTo('b', 'm'));
  assert.equal(inbox.seen([messageTo('b', 'm')]), [{ messageId: 'm', digest: 'b' }]);
});

test('a question whose answer is not recorded is handled again, in the same life and in the next one', async () => {
  const bench = await TurnBench.open({ service });
  const look = () => bench.event('look', {}, { identity: 'm1', replyTo: asker('m1') });
  await look();
  await look();
  await bench.event('end');
  await look();
  assert.equal(answered(bench), [
    ['asker', { wait: 1 }],
    ['asker', { wait: 2 }],
    ['asker', { wait: 1 }],
  ]);
});

test.run();
