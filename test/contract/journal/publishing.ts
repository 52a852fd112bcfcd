/** 3: the outbox. */
import { Conflict } from '../../../runtime/ports/errors.ts';
import type { OutboxRow } from '../../../runtime/ports/journal-rows.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { actor, facts, message, turn } from './samples.ts';

export function publishing(test: Suite, bench: () => Bench): void {
  test('an outbox row stays, as it was, until it is forgotten', async () => {
    await bench().journal.commit('one', [turn({ outbox: [message('o2'), message('o1')] })]);
    await bench().journal.forget(['o2', 'unknown']);
    await bench().journal.forget([]);
    assert.equal((await bench().journal.adopt('two', ['objects'], 0, 10)).outbox, [message('o1')]);
  });

  test('rows are adopted in the order of their ids, oldest first, so many and no more', async () => {
    const ids = ['o3', 'o1', 'o4', 'o2'];
    for (const id of ids)
      await bench().journal.commit('one', [
        turn({ address: actor(id), outbox: [message(id, actor(id))] }),
      ]);
    const adopted = async () =>
      (await bench().journal.adopt('two', ['objects'], 0, 3)).outbox.map(({ id }) => id);
    assert.equal(await adopted(), ['o1', 'o2', 'o3']);
    assert.equal(await adopted(), ['o4']);
    assert.equal(await adopted(), []);
  });

  test('a long run of alike messages is there as it was committed, between the others', async () => {
    const { journal } = bench();
    const sent = [message('a'), ...facts(300), message('z')];
    await journal.commit('one', [turn({ outbox: sent })]);
    assert.equal(await journal.listOutbox(['objects'], '', 999), sent);
    assert.equal(await journal.listOutbox(['objects'], 'f298', 1), sent.slice(300, 301));
    const [held] = await journal.heldOutboxes(['objects']);
    assert.equal(
      [held?.messages, held?.oldestId, (await journal.counts()).outbox],
      [302, 'a', 302],
    );
    assert.equal(inOrder((await journal.adopt('two', ['objects'], 0, 999)).outbox), sent);
  });

  test('no message of a run is lost before it is forgotten, and none stays', async () => {
    const { journal } = bench();
    const ids = facts(300).map(({ id }) => id);
    await journal.commit('one', [turn({ outbox: facts(300) })]);
    await journal.forget(ids.slice(0, 100));
    await journal.commit('one', [turn({ address: actor('b') })], ids.slice(150, 299));
    const late = turn({ address: actor('b') });
    await assert.rejects(journal.commit('one', [late], ids.slice(100, 150)), Conflict);
    const left = await journal.listOutbox(['objects'], '', 999);
    const lost = [...ids.slice(100, 150), ...ids.slice(299)].filter(
      (id) => !left.some((row) => row.id === id),
    );
    assert.equal(lost, []);
    await journal.commit('one', [turn({ address: actor('c') })], ids.slice(100, 150));
    await journal.forget(ids.slice(299));
    assert.is((await journal.counts()).outbox, 0);
  });

  test('who adopts in parts gets no message before an older message, packed or not', async () => {
    const { journal } = bench();
    const sent = [message('a'), ...facts(1_000), message('z')];
    await journal.commit('one', [turn({ outbox: sent })]);
    const adopted: OutboxRow[] = [];
    for (let part = 0; part < 6; part += 1)
      adopted.push(...inOrder((await journal.adopt('two', ['objects'], 0, 300)).outbox));
    assert.equal(
      adopted.map(({ id }) => id),
      sent.map(({ id }) => id),
    );
  });

  test('a process that adopts its own run again need not forget a message twice', async () => {
    const { journal } = bench();
    const ids = facts(300).map(({ id }) => id);
    await journal.commit('one', [turn({ outbox: facts(300) })]);
    await journal.forget(ids.slice(0, 100));
    await journal.adopt('two', ['objects'], 0, 999);
    await journal.forget(ids.slice(100));
    assert.is((await journal.counts()).outbox, 0);
  });

  test('who adopts a run can forget it', async () => {
    const { journal } = bench();
    const open = await journal.begin();
    await open.commit('one', [turn({ outbox: facts(300) })], [], []);
    const { outbox } = await journal.adopt('two', ['objects'], 0, 999);
    assert.equal(inOrder(outbox), facts(300));
    await journal.forget(outbox.map(({ id }) => id));
    assert.equal((await journal.adopt('three', ['objects'], 0, 999)).outbox, []);
    assert.is((await journal.counts()).outbox, 0);
  });
}

function inOrder(rows: readonly OutboxRow[]): readonly OutboxRow[] {
  return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
}
