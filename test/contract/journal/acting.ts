/** Activities. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { activity, actor, anActor, turn } from './samples.ts';

export function acting(test: Suite, bench: () => Bench): void {
  test('activities: a failed try is noted, and adopted with what was noted', async () => {
    await bench().journal.commit('dead', [turn({ activities: [activity('a1')] })]);
    assert.is(await bench().journal.postponeActivity(anActor, 'a1', 2, 7_500), true);
    const { activities } = await bench().journal.adopt('two', ['objects'], 0, 10);
    assert.equal(activities, [{ ...activity('a1'), attempt: 2, notBeforeMs: 7_500 }]);
  });

  test('activities: one that ended is not noted and not adopted', async () => {
    await bench().journal.commit('dead', [turn({ activities: [activity('a1'), activity('a2')] })]);
    await bench().journal.commit('dead', [turn({ expectedVersion: 1, activitiesEnded: ['a1'] })]);
    assert.is(await bench().journal.postponeActivity(anActor, 'a1', 1, 1), false);
    assert.is(await bench().journal.postponeActivity(actor('other'), 'a2', 1, 1), false);
    assert.equal((await bench().journal.adopt('two', ['objects'], 0, 10)).activities, [activity('a2')]);
  });
}
