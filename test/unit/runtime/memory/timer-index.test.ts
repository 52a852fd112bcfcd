import fc from 'fast-check';
import { type IndexedTimer, TimerIndex } from '../../../../runtime/memory/timer-index.ts';
import { actor } from '../../../contract/journal/samples.ts';
import { assert, seed, suite } from '../../../support/suite.ts';

const test = suite('timer index');

function timer(sequence: number, dueAtMs: number): IndexedTimer {
  return { sequence, row: { address: actor('k'), token: `t${sequence}`, dueAtMs } };
}

/** What the index must answer, from a plain list. */
function sorted(timers: readonly IndexedTimer[]): IndexedTimer[] {
  return [...timers].sort((a, b) => a.row.dueAtMs - b.row.dueAtMs || a.sequence - b.sequence);
}

test('an empty index has nothing due and nothing next', () => {
  const index = new TimerIndex();
  assert.equal(index.due(Number.MAX_SAFE_INTEGER, 10), []);
  assert.is(index.nextAtMs(0), undefined);
  index.remove(timer(1, 1));
});

test('whatever is added and taken out, it answers as a sorted list would', () => {
  const times = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.boolean()), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(
      times,
      fc.integer({ min: 0, max: 70 }),
      fc.integer({ min: 1, max: 20 }),
      (added, atMs, limit) => {
        const index = new TimerIndex();
        const all = added.map(([dueAtMs], sequence) => timer(sequence, dueAtMs));
        for (const each of all) index.add(each);
        const kept = all.filter((_, at) => added[at]?.[1]);
        for (const each of all) if (!kept.includes(each)) index.remove(each);
        const expected = sorted(kept);
        assert.equal(
          index.due(atMs, limit),
          expected.filter(({ row }) => row.dueAtMs <= atMs).slice(0, limit),
        );
        assert.is(
          index.nextAtMs(atMs),
          expected.find(({ row }) => row.dueAtMs > atMs)?.row.dueAtMs,
        );
      },
    ),
    { seed: Number(seed()) },
  );
});

test('many more than fit in one run stay in order, while they come and while they go', () => {
  const index = new TimerIndex();
  const all = Array.from({ length: 5_000 }, (_, sequence) =>
    timer(sequence, (sequence * 7_919) % 5_003),
  );
  for (const each of all) index.add(each);
  assert.equal(index.due(10_000, 10_000), sorted(all));
  const left = all.filter(({ sequence }) => sequence % 10 === 0);
  for (const each of all) if (each.sequence % 10 !== 0) index.remove(each);
  assert.equal(index.due(10_000, 10_000), sorted(left));
});

test.run();
