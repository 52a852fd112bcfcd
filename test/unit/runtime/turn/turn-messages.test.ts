/** The messages that a turn commits: their ids, where their answers go, and those that no transport can carry. */
import { assign, setup } from 'xstate';
import { defineService } from '../../../../runtime/service.ts';
import { ask, publish } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf, shopService } from '../shop.ts';
import { asker, TurnBench } from './turn-bench.ts';

const test = suite('turn: messages');

test('effects are in the commit with the state', async () => {
  const bench = await TurnBench.open();
  await bench.event('tell', { n: 3 });
  const [commit] = bench.commits;
  assert.equal(
    commit?.outbox.map(({ body, exchange, routingKey }) => ({ body, exchange, routingKey })),
    [{ body: { action: 'changed', data: { count: 3 } }, exchange: 'shop', routingKey: 'news' }],
  );
  assert.is(commit?.expectedVersion, 0);
});

test('a message without an id of its own has one that no other turn makes', async () => {
  const bench = await TurnBench.open();
  for (let n = 0; n < 2; n += 1) await bench.event('tell', { n: 1 });
  assert.equal(
    bench.commits.map(({ outbox }) => outbox[0]?.properties.messageId),
    ['shop/cart/one/id-000001/1.0', 'shop/cart/one/id-000001/2.0'],
  );
});

test('an ephemeral actor of the same key does not use the ids of the one before', async () => {
  const machine = setup({
    actions: { tell: publish(() => ({ exchange: 'x', routingKey: 'k', action: 'a' })) },
  }).createMachine({
    id: 'cart',
    initial: 'a',
    states: { a: { on: { go: { target: 'b', actions: 'tell' } } }, b: { type: 'final' } },
  });
  const service = () =>
    defineService({
      config: configOf('shop'),
      machines: { cart: { machine, ephemeral: true } },
      messages: {},
    });
  const bench = await TurnBench.open({ service });
  for (let n = 0; n < 2; n += 1) await bench.event('go');
  const ids = bench.commits.map(({ outbox }) => outbox[0]?.properties.messageId);
  assert.is(new Set(ids).size, 2);
});

test('a question waits for its answer under its correlation id, and is mandatory', async () => {
  const bench = await TurnBench.open();
  await bench.event('pay');
  const [commit] = bench.commits;
  const [row] = commit?.outbox ?? [];
  assert.equal(
    [row?.mandatory, row?.properties.replyTo, row?.correlationId],
    [true, 'shop_reply', row?.properties.messageId],
  );
  assert.equal(
    commit?.asks.map(({ event, about }) => ({ event, about })),
    [{ event: 'paid', about: { what: 'cart' } }],
  );
});

test('a question names the reply exchange that the config has, beside its own headers', async () => {
  const bench = await TurnBench.open({
    service: () => {
      const service = shopService();
      return { ...service, config: { ...service.config, replyExchange: 'shop_reply' } };
    },
  });
  await bench.event('pay');
  const headers = bench.commits[0]?.outbox[0]?.properties.headers;
  assert.equal(headers, { 'reply-exchange': 'shop_reply' });
});

test('a machine that asks without a reply queue leaves nothing of its step', async () => {
  const asks = setup({
    actions: {
      tell: publish(() => ({ exchange: 'x', routingKey: 'k', action: 'a' })),
      question: ask(() => ({ exchange: 'x', routingKey: 'k', action: 'a', answer: 'b' })),
    },
  });
  const machine = asks.createMachine({
    id: 'cart',
    initial: 'a',
    states: { a: { on: { add: {}, go: { target: 'b', actions: ['tell', 'question'] } } }, b: {} },
  });
  const service = () =>
    defineService({
      config: { ...configOf('shop'), replyQueue: undefined },
      machines: { cart: machine },
      messages: {},
    });
  const bench = await TurnBench.open({ service });
  await bench.event('add');
  await bench.event('go');
  const stored = (await bench.journal.inspect({ service: 'shop', machine: 'cart', key: 'one' }))
    ?.family as { root: { value: string } };
  assert.equal([stored.root.value, bench.commits.flatMap(({ outbox }) => outbox).length], ['a', 0]);
});

/** A service whose cart sends its message where the event says. */
function sender(store: Parameters<typeof shopService>[0]) {
  const machine = setup({
    types: {} as { events: { type: 'go'; data: { exchange: string; routingKey: string } } },
    actions: {
      count: assign({ count: 1 }),
      send: publish(({ event: { data } }) => ({ ...data, action: 'news' })),
    },
  }).createMachine({
    id: 'cart',
    context: { count: 0 },
    on: { go: { actions: ['count', 'send'] } },
  });
  return shopService(store, { machines: { cart: machine } });
}

test('a message that the transport cannot carry fails the step; the sender is told where', async () => {
  const bench = await TurnBench.open({ service: sender });
  const data = { exchange: 'shop', routingKey: 'ü'.repeat(128) };
  await bench.event('go', data, { identity: 'm', replyTo: asker('m') });
  const message =
    "the message 'news' cannot be published: routingKey has more than 255 bytes (256)";
  assert.equal(bench.answers, [
    { error: { code: 400, name: 'bad-message', message, at: '/routingKey' } },
  ]);
});

test('a message without an exchange fails the step, for it would come back to nobody', async () => {
  const bench = await TurnBench.open({ service: sender });
  await bench.event('go', { routingKey: 'k' }, { identity: 'm', replyTo: asker('m') });
  const message = "the message 'news' cannot be published: exchange must be text, found nothing";
  assert.equal(bench.answers, [
    { error: { code: 400, name: 'bad-message', message, at: '/exchange' } },
  ]);
});

test('a step with a message that cannot be published leaves nothing', async () => {
  const bench = await TurnBench.open({ service: sender });
  await bench.event('go', { exchange: 'x'.repeat(256), routingKey: 'k' });
  const [commit] = bench.commits;
  assert.equal([commit?.outbox, await bench.state(), commit?.deadLetters.length], [[], null, 1]);
});

test.run();
