/** A commit that is held open: its reads see its writes, nobody else does, and it happens wholly or not at all. */
import { Broken, Conflict, Refused } from '../../../runtime/ports/errors.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { add, explode } from './ledger-store.ts';
import { actor, anActor, everything, record, turn } from './samples.ts';

export function opening(test: Suite, bench: () => Bench): void {
  const isOver = (error: unknown): boolean => error instanceof Broken;

  test('the stores that an open commit reads are named', () => {
    assert.equal([...bench().journal.openReads], ['ledger']);
  });

  test('an open commit reads its writes, between writes too', async () => {
    await bench().journal.commit('one', [turn({ address: actor('before'), writes: [add('a')] })]);
    const open = await bench().journal.begin();
    assert.equal(await open.read('ledger', 'names', null), ['a']);
    await open.write([add('b')]);
    assert.equal(await open.read('ledger', 'names', null), ['a', 'b']);
    await open.write([add('c')]);
    assert.equal(await open.read('ledger', 'names', null), ['a', 'b', 'c']);
    await open.rollBack();
  });

  test('nobody else sees the writes of an open commit that is rolled back', async () => {
    const open = await bench().journal.begin();
    await open.write([add('unseen')]);
    const seen = bench().names();
    await open.rollBack();
    assert.equal(await seen, []);
    await bench().assertEmpty();
  });

  test('an open commit stores its turns, and each write once', async () => {
    const open = await bench().journal.begin();
    await open.write([add('first')]);
    assert.equal(await open.read('ledger', 'names', null), ['first']);
    await open.commit('one', [everything()], [], [add('second')]);
    const one = { outbox: 1, asks: 1, timers: 1, activities: 1, history: 1, deadLetters: 1 };
    assert.equal(await bench().journal.counts(), { ...one, actors: 1, inbox: 1 });
    assert.equal(await bench().names(), ['first', 'second']);
  });

  test('an open commit forgets what the transport has confirmed', async () => {
    await bench().journal.commit('one', [everything()]);
    const open = await bench().journal.begin();
    await open.commit('one', [turn({ address: actor('next') })], ['o1'], []);
    assert.is((await bench().journal.counts()).outbox, 0);
  });

  test('an open commit loads actors', async () => {
    await bench().journal.commit('one', [turn({ inbox: [{ digest: 'd', messageId: 'm1' }] })]);
    const open = await bench().journal.begin();
    await open.write([add('a')]);
    assert.equal(await open.load([{ address: anActor, messageIds: ['m1'] }]), [
      {
        version: 1,
        record: record({ value: 'asking' }),
        seen: [{ messageId: 'm1', digest: 'd' }],
      },
    ]);
    await open.rollBack();
  });

  test('an open commit of an actor that has changed is a conflict, and leaves nothing', async () => {
    await bench().journal.commit('one', [turn()]);
    const open = await bench().journal.begin();
    await open.write([add('late')]);
    await assert.rejects(open.commit('one', [turn()], [], [add('later')]), Conflict);
    await open.rollBack();
    assert.equal([(await bench().loaded())?.version, await bench().names()], [1, []]);
  });

  for (const [what, write, isExpected] of [
    ['refused', add('there'), (error: unknown) => error instanceof Refused],
    [
      'broken',
      explode,
      (error: unknown) => error instanceof Broken && error.code === 'write-failed',
    ],
    ['late', add('x', { absent: 'there' }), (error: unknown) => error instanceof Conflict],
  ] as const)
    test(`an open commit whose write is ${what} leaves nothing`, async () => {
      await bench().journal.commit('one', [
        turn({ address: actor('before'), writes: [add('there')] }),
      ]);
      const open = await bench().journal.begin();
      await open.write([add('first')]);
      await assert.rejects(open.write([write]), isExpected);
      await open.rollBack();
      assert.equal(await bench().names(), ['there']);
    });

  for (const at of ['commit.before-writes', 'commit.after-writes', 'commit.before-end'] as const)
    test(`an open commit cut off at ${at} leaves nothing`, async () => {
      bench().failpoints.at = at;
      const open = await bench().journal.begin();
      await open.write([add('first')]);
      await assert.rejects(open.commit('one', [everything()], [], [add('second')]), /broken at/);
      await open.rollBack();
      await bench().assertEmpty();
    });

  test('after its end an open commit does nothing', async () => {
    const ended = await bench().journal.begin();
    await ended.commit('one', [turn()], [], [add('a')]);
    await ended.rollBack();
    await assert.rejects(ended.write([add('b')]), isOver);
    const undone = await bench().journal.begin();
    await undone.rollBack();
    await assert.rejects(undone.commit('one', [turn({ address: actor('b') })], [], []), isOver);
    assert.equal([(await bench().journal.counts()).actors, await bench().names()], [1, ['a']]);
  });

  test('commits of others come before or behind an open commit, and lose nothing', async () => {
    const open = await bench().journal.begin();
    await open.write([add('ours')]);
    const other = bench().journal.commit('two', [
      turn({ address: actor('other'), writes: [add('theirs')] }),
    ]);
    await open.commit('one', [turn()], [], []);
    await other;
    assert.equal(await bench().names(), ['ours', 'theirs']);
    assert.is((await bench().journal.counts()).actors, 2);
  });

  test('a rollback waits for the call under way', async () => {
    const open = await bench().journal.begin();
    const written = open.write([add('a'), add('b')]);
    await open.rollBack();
    await written;
    await bench().assertEmpty();
  });
}
