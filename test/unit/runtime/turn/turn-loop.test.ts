import { setup } from 'xstate';
import { Broken, Conflict, Transient } from '../../../../runtime/ports/errors.ts';
import type { TurnCommit } from '../../../../runtime/ports/journal-rows.ts';
import { defineService } from '../../../../runtime/service.ts';
import { publish, write } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf, shopService } from '../shop.ts';
import { asker, TurnBench } from './turn-bench.ts';

const test = suite('turn loop');

/** A journal whose commits fail as told, before they begin. */
function failing(failures: (turns: readonly TurnCommit[]) => Error | undefined) {
  return {
    journal: (real: TurnBench['journal']) => ({
      commit: async (
        instance: string,
        turns: readonly TurnCommit[],
        confirmed?: readonly string[],
      ) => {
        const failure = failures(turns);
        if (failure !== undefined) throw failure;
        await real.commit(instance, turns, confirmed);
      },
    }),
  };
}

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

/** A journal that counts what it is asked for, alone or with others over it. */
function counting(loads: string[][], exclusive: boolean) {
  return {
    journal: (real: TurnBench['journal']) => ({
      exclusive,
      load: (requests: Parameters<typeof real.load>[0]) => {
        loads.push(requests.map(({ address }) => address.key));
        return real.load(requests);
      },
    }),
  };
}

test('an actor that is kept is not asked for again; one that had to go is', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, true));
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await bench.event('add', { n: 1 }, { key });
  assert.equal(loads, [['a'], ['b'], ['c'], ['b']]);
  assert.equal(
    [await bench.state('a'), await bench.state('b')],
    [
      ['open', 3],
      ['open', 2],
    ],
  );
});

test('of a batch only those are asked for that are not kept', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, true));
  await bench.event('add', { n: 1 }, { key: 'a' });
  await Promise.all(['b', 'a', 'c'].map((key) => bench.event('add', { n: 1 }, { key })));
  assert.equal(loads, [['a'], ['b', 'c']]);
  assert.equal(
    [await bench.state('a'), await bench.state('b'), await bench.state('c')],
    [
      ['open', 2],
      ['open', 1],
      ['open', 1],
    ],
  );
});

test('a message that comes again is asked for, and its answer given again', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, true));
  for (const identity of ['m1', 'm2', 'm1'])
    await bench.event('add', { n: 1 }, { identity, replyTo: asker(identity) });
  assert.equal([loads.length, await bench.state()], [2, ['open', 2]]);
  assert.equal(bench.answers, [{ count: 1 }, { count: 2 }, { count: 1 }]);
});

test('with other processes over the journal every actor is asked for, until for long none was changed by them', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, false));
  for (let n = 0; n < 70; n += 1) await bench.event('add', { n: 1 });
  assert.equal([loads.length, await bench.state()], [65, ['open', 70]]);
});

/** The answer to a question that was known without asking the journal. */
function remembered(asked: string) {
  return { starts: false, ignoreIfAbsent: true, answer: true, asked, remembered: true };
}

test('a question is known while its actor is kept, and its answer taken without asking the journal', async () => {
  const bench = await TurnBench.open();
  await bench.event('pay');
  const asked = bench.commits[0]?.asks[0]?.correlationId ?? '';
  assert.equal(bench.families.ask(asked)?.event, 'paid');
  await bench.event('paid', {}, remembered(asked));
  assert.equal([await bench.state(), bench.families.ask(asked)], [['open', 0], undefined]);
});

test('an answer changes nothing when its question has gone with a life that another process has ended', async () => {
  const bench = await TurnBench.open();
  await bench.event('pay');
  const asked = bench.commits[0]?.asks[0]?.correlationId ?? '';
  const other = await TurnBench.open({
    journal: () => ({
      load: (all) => bench.journal.load(all),
      commit: (who, all) => bench.journal.commit(who, all),
    }),
  });
  await other.event('paid', {}, { ...remembered(asked), remembered: false });
  for (const type of ['close', 'pay']) await other.event(type);
  assert.is(await bench.event('paid', {}, remembered(asked)), 'done');
  assert.equal(
    [await bench.state(), (await bench.journal.counts()).deadLetters],
    [['paying', 0], 0],
  );
});

test('what another process has changed behind a belief is seen, and ends the belief', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, false));
  for (let n = 0; n < 66; n += 1) await bench.event('add', { n: 1 });
  const other = await TurnBench.open({
    journal: () => ({
      load: (all) => bench.journal.load(all),
      commit: (who, all) => bench.journal.commit(who, all),
    }),
  });
  await other.event('add', { n: 100 });
  await Promise.all([bench.event('add', { n: 1 }), bench.event('add', { n: 1 }, { key: 'two' })]);
  await bench.event('add', { n: 1 });
  assert.equal(
    [await bench.state(), await bench.state('two')],
    [
      ['open', 168],
      ['open', 1],
    ],
  );
  assert.equal(loads.slice(65), [['two'], ['one', 'two'], ['one']]);
});

/** A store whose reads of 'slow' end when the test says so. */
async function slowReads(): Promise<{ bench: TurnBench; end: () => unknown }> {
  const bench = await TurnBench.open();
  const ends: (() => void)[] = [];
  const original = bench.store.read.bind(bench.store);
  bench.store.read = async (op, args) => {
    if (args === 'slow') await new Promise<void>((resolve) => ends.push(resolve));
    return original(op, args);
  };
  return { bench, end: () => ends.splice(0).map((each) => each()) };
}

const reading = (args: string) => ({ read: { store: 'stock', op: 'get', args } });

test('a slow read holds only its own turn of the batch, and its lane takes the next batch', async () => {
  const { bench, end } = await slowReads();
  const settled: string[] = [];
  const give = (type: string, key: string, args?: string) =>
    void bench
      .event(type, { n: 1, name: key }, { key, ...(args === undefined ? {} : reading(args)) })
      .then((settlement) => settled.push(`${key} ${settlement}`));
  for (const key of ['s1', 's2']) give('putSeen', key, 'slow');
  give('putSeen', 'quick', 'a');
  give('add', 'ready');
  await bench.clock.advance(10);
  assert.equal(settled.sort(), ['quick done', 'ready done']);
  for (const key of ['s3', 's4', 's5']) {
    give('putSeen', key, 'slow');
    await bench.clock.advance(10);
  }
  give('add', 'later');
  give('add', 's1');
  await bench.clock.advance(1);
  assert.equal([settled.slice(2), bench.loop.isIdle], [['later done'], false]);
  end();
  await bench.clock.advance(1);
  const slow = ['s1', 's1', 's2', 's3', 's4', 's5'];
  assert.equal(
    settled.slice(3).sort(),
    slow.map((key) => `${key} done`),
  );
  assert.equal([await bench.state('s1'), bench.loop.isIdle], [['open', 1], true]);
});

test('a slow read that fails is done again alone, after the rest of its batch is committed', async () => {
  const { bench, end } = await slowReads();
  let down = true;
  const original = bench.store.read.bind(bench.store);
  bench.store.read = async (op, args) => {
    const found = await original(op, args);
    if (args === 'slow' && down) throw new Transient('not-reachable', 'down');
    return found;
  };
  const slow = bench.event('putSeen', { name: 'b' }, { key: 'slow', ...reading('slow') });
  const ready = bench.event('add', { n: 1 }, { key: 'ready' });
  await bench.clock.advance(10);
  assert.is(await ready, 'done');
  for (const isDown of [true, true, false]) {
    down = isDown;
    end();
    await bench.clock.advance(1_000);
  }
  assert.equal([await slow, [...bench.store.rows]], ['done', [['b', 1]]]);
});

test('stop waits for turns whose reads are slow', async () => {
  const { bench, end } = await slowReads();
  const slow = bench.event('putSeen', {}, { key: 'slow', ...reading('slow') });
  await bench.clock.advance(10);
  let isStopped = false;
  const stopped = bench.loop.stop().then(() => {
    isStopped = true;
  });
  await bench.clock.advance(1);
  assert.not(isStopped);
  end();
  await stopped;
  assert.is(await slow, 'done');
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

test('what has no name waits a while and comes again', async () => {
  let failures = 2;
  const bench = await TurnBench.open(
    failing(() => (failures-- > 0 ? new Error('down') : undefined)),
  );
  const settled = bench.event('add', { n: 1 });
  await bench.clock.advance(49);
  assert.equal(await bench.state(), null);
  await bench.clock.advance(1);
  assert.is(await settled, 'done');
  assert.equal(await bench.state(), ['open', 1]);
});

test('while an actor waits, another goes on', async () => {
  const bench = await TurnBench.open(
    failing((turns) =>
      turns.some(({ address }) => address.key === 'bad')
        ? new Transient('not-reachable', 'down')
        : undefined,
    ),
  );
  void bench.event('add', { n: 1 }, { key: 'bad' });
  await bench.event('add', { n: 1 }, { key: 'good' });
  assert.equal([await bench.state('good'), await bench.state('bad')], [['open', 1], null]);
});

test('a write that throws is given to the machine at once, and only to the one whose write it is', async () => {
  const bench = await TurnBench.open();
  const good = bench.event(
    'put',
    { name: 'good', value: 1 },
    { identity: 'm0', replyTo: asker('m0') },
  );
  const bad = bench.event(
    'put',
    { name: 'bad', value: 1_001 },
    { identity: 'm1', replyTo: asker('m1') },
  );
  assert.equal(await Promise.all([good, bad]), ['done', 'done']);
  assert.equal(
    [[...bench.store.rows], bench.answers],
    [[['good', 1]], ['ok', { refused: 'write-failed' }]],
  );
});

test('a commit that fails again and again without a name is given to the machine whose it is', async () => {
  const isBad = ({ writes }: TurnCommit) =>
    writes.some(({ args }) => (args as { name: string }).name === 'bad');
  const bench = await TurnBench.open(
    failing((turns) => (turns.some(isBad) ? new TypeError('no such thing') : undefined)),
  );
  const good = bench.event(
    'put',
    { name: 'good', value: 1 },
    { identity: 'm0', replyTo: asker('m0') },
  );
  const bad = bench.event(
    'put',
    { name: 'bad', value: 1 },
    { identity: 'm1', replyTo: asker('m1') },
  );
  await bench.clock.advance(60_000);
  assert.equal(await Promise.all([good, bad]), ['done', 'done']);
  assert.equal(
    [[...bench.store.rows], bench.answers],
    [[['good', 1]], ['ok', { refused: 'write-failed' }]],
  );
});

test('after a long outage without a name nothing is given up', async () => {
  let down = true;
  const bench = await TurnBench.open(
    failing(() => (down ? new Error('connection lost') : undefined)),
  );
  const settled = bench.event(
    'put',
    { name: 'a', value: 1 },
    { identity: 'm0', replyTo: asker('m0') },
  );
  await bench.clock.advance(120_000);
  down = false;
  await bench.clock.advance(5_000);
  assert.equal([await settled, bench.answers], ['done', ['ok']]);
});

test('a message whose outcome can never be committed is set aside as a dead letter, and the next goes on', async () => {
  const isBad = ({ inbox }: TurnCommit) => inbox.some(({ messageId }) => messageId === 'bad');
  for (const error of [
    new Broken('write-failed', 'an index row is too large'),
    new TypeError('no'),
  ]) {
    const bench = await TurnBench.open(failing((turns) => (turns.some(isBad) ? error : undefined)));
    const bad = bench.event('put', { value: 1 }, { identity: 'bad' });
    await bench.clock.advance(60_000);
    assert.is(await bad, 'done');
    await bench.event('add', { n: 1 }, { identity: 'good' });
    const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
    assert.match(deadLetter?.reason ?? '', error.message);
    assert.equal(await bench.state(), ['open', 1]);
  }
});

test('a read that fails again and again without a name ends in a dead letter', async () => {
  const bench = await TurnBench.open();
  bench.store.read = async () => {
    throw new TypeError('no such column');
  };
  const read = { store: 'stock', op: 'get', args: 'a' };
  const asked = bench.event('putSeen', {}, { identity: 'm0', replyTo: asker('m0'), read });
  const looked = bench.event('look', {}, { key: 'two' });
  await bench.clock.advance(60_000);
  assert.equal(await Promise.all([asked, looked]), ['done', 'done']);
  const deadLetters = await bench.journal.deadLetters(['shop'], 9);
  assert.equal([deadLetters.length, bench.answers.length], [1, 1]);
  assert.match(JSON.stringify(bench.answers), 'no such column');
});

test('a read of data that the database cannot take is final at once', async () => {
  const bench = await TurnBench.open();
  bench.store.read = async () => {
    throw new Broken('write-failed', 'the database cannot take the data: a NUL');
  };
  const read = { store: 'stock', op: 'get', args: 'a' };
  await bench.event('putSeen', {}, { identity: 'm0', replyTo: asker('m0'), read });
  assert.match(JSON.stringify(bench.answers), 'a NUL');
});

test('a read that cannot reach the database is done again without end', async () => {
  const bench = await TurnBench.open();
  let down = true;
  bench.store.read = async () => {
    if (down) throw new Transient('not-reachable', 'down');
    return null;
  };
  const read = { store: 'stock', op: 'get', args: 'a' };
  const asked = bench.event('putSeen', {}, { identity: 'm0', replyTo: asker('m0'), read });
  await bench.clock.advance(120_000);
  down = false;
  await bench.clock.advance(5_000);
  assert.equal([await asked, bench.answers], ['done', ['ok']]);
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
