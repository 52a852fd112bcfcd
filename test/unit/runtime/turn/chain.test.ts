/** Chains: messages that are handed over within the batch of their sender, and each reason why a message is carried instead. */
import { assign, setup } from 'xstate';
import { createRuntime } from '../../../../composition/create-runtime.ts';
import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import { noLog } from '../../../../runtime/ports/log.ts';
import { defineService } from '../../../../runtime/service.ts';
import { publish } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf, StockStore } from '../shop.ts';

import {
  type Asked,
  asker,
  at,
  type Context,
  fact,
  inWorld,
  living,
  once,
  parts,
  put,
  question,
  route,
  teller,
} from './chain-world.ts';

const test = suite('chains');

test('a question, its answer and what follows are one commit, without rows of their messages', async () => {
  await inWorld({ a: asker({ ask: question('b', 'tell') }), b: once }, async (world) => {
    assert.is(await world.go(), 'over');
    assert.equal(world.machines, [['asker', 'once']]);
    const [turns = []] = world.commits;
    assert.equal(
      turns.map(({ inbox, outbox, asks }) => [inbox.length, outbox.length, asks.length]),
      [
        [1, 1, 0],
        [0, 0, 0],
      ],
    );
    assert.equal(await world.journal.counts(), {
      ...{ actors: 2, inbox: 1, outbox: 0, asks: 0, timers: 0, activities: 0 },
      ...{ history: 0, deadLetters: 0 },
    });
  });
});

test('an ephemeral receiver that ends at once leaves no turn', async () => {
  const b = { machine: once, ephemeral: true };
  await inWorld({ a: asker({ ask: question('b', 'tell') }), b }, async (world) => {
    assert.is(await world.go(), 'over');
    assert.equal(world.machines, [['asker']]);
  });
});

test('an ephemeral receiver that lives on gets the message the ordinary way', async () => {
  const b = { machine: living(), ephemeral: true };
  await inWorld({ a: asker({ tell: fact('b', 'tell') }), b }, async (world) => {
    await world.send('a');
    assert.equal([world.fate('message refused'), world.fate('message fused')], [1, 0]);
  });
});

test('an ephemeral receiver that lives gets the next message too', async () => {
  const told: string[] = [];
  const note = (): void => void told.push('told');
  const machine = setup({ actions: { note } }).createMachine({
    id: 'waiting',
    initial: 'open',
    states: {
      open: { on: { tell: 'waiting', told: 'over' } },
      waiting: { on: { told: { actions: 'note' } } },
      over: { type: 'final' },
    },
  });
  const b = { machine, ephemeral: true };
  const a = asker({ first: fact('b', 'tell') }, {});
  await inWorld({ a, b, others: [teller()] }, async (world) => {
    await world.send('a');
    await world.tell();
    assert.equal([told, world.fate('message busy')], [['told'], 1]);
  });
});

test('closed questions: an answer is carried while its asker and its sender live on', async () => {
  const machine = setup({
    types: {} as { context: Context },
    actions: { ...parts, ask: question('b', 'tell') },
  }).createMachine({
    id: 'asker',
    context: { caller: null, count: 0 },
    on: { go: { actions: ['take', 'ask'] }, heard: { actions: ['count', 'end'] } },
  });
  await inWorld({ a: machine, b: living() }, async (world) => {
    assert.is(await world.go(), 'over');
    assert.equal([world.fate('question fused'), world.fate('answer refused')], [1, 1]);
    assert.equal(world.machines, [['asker', 'living'], ['asker']]);
    assert.is((await world.journal.counts()).asks, 1);
  });
});

test('a message under an id that a machine chose is noted, and answered again without a step', async () => {
  const a = asker({ ask: question('b', 'tell', 'chosen') });
  await inWorld({ a, b: living() }, async (world) => {
    assert.equal([await world.go('a1'), await world.go('a2')], ['over', 'over']);
    assert.is(await world.count(), 1);
  });
});

test('a message whose read would miss a write of the chain is carried, if its store is not read in a commit', async () => {
  const a = asker({ put: put('x', 7), ask: question('b', 'tell') });
  const seen: (number | null)[] = [];
  const look = ({ event }: { event: unknown }): void => {
    seen.push((event as Asked).$.read);
  };
  const b = living({ look });
  const read = () => ({ store: 'stock', op: 'get', args: 'x' });
  await inWorld({ a, b, route: { read } }, async (world) => {
    assert.is(await world.go(), 'over');
    assert.equal([seen, world.fate('question refused')], [[7], 1]);
  });
});

test('a read of a store that the chain has not written is done in the chain', async () => {
  const read = () => ({ store: 'stock', op: 'get', args: 'x' });
  await inWorld(
    { a: asker({ ask: question('b', 'tell') }), b: once, route: { read } },
    async (world) => {
      assert.is(await world.go(), 'over');
      assert.equal(world.machines, [['asker', 'once']]);
    },
  );
});

test('writes keep their order: a step before a later turn that has written is not in the chain', async () => {
  const a = asker({ ask: question('b', 'tell') }, { put: put('x', 2) });
  const b = setup({
    types: {} as { context: Context },
    actions: { ...parts, put: put('x', 1) },
  }).createMachine({
    id: 'once',
    context: { caller: null, count: 0 },
    initial: 'open',
    states: {
      open: { on: { tell: { target: 'over', actions: ['put', 'answer'] } } },
      over: { type: 'final' },
    },
  });
  await inWorld({ a, b }, async (world) => {
    assert.is(await world.go(), 'over');
    assert.equal([world.store.rows.get('x'), world.fate('answer refused')], [2, 1]);
  });
});

test('in order: a message does not overtake an earlier one of its sender to the same queue', async () => {
  const order: string[] = [];
  const note = ({ event }: { event: { type: string } }): void => void order.push(event.type);
  const b = setup({ actions: { note } }).createMachine({
    id: 'notes',
    on: { tell: { actions: 'note' }, told: { actions: 'note' } },
  });
  const read = ({ action }: { action: string }) =>
    action === 'tell' ? { store: 'stock', op: 'get', args: 'x' } : undefined;
  const a = asker({ put: put('x', 1), first: fact('b', 'tell'), second: fact('b', 'told') });
  await inWorld({ a, b, route: { read } }, async (world) => {
    await world.send('a');
    assert.equal([order, world.fate('message behind-earlier')], [['tell', 'told'], 1]);
  });
});

test('a receiver that another chain has taken gets the message the ordinary way', async () => {
  await inWorld({ a: asker({ tell: fact('b', 'tell') }), b: living() }, async (world) => {
    await world.send('a1', 'a2', 'a3');
    assert.equal([world.fate('message fused'), world.fate('message busy')], [1, 2]);
    assert.is(await world.count(), 3);
  });
});

test('a write of a chain that is refused: the roots are done without chains, and the right machine is told', async () => {
  const told: string[] = [];
  const deny = (): void => void told.push('denied');
  const b = setup({
    types: {} as { context: Context },
    actions: { ...parts, put: put('x', -1), deny },
  }).createMachine({
    id: 'living',
    context: { caller: null, count: 0 },
    on: { tell: { actions: ['put', 'answer'] }, 'error.write': { actions: 'deny' } },
  });
  await inWorld({ a: asker({ tell: fact('b', 'tell') }), b }, async (world) => {
    await world.send('a');
    assert.equal([told, world.running.fused.redone], [['denied'], 1]);
    assert.ok(
      (await world.journal.inspect({ service: 'a', machine: 'asker', key: 'a' })) !== undefined,
    );
  });
});

test('a message that no state takes is carried, and becomes a dead letter there', async () => {
  await inWorld({ a: asker({ tell: fact('b', 'told') }), b: once }, async (world) => {
    await world.send('a');
    const [deadLetter] = await world.running.deadLetters.list();
    assert.equal([world.fate('message refused'), deadLetter?.service], [1, 'b']);
  });
});

test('a message over which the receiver fails is carried, and its dead letter is told there', async () => {
  const fail = assign<Context, { type: string }, undefined, { type: string }, never>(() => {
    throw new Error('no');
  });
  const b = setup({ types: {} as { context: Context }, actions: { fail } }).createMachine({
    id: 'failing',
    context: { caller: null, count: 0 },
    on: { tell: { actions: 'fail' } },
  });
  await inWorld({ a: asker({ tell: fact('b', 'tell') }), b }, async (world) => {
    await world.send('a');
    assert.equal([world.fate('message refused'), world.fate('message fused')], [1, 0]);
    assert.is((await world.running.deadLetters.list()).length, 1);
  });
});

test('a message over which a child of the receiver fails is carried, and the failure is told there', async () => {
  const child = setup({
    types: {} as { context: Context },
    actions: {
      burst: assign<Context, { type: string }, undefined, { type: string }, never>(() => {
        throw new Error('burst');
      }),
    },
  }).createMachine({ id: 'child', context: { caller: null, count: 0 }, entry: 'burst' });
  const b = setup({ actors: { child } }).createMachine({
    id: 'parent',
    initial: 'open',
    states: { open: { on: { tell: 'busy' } }, busy: { invoke: { src: 'child', onError: 'open' } } },
  });
  await inWorld({ a: asker({ tell: fact('b', 'tell') }), b }, async (world) => {
    await world.send('a');
    assert.equal([world.fate('message refused'), world.fate('message fused')], [1, 0]);
    assert.is((await world.running.deadLetters.list()).length, 1);
  });
});

test('a chain passes the limits of a carried message: a body that is too large is refused', async () => {
  const tell = publish(() => ({
    ...at('b'),
    action: 'tell',
    data: { key: 'b', text: 'x'.repeat(5_000) },
  }));
  const config = { limits: { body_bytes: 1_024 } };
  await inWorld({ a: asker({ tell }), b: once, config }, async (world) => {
    await world.send('a');
    const dead = await world.running.deadLetters.list();
    assert.equal([dead.length, world.fate('message not-here')], [1, 1]);
  });
});

test('bounded: two actors that tell each other without end leave the batch, and others go on', async () => {
  let left = 3_000;
  const back = publish(() => ({
    ...at('b'),
    action: 'tell',
    data: { key: left % 2 === 0 ? 'b' : 'c' },
  }));
  const once = (): void => {
    left -= 1;
  };
  const b = setup({
    types: {} as { context: Context },
    actions: { back, once },
    guards: { goesOn: () => left > 0 },
  }).createMachine({
    id: 'living',
    context: { caller: null, count: 0 },
    on: { tell: { guard: 'goesOn', actions: ['once', 'back'] } },
  });
  await inWorld({ a: asker({ tell: fact('b', 'tell') }), b }, async (world) => {
    await world.send('a');
    assert.ok(world.fate('message budget') > 0);
    assert.ok(world.commits.length > 1);
  });
});

test('with `fuse: false` every message is carried', async () => {
  const store = new StockStore();
  const journal = new MemoryJournal({ stores: [store] });
  const running = createRuntime({
    services: [
      defineService({
        config: configOf('a', { reply_exchanges: [{ name: 'b', type: 'direct' }] }),
        machines: { asker: asker({ ask: question('b', 'tell') }) },
        messages: { go: route('asker') },
      }),
      defineService({
        config: configOf('b'),
        machines: { once },
        messages: { tell: route('once') },
      }),
    ],
    journal,
    fuse: false,
    log: noLog,
  });
  await running.start();
  const client = await running.client('test');
  assert.is(await client.request(at('a'), { action: 'go', data: { key: 'a' } }), 'over');
  assert.equal(running.fused.all, {});
  await client.close();
  await running.stop();
});

test.run();
