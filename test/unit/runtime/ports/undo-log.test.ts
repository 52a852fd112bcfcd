import { MemoryTransaction, UndoableTable } from '../../../../runtime/ports/undo-log.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('undo log');

function rowsOf(table: UndoableTable<string>): string[] {
  return [...table.values()];
}

test('a commit that resolves keeps its changes', async () => {
  const [table, transaction] = [new UndoableTable<string>(), new MemoryTransaction()];
  const result = await transaction.run(async () => {
    table.put(transaction, 'a', 'one');
    return 'done';
  });
  assert.equal([result, rowsOf(table)], ['done', ['one']]);
});

test('a commit that rejects undoes its changes, last first', async () => {
  const [table, earlier, transaction] = [
    new UndoableTable<string>(),
    new MemoryTransaction(),
    new MemoryTransaction(),
  ];
  table.put(earlier, 'a', 'one');
  table.put(earlier, 'b', 'two');
  const failing = transaction.run(async () => {
    table.put(transaction, 'a', 'changed');
    table.put(transaction, 'a', 'changed again');
    table.drop(transaction, 'b');
    table.put(transaction, 'c', 'new');
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  assert.equal(
    ['a', 'b', 'c'].map((key) => table.get(key)),
    ['one', 'two', undefined],
  );
});

test('the end is told after the rollback', async () => {
  const [table, transaction] = [new UndoableTable<string>(), new MemoryTransaction()];
  const seen = transaction.ended.then(() => rowsOf(table));
  const failing = transaction.run(async () => {
    table.put(transaction, 'a', 'one');
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  assert.equal(await seen, []);
});

test('an index follows each change and each undo', async () => {
  const changes: (string | undefined)[][] = [];
  const table = new UndoableTable<string>((before, after) => changes.push([before, after]));
  const transaction = new MemoryTransaction();
  const failing = transaction.run(async () => {
    table.put(transaction, 'a', 'one');
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  assert.equal(changes, [
    [undefined, 'one'],
    ['one', undefined],
  ]);
});

test.run();
