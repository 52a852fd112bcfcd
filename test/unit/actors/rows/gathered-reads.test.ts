import { GatheredReads } from '../../../../actors/rows/gathered-reads.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('look-ups of one moment');

test('look-ups of one moment are one call, and each gets its own result', async () => {
  const calls: (readonly string[])[] = [];
  const reads = new GatheredReads(async (keys: readonly string[]) => {
    calls.push(keys);
    return keys.map((key) => key.toUpperCase());
  });
  assert.equal(await Promise.all(['a', 'b', 'a'].map((key) => reads.read(key))), ['A', 'B', 'A']);
  assert.is(await reads.read('c'), 'C');
  assert.equal(calls, [['a', 'b', 'a'], ['c']]);
});

test('a look-up that is asked for while another is under way is a call of its own', async () => {
  const calls: (readonly string[])[] = [];
  const answers: (() => void)[] = [];
  const reads = new GatheredReads(async (keys: readonly string[]) => {
    calls.push(keys);
    await new Promise<void>((resolve) => answers.push(resolve));
    return keys;
  });
  const first = reads.read('a');
  await Promise.resolve();
  const second = reads.read('b');
  await Promise.resolve();
  for (const answer of answers) answer();
  assert.equal([await second, await first], ['b', 'a']);
  assert.equal(calls, [['a'], ['b']]);
});

test('an error reaches all look-ups of the call, and the next call is tried', async () => {
  let isAway = true;
  const reads = new GatheredReads(async (keys: readonly string[]) => {
    if (isAway) throw new Error('away');
    return keys;
  });
  const ends = await Promise.allSettled([reads.read('a'), reads.read('b')]);
  assert.equal(
    ends.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  isAway = false;
  assert.is(await reads.read('a'), 'a');
});

test.run();
