/** The step against XState itself: the same random machine, the same random happenings, live and stepped. */
import fc from 'fast-check';
import { compareRuns } from '../../../support/machine-runs.ts';
import { proofSize } from '../../../support/proof-size.ts';
import { assert, seed, suite } from '../../../support/suite.ts';
import { WatchedMemo } from '../../../support/watched-memo.ts';
import { memoMutants } from './memo-mutants.ts';
import { agrees, differenceIn, pairs } from './pairs.ts';
import { regressions } from './regressions.ts';

const test = suite('machine step, differential', { deadlineMs: 120_000 });
const count = proofSize('machine-fuzz');
const sampled = 240;
/** Pairs within which each mutant of the memo is caught. */
const caughtWithin = 150;

test(`state, context, status, output and the order of effects are XState's own, ${count} pairs`, async () => {
  const memo = new WatchedMemo();
  try {
    assert.is(JSON.stringify(await differenceIn(count, seed(), memo)), undefined);
    assert.ok(memo.served > count, `the memo served ${memo.served} steps`);
  } finally {
    memo.stop();
  }
});

for (const { name, install } of memoMutants)
  test(`a memo that ${name} is caught`, async () => {
    const uninstall = install();
    const memo = new WatchedMemo();
    try {
      const drawn = fc.sample(pairs, { numRuns: caughtWithin, seed: 1 });
      let isCaught = false;
      for (const pair of drawn) isCaught ||= !(await agrees(pair, memo));
      assert.ok(isCaught);
    } finally {
      memo.stop();
      uninstall();
    }
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
  for (const [sketch, all] of fc.sample(pairs, {
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
