import { setup } from 'xstate';
import { Conflict } from '../../../../runtime/ports/errors.ts';
import { defineService } from '../../../../runtime/service.ts';
import { publish, write } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf, shopService } from '../shop.ts';
import { failing } from './failing-journal.ts';
import { asker, TurnBench } from './turn-bench.ts';

const test = suite('turn loop');

test('what is posted in one moment shares a commit of each actor, and one batch', async () => {
  const batches: number[] = [];
  const bench = await TurnBench.open(failing((turns) => void batches.push(turns.length)));
  await Promise.all(['a', 'b', 'a', 'c'].map((key) => bench.event('add', { n: 1 }, { key })));
  assert.equal([batches, await bench.state('a')], [[3], ['open', 2]]);
});

test('a batch that fails is done one by one, and a bad one hurts only itself', async () => {
  const bench = await TurnBench.open();
  const good = bench.event('add', { n: 1 }, { key: 'good' });
  const bad = bench.event('put', { value: -1 }, { key: 'bad', identity: 'm', replyTo: asker('m') });
  assert.equal(await Promise.all([good, bad]), ['done', 'done']);
  assert.equal([await bench.state('good'), bench.answers], [['open', 1], [{ refused: 'refused' }]]);
});

test('a conflict is done again with fresh reads', async () => {
  const bench = await TurnBench.open();
  bench.store.rows.set('a', 1);
  const original = bench.store.read.bind(bench.store);
  bench.store.read = async (op, args) => {
    const found = await original(op, args);
    if (bench.store.reads === 1) bench.store.rows.set('a', 2);
    return found;
  };
  await bench.event(
    'putSeen',
    { name: 'a', value: 9 },
    { read: { store: 'stock', op: 'get', args: 'a' } },
  );
  assert.equal([bench.store.reads, bench.store.rows.get('a')], [2, 9]);
});

test('a version that is not the cached one is loaded again', async () => {
  let conflicts = 0;
  const bench = await TurnBench.open(
    failing(() => {
      conflicts += 1;
      return conflicts === 2 ? new Conflict('version-conflict', 'another was quicker') : undefined;
    }),
  );
  await bench.event('add', { n: 1 });
  await bench.event('add', { n: 1 });
  assert.equal([await bench.state(), conflicts], [['open', 2], 3]);
});

test('a refused write is found message by message, and the machine gets it as an event', async () => {
  const bench = await TurnBench.open();
  const puts = [1, -1, 2].map((value, n) =>
    bench.event('put', { name: `n${n}`, value }, { identity: `m${n}`, replyTo: asker(`m${n}`) }),
  );
  await Promise.all(puts);
  assert.equal(
    [...bench.store.rows],
    [
      ['n0', 1],
      ['n2', 2],
    ],
  );
  assert.equal(bench.answers, ['ok', { refused: 'refused' }, 'ok']);
});

test('a refused write nobody wants to know of is the refusal of the message', async () => {
  const put = write(() => ({ store: 'stock', op: 'put', args: { name: 'a', value: -1 } }));
  const machine = setup({ actions: { put } }).createMachine({
    id: 'cart',
    on: { put: { actions: 'put' } },
  });
  const bench = await TurnBench.open({
    service: (store) => shopService(store, { machines: { cart: machine } }),
  });
  await bench.event('put', { value: -1 }, { identity: 'm', replyTo: asker('m') });
  assert.equal(bench.answers, [
    { error: { code: 409, name: 'refused', message: '-1 is less than nothing' } },
  ]);
});

test('no turn begins while there is no room for what it would make', async () => {
  const bench = await TurnBench.open();
  let makeRoom = (): void => undefined;
  bench.room = new Promise((resolve) => {
    makeRoom = () => {
      bench.room = undefined;
      resolve();
    };
  });
  const given = bench.event('add', { n: 1 });
  await bench.clock.advance(1_000);
  assert.equal([await bench.state(), bench.loop.isIdle], [null, false]);
  makeRoom();
  assert.equal([await given, await bench.state()], ['done', ['open', 1]]);
});

test('what waits for room when all stops is given back', async () => {
  const bench = await TurnBench.open();
  bench.room = new Promise(() => undefined);
  const given = bench.event('add', { n: 1 });
  await bench.clock.advance(1);
  await bench.loop.stop();
  assert.equal([await given, await bench.state()], ['retry', null]);
});

test('a message that was committed is not stepped again when one it came with fails', async () => {
  let broken = true;
  const bench = await TurnBench.open(
    failing((turns) => {
      const values = turns.flatMap(({ writes }) =>
        writes.map(({ args }) => (args as { value: number }).value),
      );
      return broken && values.join() === '7' ? new Error('down') : undefined;
    }),
  );
  const all = [
    bench.event('add', { n: 1 }),
    bench.event('put', { value: -1 }),
    bench.event('put', { value: 7 }),
  ];
  await bench.clock.advance(200);
  broken = false;
  await bench.clock.advance(5_000);
  await Promise.all(all);
  assert.equal(await bench.state(), ['open', 1]);
});

test('an input is settled when committed, for journaled machines', async () => {
  const bench = await TurnBench.open();
  assert.is(await bench.event('tell', { n: 1 }), 'done');
});

/** A machine that says something when it begins and when it ends, and lives only in this process. */
const passing = setup({
  actions: { tell: publish(() => ({ exchange: 'x', routingKey: 'k', action: 'told' })) },
}).createMachine({
  id: 'cart',
  initial: 'a',
  states: {
    a: { on: { go: { actions: 'tell' }, close: { target: 'b', actions: 'tell' } } },
    b: { type: 'final' },
  },
});

async function ephemeral() {
  const service = () =>
    defineService({
      config: configOf('shop'),
      machines: { cart: { machine: passing, ephemeral: true } },
      messages: {},
    });
  const bench = await TurnBench.open({ service, settleWhen: 'ended' });
  const settled: string[] = [];
  const give = (type: string) =>
    bench.event(type).then((settlement) => settled.push(`${type} ${settlement}`));
  return { bench, settled, give };
}

test('an input of an ephemeral machine is not settled while its actor lives', async () => {
  const { bench, settled, give } = await ephemeral();
  void give('go');
  await bench.clock.advance(1);
  bench.published();
  await bench.clock.advance(1);
  assert.equal(settled, []);
});

test('all inputs of an ephemeral actor are settled when it has ended and its messages are out', async () => {
  const { bench, settled, give } = await ephemeral();
  const go = give('go');
  await bench.clock.advance(1);
  const close = give('close');
  await bench.clock.advance(1);
  assert.equal(settled, []);
  bench.published();
  await Promise.all([go, close]);
  assert.equal(settled, ['go done', 'close done']);
});

test('an input of an ephemeral actor that still lives is given back when all stops', async () => {
  const { bench, settled, give } = await ephemeral();
  const go = give('go');
  await bench.clock.advance(1);
  await bench.loop.stop();
  await go;
  assert.equal(settled, ['go retry']);
});

test('after stop inputs are given back, also those that wait for a retry', async () => {
  const bench = await TurnBench.open(failing(() => new Error('down')));
  const waiting = bench.event('add', { n: 1 });
  await bench.clock.advance(1);
  await bench.loop.stop();
  assert.equal(await Promise.all([waiting, bench.event('add', { n: 1 })]), ['retry', 'retry']);
});

test('stop waits for the turn that is under way', async () => {
  const bench = await TurnBench.open();
  const given = bench.event('add', { n: 1 });
  await Promise.resolve();
  await bench.loop.stop();
  assert.equal([await given, bench.loop.isIdle], ['done', true]);
});

test.run();
