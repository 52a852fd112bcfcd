/** Every failpoint, over the memory journal. */
import { proofSize } from '../../support/proof-size.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { memoryRound } from './memory-sweep.ts';
import { sweep } from './sweep.ts';

const test = suite('sweep: memory', { deadlineMs: 240_000 });

test('killed at any failpoint, and again while it recovers: nothing is lost, done twice or left over', async () => {
  const { kills, findings, unreached } = await sweep({
    journal: 'memory',
    seed: seed(),
    twice: proofSize('sweep-twice'),
    thorough: false,
  });
  assert.equal([findings, unreached], [[], []]);
  assert.ok(kills > 48, `only ${kills} kills`);
});

/** A world has few answers. Where the draw hands over all of them, worlds of other seeds are killed there. */
const otherWorlds = 6;

test('one process that hands messages over, killed at any failpoint: nothing is lost, done twice or left over', async () => {
  for (const handOver of [1, 0.5]) {
    const killing = { journal: 'memory', thorough: false, handOver } as const;
    const all = await sweep({ ...killing, seed: seed(), twice: proofSize('sweep-twice') });
    assert.equal(all.findings, []);
    const { kills, fused } = all;
    assert.ok(
      kills > 48 && fused > kills,
      `only ${kills} kills, and ${fused} messages handed over`,
    );
    let { unreached } = all;
    for (let n = 1; n <= otherWorlds && unreached.length > 0; n += 1) {
      const again = await sweep({ ...killing, seed: seed() + n, twice: 0, failpoints: unreached });
      assert.equal(again.findings, []);
      unreached = again.unreached;
    }
    assert.equal(unreached, []);
  }
});

/** Rounds that once found something: a replay was taken, the answer was lost, and nobody knew of it. */
const regressions = [1_163_437_177];

test('a journal that refuses, happens unheard or is cut off half-way: nothing is lost, done twice or left over', async () => {
  for (const round of [...regressions, ...Array.from({ length: 6 }, (_, n) => seed() + n)]) {
    const faults = { delayMs: { min: 0, max: 10 }, refused: 0.05, unanswered: 0.1, cut: 0.01 };
    for (const handOver of [undefined, 1, 0.5])
      assert.equal(
        await memoryRound(round, faults, handOver),
        { lost: [], doubled: [], stuck: [] },
        `seed ${round}, hands over ${handOver}`,
      );
  }
});

test.run();
