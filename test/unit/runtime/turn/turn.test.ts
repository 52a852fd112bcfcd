/** What one turn makes of its inputs, seen through a turn loop over a memory journal. */
import { assign, createMachine, sendTo, setup } from 'xstate';
import { Refused } from '../../../../runtime/ports/errors.ts';
import type { StoreView } from '../../../../runtime/ports/store.ts';
import { defineService } from '../../../../runtime/service.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import {
  afterCommit,
  ask,
  publish,
  read,
  record,
  refuse,
  reply,
  write,
} from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { cart, configOf, shopService } from '../shop.ts';
import { asker, TurnBench } from './turn-bench.ts';

const test = suite('turn');

test('a repeated message is not stepped again, and is answered again with the recorded answer', async () => {
  const bench = await TurnBench.open();
  for (let n = 0; n < 2; n += 1)
    await bench.event('add', { n: 2 }, { identity: 'm1', replyTo: asker('m1') });
  assert.equal(
    [await bench.state(), bench.answers],
    [
      ['open', 2],
      [{ count: 2 }, { count: 2 }],
    ],
  );
});

test('a message repeated within one turn is stepped once', async () => {
  const bench = await TurnBench.open();
  await Promise.all([1, 2].map(() => bench.event('add', { n: 2 }, { identity: 'm1' })));
  assert.equal([await bench.state(), bench.commits.length], [['open', 2], 1]);
});

test('a repeated message nobody waits for is just taken', async () => {
  const bench = await TurnBench.open();
  await bench.event('add', { n: 2 }, { identity: 'm1', replyTo: asker('m1') });
  assert.is(await bench.event('add', { n: 2 }, { identity: 'm1' }), 'done');
  assert.is(bench.answers.length, 1);
});

test('an answer goes to where the question came through, with its correlation id, and else straight to the queue', async () => {
  const bench = await TurnBench.open();
  await bench.event('add', { n: 1 }, { identity: 'm1', replyTo: asker('m1') });
  const [row] = bench.commits[0]?.outbox ?? [];
  assert.equal(
    [row?.exchange, row?.routingKey, row?.mandatory, row?.orStraightToQueue],
    ['shop', 'asker', true, true],
  );
  assert.equal([row?.properties.correlationId, row?.properties.messageId], ['c-m1', 'm1/answer']);
});

test('an answer to a service that takes answers through exchanges only never goes straight', async () => {
  const bench = await TurnBench.open();
  const replyTo = { ...asker('m1'), neverStraight: true };
  await bench.event('add', { n: 1 }, { identity: 'm1', replyTo });
  const [row] = bench.commits[0]?.outbox ?? [];
  assert.equal([row?.exchange, row?.mandatory, row?.orStraightToQueue], ['shop', true, undefined]);
});

test('an answer to a reply address without an exchange goes straight to the queue', async () => {
  const bench = await TurnBench.open();
  await bench.event('add', { n: 1 }, { identity: 'm1', replyTo: { ...asker('m1'), exchange: '' } });
  const [row] = bench.commits[0]?.outbox ?? [];
  assert.equal([row?.exchange, row?.orStraightToQueue], ['', undefined]);
});

test('a message whose step throws is dead, and the others of the turn go on', async () => {
  const bench = await TurnBench.open();
  await Promise.all([
    bench.event('add', { n: 1 }),
    bench.event('burst'),
    bench.event('add', { n: 1 }),
  ]);
  const deadLetters = await bench.journal.deadLetters(['shop'], 9);
  assert.equal(
    [await bench.state(), deadLetters.map(({ reason }) => reason)],
    [['open', 2], ['burst']],
  );
  assert.match(deadLetters[0]?.stack ?? '', /Error: burst/);
});

test('a message whose step throws may come again under the same identity', async () => {
  const bench = await TurnBench.open();
  await bench.event('burst', {}, { identity: 'm1' });
  await bench.event('add', { n: 1 }, { identity: 'm1' });
  assert.equal(await bench.state(), ['open', 1]);
});

test('a bug is answered where an answer was asked for, and is a dead letter all the same', async () => {
  const bench = await TurnBench.open();
  await bench.event('burst', {}, { identity: 'm1', replyTo: asker('m1') });
  assert.equal(bench.answers, [{ error: { code: 500, name: 'broken', message: 'burst' } }]);
  assert.is((await bench.journal.counts()).deadLetters, 1);
});

test('a refusal is answered, recorded and no dead letter', async () => {
  const bench = await TurnBench.open();
  for (let n = 0; n < 2; n += 1)
    await bench.event('forbid', {}, { identity: 'm1', replyTo: asker('m1') });
  const body = { error: { code: 403, name: 'not-permitted', message: 'not here' } };
  assert.equal([bench.answers, (await bench.journal.counts()).deadLetters], [[body, body], 0]);
});

test('a refusal nobody waits for is a dead letter', async () => {
  const bench = await TurnBench.open();
  await bench.event('forbid');
  assert.equal(
    (await bench.journal.deadLetters(['shop'], 9)).map(({ reason }) => reason),
    ['not here'],
  );
});

test('a message no state takes is a dead letter that says which state', async () => {
  const bench = await TurnBench.open();
  await bench.event('unheard');
  assert.match(
    (await bench.journal.deadLetters(['shop'], 9))[0]?.reason ?? '',
    /no state of cart in "open" takes 'unheard'/,
  );
});

test('an actor that ends as it starts has handled its message: its answer and its history are kept', async () => {
  const job = setup({
    actions: {
      note: record(() => ({ topic: 'jobs', line: { ran: true } })),
      answer: reply(() => ({ body: 'ran' })),
    },
  }).createMachine({
    id: 'cart',
    initial: 'working',
    on: { add: {} },
    states: { working: { entry: ['note', 'answer'], always: 'done' }, done: { type: 'final' } },
  });
  const bench = await TurnBench.open({
    service: () =>
      defineService({
        config: configOf('shop'),
        machines: { cart: job },
        messages: { add: { machine: 'cart', to: () => ({ key: 'one' }), starts: true } },
      }),
  });
  await bench.event('add', {}, { identity: 'm1', replyTo: asker('m1') });
  await bench.event('add', {}, { identity: 'm1', replyTo: asker('m1') });
  const history = await bench.journal.history('jobs');
  assert.equal([bench.answers, history.length], [['ran', 'ran'], 1]);
  assert.is(
    (await bench.journal.inspect({ service: 'shop', machine: 'cart', key: 'one' }))?.status,
    'done',
  );
  assert.is((await bench.journal.counts()).deadLetters, 0);
});

test('plain functions run once after the commit, with a copy of the context, and their errors are logged', async () => {
  const seen: string[] = [];
  const logger = setup({
    types: {} as { context: { count: number } },
    actions: {
      note: ({ context }) => {
        seen.push(`${bench.commits.length} ${context.count}`);
        context.count = 99;
      },
      burst: () => {
        throw new Error('burst');
      },
      burstLater: afterCommit(() => Promise.reject(new Error('burst later'))),
      no: refuse(() => new Refused('refused', 'no')),
    },
  }).createMachine({
    id: 'cart',
    context: { count: 1 },
    on: {
      add: { actions: ['note', 'burst', 'burstLater', 'note'] },
      forbid: { actions: ['note', 'no'] },
    },
  });
  const bench: TurnBench = await TurnBench.open({
    service: () =>
      defineService({
        config: configOf('shop'),
        machines: { cart: logger },
        messages: {
          add: { machine: 'cart', to: () => ({ key: 'one' }), starts: true },
          forbid: { machine: 'cart', to: () => ({ key: 'one' }), starts: true },
        },
      }),
  });
  assert.is(await bench.event('add'), 'done');
  await bench.event('forbid');
  assert.equal(seen, ['1 1', '1 1']);
  assert.equal(await bench.state(), [{}, 1]);
  assert.equal(bench.lines.filter(({ message }) => message.includes('after the commit')).length, 2);
});

test('a start whose write is refused is undone, and the sender is answered', async () => {
  const writer = setup({
    actions: { put: write(() => ({ store: 'stock', op: 'put', args: { name: 'a', value: -1 } })) },
  }).createMachine({ id: 'cart', entry: 'put', on: { add: {}, 'error.write': {} } });
  const bench = await TurnBench.open({
    service: (store) =>
      defineService({
        config: configOf('shop'),
        stores: [store],
        machines: { cart: writer },
        messages: { add: { machine: 'cart', to: () => ({ key: 'one' }), starts: true } },
      }),
  });
  await bench.event('add', {}, { identity: 'm1', replyTo: asker('m1') });
  assert.match(JSON.stringify(bench.answers), /less than nothing/);
  assert.is(await bench.state(), null);
});

test('an answer no state takes any more is nothing', async () => {
  const bench = await TurnBench.open();
  await bench.event('add', { n: 1 });
  await bench.event('paid', {}, { starts: false, ignoreIfAbsent: true, answer: true });
  assert.is((await bench.journal.counts()).deadLetters, 0);
});

test('an answer whose step throws is a dead letter', async () => {
  const bench = await TurnBench.open();
  await bench.event('add', { n: 1 });
  await bench.event('burst', {}, { starts: false, ignoreIfAbsent: true, answer: true });
  assert.is((await bench.journal.counts()).deadLetters, 1);
});

test('a timer whose step throws is a dead letter and goes', async () => {
  const throwing = setup({
    actions: {
      badSay: publish(() => {
        throw new Error('unsayable');
      }),
    },
  }).createMachine({
    id: 'cart',
    context: { count: 0 },
    after: { 5: { actions: 'badSay' } },
    on: { add: {} },
  });
  const bench = await TurnBench.open({
    service: () =>
      defineService({ config: configOf('shop'), machines: { cart: throwing }, messages: {} }),
  });
  await bench.event('add');
  const token = bench.commits[0]?.timers[0]?.token ?? '';
  await bench.give({
    kind: 'timer',
    address: { service: 'shop', machine: 'cart', key: 'one' },
    token,
  });
  const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
  assert.equal(
    [deadLetter?.reason, deadLetter?.properties.type, (await bench.journal.counts()).timers],
    ['unsayable', 'timer', 0],
  );
});

test('a child that throws is an error in the log and a dead letter with its stack, although the message was handled', async () => {
  const burst = assign(() => {
    throw new Error('burst');
  });
  const child = createMachine({ id: 'till', on: { ring: { actions: burst } } });
  const parent = setup({ actors: { child } }).createMachine({
    id: 'cart',
    invoke: { src: 'child', id: 'c', onError: {} },
    on: { add: { actions: sendTo('c', { type: 'ring' }) } },
  });
  const bench = await TurnBench.open({
    service: () =>
      defineService({ config: configOf('shop'), machines: { cart: parent }, messages: {} }),
  });
  await bench.event('add', {}, { identity: 'm1' });
  const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
  assert.equal(
    [deadLetter?.reason, bench.commits[0]?.inbox.length],
    ['the child child has failed: burst', 1],
  );
  assert.match(deadLetter?.stack ?? '', /Error: burst/);
  assert.ok(
    bench.lines.some(
      ({ level, message }) => level === 'error' && message === 'the child child has failed',
    ),
  );
});

test('an actor that ends in an error is one too', async () => {
  const failing = setup({ actors: { work: activity(async () => 1) } }).createMachine({
    id: 'cart',
    invoke: { src: 'work', id: 'w', input: null },
    on: { add: {} },
  });
  const bench = await TurnBench.open({
    service: () =>
      defineService({ config: configOf('shop'), machines: { cart: failing }, messages: {} }),
  });
  await bench.event('add');
  const token = bench.commits[0]?.activities[0]?.token ?? '';
  await bench.give({
    kind: 'activity',
    address: { service: 'shop', machine: 'cart', key: 'one' },
    token,
    outcome: { error: 'no' },
  });
  const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
  assert.equal([deadLetter?.reason, deadLetter?.kind], ['an actor has failed: no', 'activity']);
});

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

test('a read a machine asks for is done in the same turn', async () => {
  const bench = await TurnBench.open();
  bench.store.rows.set('a', 7);
  await bench.event('look');
  assert.equal([await bench.state(), bench.commits.length], [['open', 7], 1]);
});

test('a read a machine asks for when it starts is done too', async () => {
  const looking = setup({
    actions: { look: read(() => ({ store: 'stock', op: 'get', args: 'a', event: 'seen' })) },
  }).createMachine({
    id: 'cart',
    context: { count: 0 },
    initial: 'a',
    states: { a: { entry: 'look', on: { seen: 'b' } }, b: { on: { go: 'c' } }, c: {} },
  });
  const service = (store: TurnBench['store']) =>
    shopService(store, { machines: { cart: looking } });
  const bench = await TurnBench.open({ service });
  await bench.event('go');
  assert.equal(await bench.state(), ['c', 0]);
});

test('a machine that reads for ever is stopped by an error', async () => {
  const reading = setup({
    actions: { look: read(() => ({ store: 'stock', op: 'get', args: 'a', event: 'look' })) },
  }).createMachine({
    id: 'cart',
    on: { look: { actions: 'look' } },
  });
  const bench = await TurnBench.open({
    service: (store) => shopService(store, { machines: { cart: reading } }),
  });
  await bench.event('look');
  assert.match(
    (await bench.journal.deadLetters(['shop'], 9))[0]?.reason ?? '',
    /more than 32 reads/,
  );
});

test('a turn ends before a read that must see what it has written', async () => {
  const bench = await TurnBench.open();
  await Promise.all([bench.event('put', { name: 'a', value: 5 }), bench.event('look')]);
  assert.equal([await bench.state(), bench.commits.length], [['open', 5], 2]);
});

/** A view of two rows of the stock. */
const both: StoreView = {
  name: 'both',
  over: ['stock'],
  read: async (_op, _args, readOne) => {
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => readOne({ store: 'stock', op: 'get', args: name })),
    );
    return Number(a ?? 0) + Number(b ?? 0);
  },
};
const summing = cart.provide({
  actions: { look: read(() => ({ store: 'both', op: 'sum', args: null, event: 'seen' })) },
});

test('a view reads several rows of stores in one step', async () => {
  const bench = await TurnBench.open({
    service: (store) => shopService(store, { machines: { cart: summing }, views: [both] }),
  });
  for (const [name, value] of [
    ['a', 5],
    ['b', 7],
  ] as const)
    await bench.event('put', { name, value });
  await bench.event('look');
  assert.equal(await bench.state(), ['open', 12]);
});

test('a turn ends before the read of a view over a store that the turn has written', async () => {
  const bench = await TurnBench.open({
    service: (store) => shopService(store, { machines: { cart: summing }, views: [both] }),
  });
  await Promise.all([bench.event('put', { name: 'a', value: 5 }), bench.event('look')]);
  assert.equal([await bench.state(), bench.commits.length], [['open', 5], 2]);
});

test('a message for nobody is refused as not-found, or with ignoreIfAbsent is nothing', async () => {
  const bench = await TurnBench.open();
  await bench.event('add', { n: 1 }, { starts: false, replyTo: asker('m1'), identity: 'm1' });
  await bench.event('add', { n: 1 }, { starts: false, ignoreIfAbsent: true, key: 'two' });
  assert.equal(
    [bench.answers.length, (bench.answers[0] as { error: { name: string } }).error.name],
    [1, 'not-found'],
  );
  assert.is((await bench.journal.counts()).deadLetters, 0);
});

test('a later life of an actor whose rows are deleted has other message ids and tokens', async () => {
  const bench = await TurnBench.open();
  const ids = async () => {
    await bench.event('tell', { n: 1 });
    await bench.event('wait');
    await bench.event('add', { n: 1 });
    await bench.event('close');
    const commits = bench.commits.splice(0);
    return commits.flatMap(({ outbox, timers }) => [
      ...outbox.map(({ properties }) => properties.messageId),
      ...timers.map(({ token }) => token),
    ]);
  };
  const first = await ids();
  assert.is(await bench.journal.prune('finished', Number.POSITIVE_INFINITY, 9), 1);
  const second = await ids();
  assert.equal([first.length, new Set([...first, ...second]).size], [2, 4]);
});

test('an actor that has ended starts again, with tokens it has not used', async () => {
  const bench = await TurnBench.open();
  await bench.event('wait');
  await bench.event('add', { n: 1 });
  await bench.event('close');
  await bench.event('wait');
  assert.equal(
    bench.commits.flatMap(({ timers }) => timers.map(({ token }) => token)),
    ['id-000001#1', 'id-000005#1'],
  );
});

test('what an ended actor has asked goes before its next life begins', async () => {
  const machine = setup({
    actions: {
      question: ask(() => ({
        exchange: 'x',
        routingKey: 'k',
        action: 'a',
        answer: 'paid',
        correlationId: 'q',
      })),
    },
  }).createMachine({
    id: 'cart',
    context: { count: 0 },
    initial: 'a',
    states: {
      a: { on: { pay: { actions: 'question' }, close: 'b', paid: {} } },
      b: { type: 'final' },
    },
  });
  const bench = await TurnBench.open({
    service: (store) => shopService(store, { machines: { cart: machine } }),
  });
  await Promise.all([bench.event('pay'), bench.event('close'), bench.event('paid')]);
  assert.equal(await bench.journal.findAsks(['q']), []);
});

test('the refusal of a message has the form its route gives it', async () => {
  const bench = await TurnBench.open();
  await bench.event(
    'forbid',
    {},
    {
      identity: 'm1',
      replyTo: asker('m1'),
      refusal: ({ message }) => ({ id: null, why: message }),
    },
  );
  assert.equal(bench.answers, [{ id: null, why: 'not here' }]);
});

test('a form of refusals that throws keeps nobody from the answer', async () => {
  const bench = await TurnBench.open();
  const refusal = (): never => {
    throw new Error('no form');
  };
  await bench.event('forbid', {}, { identity: 'm', replyTo: asker('m'), refusal });
  assert.equal(bench.answers, [
    { error: { code: 403, name: 'not-permitted', message: 'not here' } },
  ]);
});

test('a step may throw anything; its message is dead with the reason', async () => {
  const fail = (): never => {
    throw Object.assign(Object.create(null), { status: 503 });
  };
  const machine = setup({ actions: { fail: assign(fail) } }).createMachine({
    id: 'cart',
    on: { burst: { actions: 'fail' } },
  });
  const bench = await TurnBench.open({
    service: (store) => shopService(store, { machines: { cart: machine } }),
  });
  assert.is(await bench.event('burst'), 'done');
  const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
  assert.is(deadLetter?.reason, '{"status":503}');
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
