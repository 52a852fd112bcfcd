/** 5: what a dead instance held. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { activity, actor, message, turn } from './samples.ts';

export function adopting(test: Suite, bench: () => Bench): void {
  test('only what a dead instance held is adopted, and once', async () => {
    await bench().journal.beat('alive', 1_000);
    await bench().journal.beat('dead', 500);
    const held = (id: string) =>
      turn({
        address: actor(id),
        outbox: [message(id, actor(id))],
        activities: [activity(id, actor(id))],
      });
    await bench().journal.commit('alive', [held('a')]);
    await bench().journal.commit('dead', [held('b')]);
    await bench().journal.commit('never beat', [held('c')]);
    await bench().journal.beat('two', 1_000);
    const { outbox, activities } = await bench().journal.adopt('two', ['objects'], 1_000, 10);
    assert.equal(
      outbox.map(({ id }) => id),
      ['b', 'c'],
    );
    assert.equal(activities, [
      { ...activity('b', actor('b')), attempt: 1 },
      activity('c', actor('c')),
    ]);
    assert.equal(await bench().journal.adopt('three', ['objects'], 1_000, 10), {
      outbox: [],
      activities: [],
    });
  });

  test('a beat keeps what an instance holds; what it left is free at once', async () => {
    await bench().journal.commit('one', [
      turn({ outbox: [message('o1')], activities: [activity('a1')] }),
    ]);
    await bench().journal.beat('one', 100);
    await bench().journal.beat('one', 2_000);
    assert.is((await bench().journal.adopt('two', ['objects'], 2_000, 10)).outbox.length, 0);
    await bench().journal.leave('one');
    assert.is((await bench().journal.adopt('two', ['objects'], 0, 10)).activities.length, 1);
  });

  test('a try that was under way when its instance died counts, in each instance that dies', async () => {
    const { journal } = bench();
    await journal.beat('one', 100);
    await journal.commit('one', [turn({ activities: [activity('a1')] })]);
    const attempts = [];
    for (const [instance, atMs] of [
      ['two', 1_000],
      ['three', 2_000],
    ] as const) {
      await journal.beat(instance, atMs);
      const { activities } = await journal.adopt(instance, ['objects'], atMs, 10);
      attempts.push(...activities.map(({ attempt }) => attempt));
    }
    assert.equal(attempts, [1, 2]);
  });

  test('an instance that adopts does not forget itself, so its own death is seen', async () => {
    const { journal } = bench();
    await journal.beat('one', 100);
    await journal.adopt('one', ['objects'], 101, 10);
    await journal.commit('one', [turn({ activities: [activity('a1')] })]);
    const { activities } = await journal.adopt('two', ['objects'], 1_000, 10);
    assert.equal(
      activities.map(({ attempt }) => attempt),
      [1],
    );
  });

  test('no try of an instance that has left counts, nor of an activity that waited for a later try', async () => {
    const { journal } = bench();
    for (const instance of ['left', 'dead']) await journal.beat(instance, 100);
    await journal.commit('left', [turn({ activities: [activity('a1')] })]);
    const waiting = actor('k');
    await journal.commit('dead', [
      turn({ address: waiting, activities: [activity('a2', waiting)] }),
    ]);
    await journal.postponeActivity('dead', waiting, 'a2', 1, 101);
    await journal.leave('left');
    await journal.beat('two', 1_000);
    const { activities } = await journal.adopt('two', ['objects'], 1_000, 10);
    assert.equal(
      activities.map(({ token, attempt }) => [token, attempt]),
      [
        ['a1', 0],
        ['a2', 1],
      ],
    );
  });

  test("a beat is answered with the time: the journal's own, where it is not in this process", async () => {
    const { journal } = bench();
    const answeredMs = await journal.beat('one', 1_000);
    assert.ok(journal.exclusive ? answeredMs === 1_000 : answeredMs > Date.UTC(2020, 0, 1));
  });

  test('nobody adopts what belongs to other services', async () => {
    const other = actor('k', 'tags');
    await bench().journal.commit('dead', [
      turn({ outbox: [message('o1')] }),
      turn({ address: other, activities: [activity('a1', other)] }),
    ]);
    assert.equal(await bench().journal.adopt('two', ['tags'], 0, 10), {
      outbox: [],
      activities: [activity('a1', other)],
    });
    assert.equal(await bench().journal.adopt('two', ['alerts', 'objects'], 0, 10), {
      outbox: [message('o1')],
      activities: [],
    });
  });

  test('two that adopt at the same time share no row', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `o${n}`);
    await bench().journal.commit(
      'dead',
      keys.map((key) => turn({ address: actor(key), outbox: [message(key, actor(key))] })),
    );
    await Promise.all(['two', 'three'].map((instance) => bench().journal.beat(instance, 10)));
    const adopted = await Promise.all(
      ['two', 'three'].map((instance) => bench().journal.adopt(instance, ['objects'], 10, 100)),
    );
    const ids = adopted.flatMap(({ outbox }) => outbox.map(({ id }) => id));
    assert.is(new Set(ids).size, ids.length);
  });
}
