/** What processes run, which versions are released, and outcomes for another process. */
import type { RunService } from '../../../runtime/ports/journal-processes.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { activity, anActor, turn } from './samples.ts';

function run(service: string, writes: number, yielded = false): RunService {
  return { service, machines: [{ machine: 'saga', writes, reads: writes }], yielded };
}

export function handingOver(test: Suite, bench: () => Bench): void {
  const alive = (...services: readonly string[]) => bench().journal.processes(services, 1_000);

  test('processes: each living one is seen with what it runs, and its newest announcement counts', async () => {
    const { journal } = bench();
    for (const [instance, atMs] of [
      ['one', 1_000],
      ['silent', 999],
    ] as const) {
      await journal.beat(instance, atMs);
      await journal.announce(instance, [run('objects', 1), run('tags', 1)]);
    }
    await journal.announce('one', [run('objects', 2, true)]);
    assert.equal(await alive('objects', 'tags'), [
      { ...run('objects', 2, true), instance: 'one' },
      { ...run('tags', 1), instance: 'one' },
    ]);
    assert.equal(await alive('alerts'), []);
  });

  test('processes: one that has left, or is forgotten as dead, is seen no more', async () => {
    const { journal } = bench();
    for (const instance of ['left', 'dead']) {
      await journal.beat(instance, 2_000);
      await journal.announce(instance, [run('objects', 1)]);
    }
    await journal.leave('left');
    await journal.adopt('three', ['objects'], 3_000, 10);
    assert.equal(await journal.processes(['objects'], 0), []);
  });

  test('versions: those that a living process can read are never forgotten', async () => {
    const { journal } = bench();
    const version = (number: number) => ({ service: 'objects', machine: 'saga', version: number });
    const address = { ...anActor, machine: 'saga' };
    await journal.beat('new', 1_000);
    await journal.announce('new', [run('objects', 2)]);
    await journal.registerVersions(['objects'], [version(1), version(2)]);
    assert.equal(await journal.registerVersions(['objects'], [version(1)]), []);
    await journal.commit('new', [
      turn({ address, record: { machineVersion: 2, status: 'active', family: {} } }),
    ]);
    assert.is((await journal.registerVersions(['objects'], [version(1)])).length, 1);
  });

  test('released: the versions of the asked services', async () => {
    const { journal } = bench();
    const version = { service: 'objects', machine: 'saga', version: 2 };
    await journal.releaseVersion(version);
    await journal.releaseVersion(version);
    await journal.releaseVersion({ ...version, service: 'tags' });
    assert.equal(await journal.releasedVersions(['objects']), [version]);
  });

  for (const outcome of [{ output: { sum: 7 } }, { output: undefined }, { error: { code: 500 } }])
    test(`outcomes: ${JSON.stringify(outcome)} is kept for the process that adopts the activity, at once`, async () => {
      const { journal } = bench();
      await journal.beat('old', 1_000);
      await journal.commit('old', [turn({ activities: [activity('a1')] })]);
      assert.is(await journal.keepOutcome('other', anActor, 'a1', outcome), false);
      assert.is(await journal.keepOutcome('old', anActor, 'a1', outcome), true);
      const { activities } = await journal.adopt('new', ['objects'], 0, 10);
      assert.equal(activities, [{ ...activity('a1'), outcome }]);
    });
}
