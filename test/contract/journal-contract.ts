/**
 * What every journal must do, as tests. Run on memory, PGlite and PostgreSQL; the numbers are those of `runtime/ports/journal.ts`.
 *
 * A further journal needs a `JournalBench` and a call of each function below.
 */
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { acting } from './journal/acting.ts';
import { adopting } from './journal/adopting.ts';
import { asking } from './journal/asking.ts';
import { Bench, Breaking, type JournalBench } from './journal/bench.ts';
import { committing } from './journal/committing.ts';
import { conflicting } from './journal/conflicting.ts';
import { deadLetters } from './journal/dead-letters.ts';
import { handingOver } from './journal/handing-over.ts';
import { loading } from './journal/loading.ts';
import { opening } from './journal/opening.ts';
import { pruning } from './journal/pruning.ts';
import { publishing } from './journal/publishing.ts';
import { recording } from './journal/recording.ts';
import { redoing } from './journal/redoing.ts';
import { remembering } from './journal/remembering.ts';
import { anActor, everything, message, record, turn } from './journal/samples.ts';
import { surveying } from './journal/surveying.ts';
import { timing } from './journal/timing.ts';
import { tracing } from './journal/tracing.ts';

export type { JournalBench, JournalUnderTest } from './journal/bench.ts';

const parts = [
  committing,
  opening,
  conflicting,
  loading,
  remembering,
  publishing,
  adopting,
  asking,
  timing,
  tracing,
  acting,
  recording,
  deadLetters,
  redoing,
  surveying,
  handingOver,
  pruning,
];

/** One suite for all parts: a database is started once. */
export function journalContract(
  name: string,
  createBench: () => Promise<JournalBench>,
  options: SuiteOptions = {},
): void {
  const test = suite(`journal: ${name}`, options);
  let benches: JournalBench;
  let bench: Bench;

  test.before(async () => {
    benches = await createBench();
  });
  test.before.each(async () => {
    const failpoints = new Breaking();
    bench = new Bench(await benches.fresh(failpoints), failpoints);
  });
  test.after(() => benches?.end());

  for (const part of parts) part(test, () => bench);
  test.run();
}

/** What a journal that outlives its process must do besides. `createBench` is called once a test. */
export function journalRestartContract(
  name: string,
  createBench: () => Promise<JournalBench>,
  options: SuiteOptions = {},
): void {
  const test = suite(`journal after a restart: ${name}`, options);
  const failpoints = new Breaking();
  let bench: JournalBench;

  test.before.each(async () => {
    bench = await createBench();
  });
  test.after.each(() => bench.end());

  test('closed and opened again it holds what was committed', async () => {
    const first = await bench.fresh(failpoints);
    await first.journal.commit('one', [everything()]);
    const counted = await first.journal.counts();
    const secret = await first.journal.secret();
    await first.journal.close();
    await first.journal.close();
    const second = await bench.reopened(failpoints);
    assert.equal(await second.journal.counts(), counted);
    assert.is(await second.journal.secret(), secret);
    assert.equal(await second.names(), ['first', 'second']);
    assert.equal((await second.journal.load([{ address: anActor, messageIds: ['m1'] }]))[0], {
      version: 1,
      record: record({ value: 'asking' }),
      seen: [{ messageId: 'm1', digest: 'd', answer: { agreed: true } }],
    });
    assert.equal((await second.journal.adopt('two', ['objects'], 0, 10)).outbox, [message('o1')]);
  });

  test('a closed journal says that it cannot be reached', async () => {
    const { journal } = await bench.fresh(failpoints);
    await journal.close();
    await assert.rejects(
      journal.commit('one', [turn()]),
      (error) => error instanceof Error && 'code' in error && error.code === 'not-reachable',
    );
    await assert.rejects(
      journal.load([{ address: anActor, messageIds: [] }]),
      (error) => error instanceof Error && 'code' in error && error.code === 'not-reachable',
    );
    await assert.rejects(
      journal.begin(),
      (error) => error instanceof Error && 'code' in error && error.code === 'not-reachable',
    );
  });

  test.run();
}
