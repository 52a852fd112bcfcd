/** 6: what is over goes by age. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import {
  activity,
  actor,
  anActor,
  ask,
  deadLetter,
  line,
  message,
  record,
  timer,
  turn,
} from './samples.ts';

export function pruning(test: Suite, bench: () => Bench): void {
  const prune = (...args: Parameters<Bench['journal']['prune']>) => bench().journal.prune(...args);

  test('inbox entries go oldest first, so many and no more', async () => {
    for (const [n, atMs] of [100, 200, 300].entries()) {
      await bench().journal.commit('one', [
        turn({ atMs, expectedVersion: n, inbox: [{ digest: 'd', messageId: `m${n}` }] }),
      ]);
    }
    assert.is(await prune('inbox', 100, 9), 0);
    assert.is(await prune('inbox', 300, 1), 1);
    assert.equal((await bench().loaded(anActor, ['m0', 'm1', 'm2']))?.seen, [
      { digest: 'd', messageId: 'm1' },
      { digest: 'd', messageId: 'm2' },
    ]);
    assert.is(await prune('inbox', 300, 9), 1);
    assert.is(await prune('inbox', 300, 9), 0);
    assert.equal((await bench().loaded(anActor, ['m0', 'm1', 'm2']))?.seen, [
      { digest: 'd', messageId: 'm2' },
    ]);
  });

  test('a message that came again is remembered from then on; its answer too', async () => {
    await bench().journal.commit('one', [
      turn({
        atMs: 100,
        inbox: [
          { digest: 'd', messageId: 'm1', answer: 'yes' },
          { digest: 'd', messageId: 'm2' },
        ],
      }),
    ]);
    await bench().journal.commit('one', [
      turn({ atMs: 500, expectedVersion: 1, repeated: ['m1', 'never came'] }),
    ]);
    await bench().journal.commit('one', [
      turn({ atMs: 600, expectedVersion: 2, answers: [{ messageId: 'm1', answer: 'no' }] }),
    ]);
    assert.is(await prune('inbox', 500, 9), 1);
    assert.equal((await bench().loaded(anActor, ['m1', 'm2']))?.seen, [
      { digest: 'd', messageId: 'm1', answer: 'no' },
    ]);
    assert.is(await prune('inbox', 501, 9), 1);
  });

  test('finished actors go by when they ended; living ones never', async () => {
    await bench().journal.commit('one', [
      turn({ atMs: 100 }),
      turn({ atMs: 100, address: actor('living') }),
    ]);
    await bench().journal.commit('one', [
      turn({ atMs: 200, expectedVersion: 1, record: record(null, 'done') }),
    ]);
    await bench().journal.commit('one', [
      turn({ atMs: 300, address: actor('failed'), record: record(null, 'error') }),
    ]);
    assert.is(await prune('finished', 200, 9), 0);
    assert.is(await prune('finished', 9_999, 1), 1);
    assert.is(await bench().journal.inspect(anActor), undefined);
    assert.is(await prune('finished', 9_999, 9), 1);
    assert.is((await bench().loaded(actor('living')))?.version, 1);
    await bench().journal.commit('one', [turn()]);
    assert.is((await bench().loaded())?.version, 1);
  });

  test('an actor that was started again has not ended', async () => {
    await bench().journal.commit('one', [turn({ atMs: 100, record: record(null, 'done') })]);
    await bench().journal.commit('one', [turn({ atMs: 200, expectedVersion: 1 })]);
    assert.is(await prune('finished', 9_999, 9), 0);
  });

  test('a question that was answered goes by when; one that was not, or was put again, stays', async () => {
    await bench().journal.commit('one', [
      turn({ asks: [ask('c1'), ask('c2'), ask('c3'), ask('c4')] }),
    ]);
    await bench().journal.commit('one', [
      turn({ atMs: 100, expectedVersion: 1, answered: ['c1', 'c2', 'unknown'] }),
    ]);
    await bench().journal.commit('one', [
      turn({ atMs: 300, expectedVersion: 2, answered: ['c3', 'c2'], asks: [ask('c3')] }),
    ]);
    assert.is(await prune('answered', 300, 9), 1);
    assert.equal(await bench().journal.findAsks(['c1', 'c2', 'c3', 'c4']), [
      ask('c2'),
      ask('c3'),
      ask('c4'),
    ]);
    assert.is(await prune('answered', 301, 9), 1);
    assert.is(await prune('answered', 9_999, 9), 0);
    await bench().journal.commit('one', [
      turn({ expectedVersion: 3, record: record(null, 'done') }),
    ]);
    assert.is((await bench().journal.counts()).asks, 0);
  });

  test('history goes oldest first', async () => {
    await bench().journal.commit('one', [
      turn({ history: [line('h3', 30), line('h1', 10), line('h2', 20, 'other')] }),
    ]);
    assert.is(await prune('history', 30, 1), 1);
    assert.is(await prune('history', 30, 9), 1);
    assert.is(await prune('history', 30, 9), 0);
    assert.equal(await bench().journal.history('saga-1'), [line('h3', 30)]);
    assert.equal(await bench().journal.history('other'), []);
  });

  test('what an actor still needs has no age: timers, activities, messages and dead letters stay', async () => {
    const rows = {
      timers: [timer('t1', 1)],
      activities: [activity('a1')],
      outbox: [message('o1')],
      deadLetters: [deadLetter('d1', 1)],
    };
    await bench().journal.commit('one', [turn({ ...rows, atMs: 1, asks: [ask('c1')] })]);
    for (const kind of ['inbox', 'answered', 'finished', 'history', 'tombstones'] as const)
      assert.is(await prune(kind, 9_999, 9), 0);
    const left = {
      actors: 1,
      inbox: 0,
      outbox: 1,
      asks: 1,
      timers: 1,
      activities: 1,
      history: 0,
      deadLetters: 1,
    };
    assert.equal(await bench().journal.counts(), left);
  });

  test('beats of dead instances are forgotten with the next adoption', async () => {
    await bench().journal.beat('dead', 100);
    await bench().journal.adopt('two', ['objects'], 500, 9);
    await bench().journal.commit('dead', [turn({ outbox: [message('o1')] })]);
    assert.is((await bench().journal.adopt('two', ['objects'], 50, 9)).outbox.length, 1);
  });

  test('stores are asked for what they keep of rows that are gone', async () => {
    assert.is(await prune('tombstones', 9_999, 9), 0);
    await bench().journal.commit('one', [
      turn({ writes: [{ store: 'ledger', op: 'add', args: { name: 'old name' } }] }),
    ]);
    await bench().journal.commit('one', [
      turn({
        expectedVersion: 1,
        writes: [{ store: 'ledger', op: 'strike', args: { name: 'old name' } }],
      }),
    ]);
    assert.equal(await bench().names(), []);
    assert.is(await prune('tombstones', 9_999, 9), 1);
    assert.is(await prune('tombstones', 9_999, 9), 0);
  });
}
