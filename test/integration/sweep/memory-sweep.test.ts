/** Every failpoint, over the memory journal. */
import { assert, seed, suite } from '../../support/suite.ts';
import { memoryRound } from './memory-sweep.ts';
import { sweep } from './sweep.ts';

const test = suite('sweep: memory', { deadlineMs: 240_000 });

test('killed at any failpoint, and again while it recovers: nothing is lost, done twice or left over', async () => {
  const { kills, findings, unreached } = await sweep({ journal: 'memory', seed: seed(), twice: 5, thorough: false });
  assert.equal([findings, unreached], [[], []]);
  assert.ok(kills > 48, `only ${kills} kills`);
});

test('a journal that refuses, happens unheard or is cut off half-way: nothing is lost, done twice or left over', async () => {
  for (let n = 0; n < 6; n += 1) {
    const faults = { delayMs: { min: 0, max: 10 }, refused: 0.05, unanswered: 0.1, cut: 0.01 };
    assert.equal(await memoryRound(seed() + n, faults), { lost: [], doubled: [], stuck: [] }, `seed ${seed() + n}`);
  }
});

test.run();
