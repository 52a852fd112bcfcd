/** What processes run, which versions are released, and outcomes for another process. */
import type { RunService } from '../../../runtime/ports/journal-processes.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { activity, anActor, message, turn } from './samples.ts';

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

  test('beating: the words of each process about itself, as of its last heartbeat', async () => {
    const { journal } = bench();
    const taken = [{ service: 'objects', messages: 2, oldestAtMs: 900 }];
    const state = { place: 'host/1', startedAtMs: 5, leaseMs: 5_000, prefetch: 256, taken };
    await journal.beat('one', 1_000, { ...state, taken: [] });
    await journal.beat('one', 2_000, state);
    await journal.beat('older', 3_000);
    await journal.beat('left', 3_000, state);
    await journal.leave('left');
    const found = await journal.beating();
    assert.equal(
      found.map(({ quietMs: _clock, ...each }) => each),
      [
        { instance: 'older', beatenAtMs: 3_000, state: null },
        { instance: 'one', beatenAtMs: 2_000, state },
      ],
    );
    const [older, one] = found.map(({ quietMs }) => quietMs);
    assert.ok(Math.abs((one ?? 0) - (older ?? 0) - 1_000) < 1, 'both count to one moment');
  });

  test('outboxes: messages of the asked services, by the instance that is to publish them', async () => {
    const { journal } = bench();
    const other = { ...anActor, service: 'tags' };
    await journal.commit('one', [
      turn({ outbox: [message('m2'), message('m1')] }),
      turn({ address: other, outbox: [message('m3', other)] }),
    ]);
    await journal.commit('two', [turn({ expectedVersion: 1, outbox: [message('m4')] })]);
    const held = { service: anActor.service, messages: 1 };
    assert.equal(await journal.heldOutboxes([anActor.service]), [
      { ...held, instance: 'one', messages: 2, oldestId: 'm1' },
      { ...held, instance: 'two', oldestId: 'm4' },
    ]);
    assert.equal(await journal.heldOutboxes(['alerts']), []);
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
