import { Housekeeping } from '../../../../runtime/duties/housekeeping.ts';
import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import { noLog } from '../../../../runtime/ports/log.ts';
import { defaultRetention, prunables } from '../../../../runtime/ports/retention.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('housekeeping, beat by beat');

/** Kinds that have been pruned so far, over a journal in memory. */
async function watched() {
  const journal = new MemoryJournal({ stores: [] });
  await journal.open();
  const pruned: string[] = [];
  const clock = new VirtualClock();
  const housekeeping = new Housekeeping({
    journal: {
      prune: (kind, beforeMs, limit) => {
        pruned.push(kind);
        return journal.prune(kind, beforeMs, limit);
      },
    },
    ...{ clock, log: noLog, failpoints: noFailpoints, retention: defaultRetention },
  });
  /** One beat, and what it has begun. */
  const beat = async (): Promise<number> => {
    const before = pruned.length;
    housekeeping.tick();
    await clock.advance(1_000);
    return pruned.length - before;
  };
  return { beat, clock };
}

test('the beat of a start begins no pass; the next does, and then one a minute', async () => {
  const { beat, clock } = await watched();
  const kept = prunables.filter((kind) => Number.isFinite(defaultRetention[kind])).length;
  assert.equal([await beat(), await beat(), await beat()], [0, kept, 0]);
  await clock.advance(60_000);
  assert.is(await beat(), kept);
});

test.run();
