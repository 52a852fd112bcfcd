/** 1: a commit is all or nothing. */
import { Broken, Conflict } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { add, explode } from './ledger-store.ts';
import { actor, everything, message, record, turn } from './samples.ts';

export function committing(test: Suite, bench: () => Bench): void {
  test('open may be called again, and at the same time', async () => {
    await bench().journal.commit('one', [turn()]);
    await Promise.all([bench().journal.open(), bench().journal.open()]);
    assert.is((await bench().loaded())?.version, 1);
  });

  test('a commit stores the record, everything the turn asked for, and its writes', async () => {
    await bench().journal.commit('one', [everything()]);
    const one = { outbox: 1, asks: 1, timers: 1, activities: 1, history: 1, deadLetters: 1 };
    assert.equal(await bench().journal.counts(), { ...one, actors: 1, inbox: 1 });
    assert.equal(await bench().names(), ['first', 'second']);
    assert.equal(await bench().loaded(), {
      version: 1,
      record: record({ value: 'asking' }),
      seen: [],
    });
  });

  test('a store that breaks takes the whole commit back, the writes before it included', async () => {
    const good = turn({ address: actor('good'), writes: [add('of the good one')] });
    const bad = { ...everything(), writes: [add('first'), explode] };
    await assert.rejects(
      bench().journal.commit('one', [good, bad]),
      (error) => error instanceof Broken && error.code === 'write-failed',
    );
    await bench().assertEmpty();
  });

  for (const at of ['commit.before-writes', 'commit.after-writes', 'commit.before-end'] as const) {
    test(`a commit cut off at ${at} leaves nothing`, async () => {
      bench().failpoints.at = at;
      await assert.rejects(bench().journal.commit('one', [everything()]), /broken at/);
      await assert.rejects(
        bench().journal.commit('one', [turn({ inbox: [{ digest: 'd', messageId: 'm1' }] })]),
        /broken at/,
      );
      await bench().assertEmpty();
    });
  }

  test('one actor that is out of date takes the batch back', async () => {
    await bench().journal.commit('one', [turn({ address: actor('old') })]);
    const stale = turn({ address: actor('old'), expectedVersion: 0 });
    await assert.rejects(
      bench().journal.commit('one', [
        turn({ address: actor('new'), outbox: [message('o1')] }),
        stale,
      ]),
      Conflict,
    );
    assert.is((await bench().loaded(actor('new')))?.version, 0);
    assert.is((await bench().journal.counts()).outbox, 0);
  });

  test('a batch of many actors is stored, each with its own', async () => {
    const keys = Array.from({ length: 120 }, (_, n) => `saga-${n}`);
    await bench().journal.commit(
      'one',
      keys.map((key) =>
        turn({
          address: actor(key),
          record: record({ key }),
          inbox: [{ digest: 'd', messageId: key }],
        }),
      ),
    );
    const requests = [...keys]
      .reverse()
      .map((key) => ({ address: actor(key), messageIds: [key, 'other'] }));
    const found = await bench().journal.load(requests);
    assert.equal(
      found.map((each) => each.record?.family),
      [...keys].reverse().map((key) => ({ key })),
    );
    assert.equal(
      found.map((each) => each.seen),
      [...keys].reverse().map((key) => [{ digest: 'd', messageId: key }]),
    );
  });

  test('an empty commit is no error', async () => {
    await bench().journal.commit('one', []);
    await bench().assertEmpty();
  });

  test('commits at the same time all arrive', async () => {
    const commits = Array.from({ length: 20 }, (_, n) =>
      bench().journal.commit('one', [
        turn({ address: actor(`saga-${n}`), writes: n % 2 === 0 ? [add(`name ${n}`)] : [] }),
      ]),
    );
    await Promise.all(commits);
    assert.is((await bench().journal.counts()).actors, 20);
    assert.is(((await bench().names()) as readonly Json[]).length, 10);
  });
}
