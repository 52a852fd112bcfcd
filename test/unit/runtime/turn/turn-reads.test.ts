/** The reads that a step asks for, in the same turn or after its commit. */
import { setup } from 'xstate';
import type { StoreView } from '../../../../runtime/ports/store.ts';
import { read } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { cart, shopService } from '../shop.ts';
import { TurnBench } from './turn-bench.ts';

const test = suite('turn: reads');

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

test.run();
