/** Failures that name no turn: how long the loop tries again, and when it gives a failure to a machine. */
import { Broken, Transient } from '../../../../runtime/ports/errors.ts';
import type { TurnCommit } from '../../../../runtime/ports/journal-rows.ts';
import { assert, suite } from '../../../support/suite.ts';
import { failing } from './failing-journal.ts';
import { asker, TurnBench } from './turn-bench.ts';

const test = suite('turn loop: retries');

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

test.run();
