/** The step against XState itself: the same random machine, the same random happenings, live and stepped. */
import fc from 'fast-check';
import { compareRuns } from '../../../support/machine-runs.ts';
import { happenings, machineSketches } from '../../../support/machine-sketch.ts';
import { proofSize } from '../../../support/proof-size.ts';
import { assert, seed, suite } from '../../../support/suite.ts';
import { differenceIn } from './pairs.ts';
import { regressions } from './regressions.ts';

const test = suite('machine step, differential', { deadlineMs: 120_000 });
const pairs = proofSize('machine-fuzz');
const sampled = 120;

test(`state, context, status, output and the order of effects are XState's own, ${pairs} pairs`, async () => {
  assert.is(JSON.stringify(await differenceIn(pairs, seed())), undefined);
});

for (const [what, [sketch, all]] of regressions) {
  test(`once different: ${what}`, async () => {
    const { live, stepped } = await compareRuns(sketch, all);
    assert.equal(stepped, live);
  });
}

test('the pairs are no empty ones: they go on, end, fail, throw, work, read messages, and talk to children', async () => {
  const words = new Set<string>();
  const statuses = new Set<string>();
  const works = new Set<string>();
  for (const [sketch, all] of fc.sample(fc.tuple(machineSketches, happenings), {
    numRuns: sampled,
    seed: 2,
  })) {
    for (const sight of (await compareRuns(sketch, all)).live) {
      statuses.add('threw' in sight ? 'threw' : sight.status);
      if ('threw' in sight) continue;
      for (const word of sight.said) words.add(word.split(' at ')[0] as string);
      for (const work of sight.works) works.add(work.split('-')[0] as string);
    }
  }
  assert.equal([...statuses].sort(), ['active', 'done', 'error', 'threw']);
  for (const word of [
    '1',
    'companion up',
    'companion hears',
    'companion is answered',
    'listener hears',
    'told',
    'emitted 1',
    'logged 1',
    'A "own output"',
  ])
    assert.ok(words.has(word), word);
  assert.equal([...works].sort(), ['own of companion', 'own of spawned', 'work']);
});

test.run();
