/**
 * What a turn costs when much is stored: a journal that is nearly empty beside one with many actors, timers and lines of history.
 * Both are asked and written alike; the ratio says what growth costs.
 */
import { SqlJournal } from '../../runtime/postgres/sql-journal.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';
import { journalRun } from './journal.ts';
import { openPlace, type Place } from './postgres-place.ts';

const rowsBySize: Readonly<Record<Size, number>> = { tiny: 1_000, quick: 100_000, full: 1_000_000 };
const batchesBySize: Readonly<Record<Size, number>> = { tiny: 3, quick: 100, full: 400 };
/** History grows fastest. */
const historyFactor = 10;

async function fill({ database }: Place, rows: number): Promise<void> {
  const { journalSchema: schema } = database;
  const key = `'old-' || lpad(n::text, 10, '0')`;
  const family = JSON.stringify({
    tokens: 0,
    root: { machine: 'saga', value: 'asking', context: { id: 'x', votes: 1 }, status: 'active' },
  });
  await database.query(
    `insert into ${schema}.actors (service, machine, key, version, machine_version, status, family, changed_at)
      select 'bench', 'saga', ${key}, 1, 1, 'active', $1::json, now() from generate_series(1, ${rows}) n`,
    [family],
  );
  await database.query(
    `insert into ${schema}.timers (service, machine, key, token, due_at_ms)
      select 'bench', 'saga', ${key}, '#1', 4e12 + n from generate_series(1, ${rows}) n`,
    [],
  );
  await database.query(
    `insert into ${schema}.history (id, topic, at_ms, entry)
      select ${key}, 'topic-' || n % ${rows}, n, '{}' from generate_series(1, ${rows * historyFactor}) n`,
    [],
  );
  await database.query('analyze', []);
}

/** What a start asks the journal: whose rows to adopt, which timer is next. */
async function starts(place: Place): Promise<number> {
  const startMs = performance.now();
  const again = new SqlJournal({ database: place.database });
  await again.open();
  await again.beat('starter', 1);
  await again.adopt('starter', ['bench'], 0, 500);
  await again.dueTimers(['bench'], 1, 1_000);
  await again.nextTimerAtMs(['bench'], 1);
  return performance.now() - startMs;
}

async function open(size: Size): Promise<Contest> {
  const [large, small] = [await openPlace('postgres'), await openPlace('postgres')];
  const rows = rowsBySize[size];
  await fill(large, rows);
  await fill(small, 1_000);
  const run = (place: Place) => (): Promise<Sample> =>
    journalRun(place.journal, batchesBySize[size], { loading: true });
  return {
    ours: run(large),
    other: run(small),
    async notes() {
      const [few, many] = [await starts(small), await starts(large)];
      return [
        `${rows} actors, ${rows} timers, ${rows * historyFactor} lines of history, beside a thousand of each`,
        `what a start asks the journal: ${many.toFixed(1)} ms, with little stored ${few.toFixed(1)} ms`,
      ];
    },
    async close() {
      await large.close();
      await small.close();
    },
  };
}

export const growth: Benchmark = {
  name: 'growth',
  unit: 'turns/s',
  needs: ['postgres'],
  slow: true,
  open,
};
