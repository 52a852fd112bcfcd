import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import { Transient } from '../../../../runtime/ports/errors.ts';
import type { Journal } from '../../../../runtime/ports/journal.ts';
import {
  FailingJournal,
  type FailingJournalOptions,
} from '../../../../runtime/simulated/failing-journal.ts';
import {
  drawnJournalFaults,
  type JournalFate,
  noJournalFaults,
} from '../../../../runtime/simulated/journal-faults.ts';
import { seededChance } from '../../../../runtime/simulated/seeded-chance.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { anActor, record, turn } from '../../../contract/journal/samples.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('failing journal');

interface World {
  readonly clock: VirtualClock;
  readonly journal: Journal;
  readonly failing: FailingJournal;
}

async function world(options: Partial<FailingJournalOptions> = {}): Promise<World> {
  const clock = new VirtualClock(0);
  const journal = new MemoryJournal({ stores: [] });
  await journal.open();
  return {
    clock,
    journal,
    failing: new FailingJournal(journal, { clock, chance: seededChance(1), ...options }),
  };
}

const commit = ({ failing }: World, n = 0): Promise<void> =>
  failing.port.commit('me', [
    turn({
      expectedVersion: n,
      record: record(n + 1),
      inbox: [{ digest: 'd', messageId: `m${n}` }],
    }),
  ]);

async function storedVersion({ journal }: World): Promise<number> {
  const [loaded] = await journal.load([{ address: anActor, messageIds: [] }]);
  return loaded?.version ?? 0;
}

/** `done`, `failed` (with `Transient`) or `pending` when a second has passed. */
async function stateAfter({ clock }: World, work: Promise<unknown>): Promise<string> {
  let state = 'pending';
  work.then(
    () => (state = 'done'),
    (error: unknown) => (state = error instanceof Transient ? 'failed' : String(error)),
  );
  await clock.advance(1_000);
  return state;
}

const fated = (fate: JournalFate) => ({ fates: new Map([[1, fate]]) });

test('without faults everything passes through, and nothing takes time', async () => {
  const calm = await world();
  await commit(calm);
  assert.is(await storedVersion(calm), 1);
  assert.equal([calm.failing.calls, calm.clock.now()], [1, 0]);
});

test('a call that is refused has not happened', async () => {
  const bad = await world(fated('refused'));
  assert.is(await stateAfter(bad, commit(bad)), 'failed');
  assert.is(await storedVersion(bad), 0);
});

test('a call whose answer is lost has happened', async () => {
  const bad = await world(fated('unanswered'));
  assert.is(await stateAfter(bad, commit(bad)), 'failed');
  assert.is(await storedVersion(bad), 1);
});

test('only the call of that number has the fate', async () => {
  const bad = await world({ fates: new Map([[2, 'refused']]) });
  await commit(bad);
  await assert.rejects(commit(bad, 1), /did not answer call 2, 'commit': it was refused/);
  await commit(bad, 1);
  assert.is(await storedVersion(bad), 2);
});

test('when the connection is cut everything under way fails, and calls are refused until it is there again', async () => {
  const bad = await world({ faults: { ...noJournalFaults, delayMs: { min: 10, max: 10 } } });
  const [one, other] = [commit(bad), bad.failing.port.beat('me', 0)];
  bad.failing.cut(500);
  assert.equal(await Promise.all([stateAfter(bad, one), stateAfter(bad, other)]), [
    'failed',
    'failed',
  ]);
  bad.failing.cut(5_000);
  assert.is(await stateAfter(bad, bad.failing.port.beat('me', 0)), 'failed');
  bad.failing.heal();
  assert.is(await stateAfter(bad, bad.failing.port.beat('me', 0)), 'done');
});

test('a cut leaves the call that met it done in some runs and not done in others', async () => {
  const versions = new Set<number>();
  for (let seed = 1; seed <= 20; seed += 1) {
    const bad = await world({ chance: seededChance(seed), ...fated('cut') });
    assert.is(await stateAfter(bad, commit(bad)), 'failed');
    versions.add(await storedVersion(bad));
  }
  assert.equal([...versions].sort(), [0, 1]);
});

test('what had not arrived when the process crashed never happens, and nobody is answered', async () => {
  const versions = new Set<number>();
  for (let seed = 1; seed <= 20; seed += 1) {
    const bad = await world({
      chance: seededChance(seed),
      faults: { ...noJournalFaults, delayMs: { min: 100, max: 100 } },
    });
    const work = commit(bad);
    await bad.clock.advance(50);
    bad.failing.crash();
    assert.is(await stateAfter(bad, work), 'pending');
    versions.add(await storedVersion(bad));
  }
  assert.equal([...versions].sort(), [0, 1]);
});

test('looking never fails', async () => {
  const bad = await world({ faults: { ...noJournalFaults, refused: 1 } });
  assert.is((await bad.failing.port.counts()).actors, 0);
  await bad.failing.port.open();
  assert.is(bad.failing.calls, 0);
});

test("a journal's own refusal comes back as it is", async () => {
  const calm = await world();
  await commit(calm);
  await assert.rejects(commit(calm), /is at version 1, not 0/);
});

test('the same seed gives the same run', async () => {
  const runOf = async (seed: number): Promise<string> => {
    const bad = await world({
      chance: seededChance(seed),
      faults: { delayMs: { min: 1, max: 9 }, refused: 0.2, unanswered: 0.2, cut: 0.1 },
    });
    const ends: string[] = [];
    for (let call = 0; call < 40; call += 1)
      ends.push(`${await stateAfter(bad, bad.failing.port.beat('me', call))} ${bad.clock.now()}`);
    return ends.join();
  };
  assert.is(await runOf(3), await runOf(3));
  assert.is.not(await runOf(3), await runOf(4));
});

test('drawn faults are rates', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const { delayMs, refused, unanswered, cut } = drawnJournalFaults(seededChance(seed));
    assert.ok(delayMs.min <= delayMs.max && refused + unanswered + cut <= 1);
  }
});

/** Whether another commit gets through within a second. */
async function isFree({ clock, journal }: World): Promise<boolean> {
  let free = false;
  void journal.commit('other', [turn({ address: anActor })]).then(() => (free = true));
  await clock.advance(1_000);
  return free;
}

test('the calls of an open commit pass through, and it ends', async () => {
  const calm = await world();
  const open = await calm.failing.port.begin();
  assert.equal(await open.load([{ address: anActor, messageIds: [] }]), [{ version: 0, seen: [] }]);
  await open.commit('me', [turn()], [], []);
  await open.rollBack();
  assert.equal([await storedVersion(calm), calm.failing.calls], [1, 3]);
});

test('the calls of an open commit fail like others, and a rollback never fails', async () => {
  const bad = await world({ fates: new Map([[2, 'refused']]) });
  const open = await bad.failing.port.begin();
  assert.is(await stateAfter(bad, open.commit('me', [turn()], [], [])), 'failed');
  assert.not.ok(await isFree(bad));
  await open.rollBack();
  await bad.clock.advance(1_000);
  assert.is(await storedVersion(bad), 1);
});

test('an open commit whose answer was lost is rolled back', async () => {
  const bad = await world(fated('unanswered'));
  assert.is(await stateAfter(bad, bad.failing.port.begin()), 'failed');
  assert.ok(await isFree(bad));
});

for (const way of ['cut', 'crash'] as const)
  test(`a ${way} rolls open commits back`, async () => {
    const bad = await world();
    const open = await bad.failing.port.begin();
    bad.failing[way]();
    assert.ok(await isFree(bad));
    const late = await stateAfter(bad, open.commit('me', [turn()], [], []));
    assert.is(late === 'done', false);
  });

test('a commit that begins after the crash is rolled back', async () => {
  const bad = await world();
  const first = await bad.journal.begin();
  void bad.failing.port.begin();
  await bad.clock.advance(1);
  bad.failing.crash();
  await first.rollBack();
  assert.ok(await isFree(bad));
});

test.run();
