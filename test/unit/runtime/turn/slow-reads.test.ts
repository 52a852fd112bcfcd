import { Transient } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';
import { TurnBench } from './turn-bench.ts';

const test = suite('turn loop: slow reads');

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

test.run();
