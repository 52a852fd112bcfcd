/** Activities. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { activity, actor, anActor, turn } from './samples.ts';

export function acting(test: Suite, bench: () => Bench): void {
  test('activities: a failed try is noted, and adopted with what was noted', async () => {
    await bench().journal.commit('dead', [turn({ activities: [activity('a1')] })]);
    assert.is(await bench().journal.postponeActivity('dead', anActor, 'a1', 2, 7_500), true);
    const { activities } = await bench().journal.adopt('two', ['objects'], 0, 10);
    assert.equal(activities, [{ ...activity('a1'), attempt: 2, notBeforeMs: 7_500 }]);
  });

  test('activities: one that ended is not noted and not adopted', async () => {
    await bench().journal.commit('dead', [turn({ activities: [activity('a1'), activity('a2')] })]);
    await bench().journal.commit('dead', [turn({ expectedVersion: 1, activitiesEnded: ['a1'] })]);
    assert.is(await bench().journal.postponeActivity('dead', anActor, 'a1', 1, 1), false);
    assert.is(await bench().journal.postponeActivity('dead', actor('other'), 'a2', 1, 1), false);
    assert.equal((await bench().journal.adopt('two', ['objects'], 0, 10)).activities, [
      activity('a2'),
    ]);
  });

  for (const progress of [{ done: 3, of: 10 }, 'half', 0, null, 'NUL \u0000'] as const) {
    test(`activities: progress ${JSON.stringify(progress)} is seen from outside, and by who adopts it`, async () => {
      await bench().journal.commit('one', [turn({ activities: [activity('a1')] })]);
      assert.is(await bench().journal.noteProgress('one', anActor, 'a1', 'earlier', 100), true);
      assert.is(await bench().journal.noteProgress('one', anActor, 'a1', progress, 200), true);
      assert.equal(await bench().journal.activitiesOf(anActor), [
        { ...activity('a1'), instance: 'one', progress, progressAtMs: 200 },
      ]);
      assert.equal((await bench().journal.adopt('two', ['objects'], 0, 10)).activities, [
        { ...activity('a1'), progress },
      ]);
    });
  }

  test('activities: those of one actor are seen, oldest first, and no others', async () => {
    const other = actor('b');
    await bench().journal.commit('one', [
      turn({ activities: [activity('a2'), activity('a1')] }),
      turn({ address: other, activities: [activity('a3', other)] }),
    ]);
    const seen = (await bench().journal.activitiesOf(anActor)).map(({ token, instance }) => [
      token,
      instance,
    ]);
    assert.equal(seen, [
      ['a2', 'one'],
      ['a1', 'one'],
    ]);
    assert.equal(await bench().journal.activitiesOf(actor('unknown')), []);
  });

  test('who lost an activity to another notes nothing in it any more', async () => {
    await bench().journal.commit('slow', [turn({ activities: [activity('a1')] })]);
    await bench().journal.adopt('two', ['objects'], 0, 10);
    assert.is(await bench().journal.postponeActivity('slow', anActor, 'a1', 5, 5), false);
    assert.is(await bench().journal.noteProgress('slow', anActor, 'a1', 'late', 5), false);
    assert.equal(await bench().journal.activitiesOf(anActor), [
      { ...activity('a1'), instance: 'two' },
    ]);
    assert.is(await bench().journal.noteProgress('two', anActor, 'a1', 'mine', 6), true);
  });

  test('which activities are lost: those taken over, ended, or never there', async () => {
    const other = actor('k', 'tags');
    const ids = ['a1', 'a2', 'a3'].map((token) => ({ address: anActor, token }));
    await bench().journal.commit('one', [
      turn({ activities: [activity('a1'), activity('a2')] }),
      turn({ address: other, activities: [activity('a1', other)] }),
    ]);
    await bench().journal.commit('one', [turn({ expectedVersion: 1, activitiesEnded: ['a2'] })]);
    await bench().journal.adopt('two', ['tags'], 0, 10);
    const asked = [...ids, { address: other, token: 'a1' }];
    assert.equal(await bench().journal.lostActivities('one', asked), asked.slice(1));
    assert.equal(await bench().journal.lostActivities('two', asked), asked.slice(0, 3));
    assert.equal(await bench().journal.lostActivities('one', []), []);
  });
}
