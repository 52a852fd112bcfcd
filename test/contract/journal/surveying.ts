/** What is stored, looked at as a whole. */
import type { MachineVersion } from '../../../runtime/ports/journal-survey.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { activity, actor, anActor, message, record, timer, turn } from './samples.ts';

function version(number: number, machine = 'delete-saga', service = 'objects'): MachineVersion {
  return { service, machine, version: number };
}

export function surveying(test: Suite, bench: () => Bench): void {
  const register = (...known: readonly MachineVersion[]) =>
    bench().journal.registerVersions(['objects', 'tags'], known);

  test('versions: actors in a version that is not known any more are counted, and some are named', async () => {
    assert.equal(await register(version(3)), []);
    const keys = Array.from({ length: 7 }, (_, n) => `saga-${n}`);
    await bench().journal.commit(
      'one',
      keys.map((key) => turn({ address: actor(key) })),
    );
    assert.equal(await register(version(3), version(4)), []);
    assert.equal(await register(version(4), version(3, 'other')), [
      { ...version(3), count: 7, keys: keys.slice(0, 5) },
    ]);
    assert.equal(await register(version(3), version(4)), []);
  });

  test('versions: actors that have ended count for nothing', async () => {
    await register(version(3));
    await bench().journal.commit('one', [
      turn({ record: record(null, 'done') }),
      turn({ address: actor('b'), record: record(0, 'error') }),
    ]);
    assert.equal(await register(version(4)), []);
  });

  test('versions: those of other services are not looked at', async () => {
    await bench().journal.registerVersions(['alerts'], [version(3, 'delete-saga', 'alerts')]);
    await bench().journal.commit('one', [turn({ address: actor('a', 'alerts') })]);
    assert.equal(await register(version(4)), []);
    assert.is((await bench().journal.registerVersions(['alerts'], [])).length, 1);
  });

  test('survey: actors that have not ended come in batches', async () => {
    const keys = ['b', 'a', 'e', 'c', 'd'];
    await bench().journal.commit('one', [
      ...keys.map((key) => turn({ address: actor(key), record: record(key) })),
      turn({ address: actor('ended'), record: record(null, 'done') }),
      turn({ address: actor('a', 'tags') }),
    ]);
    const first = await bench().journal.listActors(['objects'], undefined, 3);
    assert.equal(
      first,
      ['a', 'b', 'c'].map((key) => ({ address: actor(key), record: record(key) })),
    );
    const rest = await bench().journal.listActors(['tags', 'objects'], first.at(-1)?.address, 9);
    assert.equal(
      rest.map(({ address }) => address),
      [actor('d'), actor('e'), actor('a', 'tags')],
    );
  });

  test('survey: timers, activities and messages come in batches', async () => {
    const rows = {
      timers: ['t1', 't2', 't3'].map((token) => timer(token, 9)),
      activities: ['a1', 'a2'].map((token) => activity(token)),
    };
    await bench().journal.commit('one', [
      turn({ ...rows, outbox: [message('o2'), message('o1')] }),
    ]);
    assert.equal(
      await bench().journal.listTimers(['objects'], undefined, 2),
      rows.timers.slice(0, 2),
    );
    assert.equal(
      await bench().journal.listTimers(['objects'], { address: anActor, token: 't2' }, 2),
      rows.timers.slice(2),
    );
    assert.equal(await bench().journal.listActivities(['objects'], undefined, 9), rows.activities);
    assert.equal(
      await bench().journal.listActivities(['objects'], { address: anActor, token: 'a1' }, 9),
      rows.activities.slice(1),
    );
    assert.equal(await bench().journal.listOutbox(['objects'], '', 1), [message('o1')]);
    assert.equal(await bench().journal.listOutbox(['objects'], 'o1', 9), [message('o2')]);
    assert.equal(await bench().journal.listOutbox(['tags'], '', 9), []);
  });
}
