import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import type { Store } from '../../../../runtime/ports/store.ts';
import type { UndoLog } from '../../../../runtime/ports/undo-log.ts';
import { anActor, record, turn } from '../../../contract/journal/samples.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('memory journal');

/** Notes what it is told to do and what is undone, and waits where a database would. */
function notingStore(notes: string[]): Store<UndoLog> {
  return {
    name: 'notes',
    read: async () => notes,
    apply: async (undoLog, writes) => {
      for (const { op } of writes) {
        await new Promise((resolve) => setImmediate(resolve));
        if (op === 'break') throw new Error('broken');
        notes.push(op);
        undoLog.onRollback(() => notes.push(`undo ${op}`));
      }
    },
  };
}

const write = (op: string) => ({ store: 'notes', op, args: null });

async function opened(notes: string[]): Promise<MemoryJournal> {
  const journal = new MemoryJournal({ stores: [notingStore(notes)] });
  await journal.open();
  return journal;
}

test('all or nothing: what was done is undone, last first', async () => {
  const notes: string[] = [];
  const journal = await opened(notes);
  await assert.rejects(
    journal.commit('one', [turn({ writes: [write('a'), write('b'), write('break')] })]),
    /broken/,
  );
  assert.equal(notes, ['a', 'b', 'undo b', 'undo a']);
});

test('a store gets the writes of a whole commit at once, in order', async () => {
  const calls: string[][] = [];
  const store: Store<UndoLog> = {
    name: 'notes',
    read: async () => null,
    apply: async (_undoLog, writes) => void calls.push(writes.map(({ op }) => op)),
  };
  const journal = new MemoryJournal({ stores: [store] });
  await journal.open();
  const other = { service: 'objects', machine: 'delete-saga', key: 'other' };
  await journal.commit('one', [
    turn({ writes: [write('a'), write('b')] }),
    turn({ address: other, writes: [write('c')] }),
  ]);
  assert.equal(calls, [['a', 'b', 'c']]);
});

test('all or nothing: commits run one after another, the one without writes behind the one with', async () => {
  const notes: string[] = [];
  const journal = await opened(notes);
  const first = journal.commit('one', [
    turn({ record: record('first'), writes: [write('a'), write('b')] }),
  ]);
  const second = journal.commit('one', [turn({ expectedVersion: 1, record: record('second') })]);
  await Promise.all([first, second]);
  assert.equal((await journal.inspect(anActor))?.family, 'second');
});

test('all or nothing: a commit that fails does not stop those behind it', async () => {
  const notes: string[] = [];
  const journal = await opened(notes);
  const results = await Promise.allSettled([
    journal.commit('one', [turn({ writes: [write('break')] })]),
    journal.commit('one', [turn({ writes: [write('a')] })]),
  ]);
  assert.equal(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
});

test('close waits for the commit that is under way', async () => {
  const notes: string[] = [];
  const journal = await opened(notes);
  const commit = journal.commit('one', [turn({ writes: [write('a')] })]);
  await journal.close();
  assert.equal(notes, ['a']);
  await commit;
});

test.run();
