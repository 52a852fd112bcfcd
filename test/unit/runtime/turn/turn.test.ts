/** What one turn makes of its inputs, seen through a turn loop over a memory journal. */
import { setup } from 'xstate';
import { Refused } from '../../../../runtime/ports/errors.ts';
import { defineService } from '../../../../runtime/service.ts';
import { afterCommit, ask, record, refuse, reply } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf, shopService } from '../shop.ts';
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

test('an answer no state takes any more is nothing', async () => {
  const bench = await TurnBench.open();
  await bench.event('add', { n: 1 });
  await bench.event('paid', {}, { starts: false, ignoreIfAbsent: true, answer: true });
  assert.is((await bench.journal.counts()).deadLetters, 0);
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

test.run();
