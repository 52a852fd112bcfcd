/** Every failpoint, over the memory journal. */
import { assert, seed, suite } from '../../support/suite.ts';
import { sweep } from './sweep.ts';

const test = suite('sweep: memory', { deadlineMs: 240_000 });

test('killed at any failpoint, and again while it recovers: nothing is lost, done twice or left over', async () => {
  const { kills, findings, unreached } = await sweep({ journal: 'memory', seed: seed(), twice: 5, thorough: false });
  assert.equal([findings, unreached], [[], []]);
  assert.ok(kills > 48, `only ${kills} kills`);
});

test.run();
