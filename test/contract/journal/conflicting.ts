/** 2: what was read and is so no more. */
import { Conflict, Refused } from '../../../runtime/ports/errors.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { add } from './ledger-store.ts';
import { actor, message, nobody, record, turn } from './samples.ts';

export function conflicting(test: Suite, bench: () => Bench): void {
  test('the next version is one more', async () => {
    await bench().journal.commit('one', [turn()]);
    await bench().journal.commit('one', [
      turn({ expectedVersion: 1, record: record({ value: 'deciding' }) }),
    ]);
    assert.equal(await bench().loaded(), {
      version: 2,
      record: record({ value: 'deciding' }),
      seen: [],
    });
  });

  const outOfDate: readonly (readonly [string, Partial<TurnCommit>])[] = [
    ['a new actor that is there', { expectedVersion: 0 }],
    ['a version that is past', { expectedVersion: 1 }],
    ['a version that is not yet', { expectedVersion: 3 }],
    ['a deletion of a version that is past', { expectedVersion: 1, record: null }],
    ['an absence that does not hold', { expectedVersion: 0, record: null }],
    ['an actor that was never there', { address: actor('unknown'), expectedVersion: 1 }],
    [
      'a deletion of an actor that was never there',
      { address: actor('unknown'), expectedVersion: 1, record: null },
    ],
  ];
  for (const [what, parts] of outOfDate) {
    for (const writes of [[], [add('written')]]) {
      test(`${what} is a conflict (${writes.length} writes)`, async () => {
        await bench().journal.commit('one', [turn()]);
        await bench().journal.commit('one', [turn({ expectedVersion: 1 })]);
        const late = turn({
          ...parts,
          writes,
          inbox: [{ digest: 'd', messageId: 'm1' }],
          outbox: [message('o1')],
        });
        await assert.rejects(bench().journal.commit('one', [late]), Conflict);
        assert.equal(await bench().journal.counts(), { ...nobody, actors: 1, inbox: 0 });
        assert.is((await bench().loaded())?.version, 2);
        assert.equal(await bench().names(), []);
      });
    }
  }

  test('of two commits of one actor at the same time one wins', async () => {
    await bench().journal.commit('one', [turn()]);
    const next = (value: string) =>
      bench().journal.commit('one', [
        turn({ expectedVersion: 1, record: record(value), writes: [add(value)] }),
      ]);
    const results = await Promise.allSettled([next('a'), next('b'), next('c')]);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.ok(
      results.every((result) => result.status === 'fulfilled' || result.reason instanceof Conflict),
    );
    assert.equal(await bench().names(), [(await bench().loaded())?.record?.family]);
  });

  test('two turns of one actor in one commit are a conflict', async () => {
    await bench().journal.commit('one', [turn()]);
    await assert.rejects(
      bench().journal.commit('one', [turn({ expectedVersion: 1 }), turn({ expectedVersion: 1 })]),
      Conflict,
    );
    await assert.rejects(
      bench().journal.commit('one', [turn({ address: actor('n') }), turn({ address: actor('n') })]),
      Conflict,
    );
    assert.is((await bench().journal.counts()).actors, 1);
  });

  test('a message that was handled already is a conflict', async () => {
    const nothing = turn({ record: null, inbox: [{ digest: 'd', messageId: 'm1' }] });
    await bench().journal.commit('one', [nothing]);
    await assert.rejects(bench().journal.commit('one', [nothing]), Conflict);
    assert.is((await bench().journal.counts()).inbox, 1);
  });

  test('an expectation that does not hold is a conflict', async () => {
    await bench().journal.commit('one', [turn({ writes: [add('taken')] })]);
    await assert.rejects(
      bench().journal.commit('one', [
        turn({ expectedVersion: 1, writes: [add('x', { absent: 'taken' })] }),
      ]),
      Conflict,
    );
    assert.is((await bench().loaded())?.version, 1);
    await bench().journal.commit('one', [
      turn({ expectedVersion: 1, writes: [add('x', { absent: 'y' })] }),
    ]);
    assert.equal(await bench().names(), ['taken', 'x']);
  });

  test("a store's refusal comes through as it is", async () => {
    await bench().journal.commit('one', [turn({ writes: [add('taken')] })]);
    const again = bench().journal.commit('one', [
      turn({ expectedVersion: 1, writes: [add('other'), add('taken')] }),
    ]);
    await assert.rejects(again, (error) => error instanceof Refused && error.code === 'name-taken');
    assert.equal(await bench().names(), ['taken']);
    assert.is((await bench().loaded())?.version, 1);
  });

  test('a write to a store that is not there is refused', async () => {
    const lost = { store: 'nowhere', op: 'add', args: null };
    await assert.rejects(
      bench().journal.commit('one', [turn({ writes: [lost] })]),
      /no store named nowhere/,
    );
    await bench().assertEmpty();
  });
}
