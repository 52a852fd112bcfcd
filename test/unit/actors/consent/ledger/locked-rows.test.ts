import { LockedRows } from '../../../../../actors/consent/ledger/sql/locked-rows.ts';
import { assert, suite } from '../../../../support/suite.ts';

const test = suite('rows that a commit has locked');

type Row = { readonly id: string; readonly version: number };

/** Rows that are there, and the ids of each lock. */
function world(...there: readonly string[]) {
  const asked: (readonly string[])[] = [];
  const present = new Set(there);
  const lock = async (ids: readonly string[]): Promise<Row[]> => {
    asked.push(ids);
    return ids.filter((id) => present.has(id)).map((id) => ({ id, version: asked.length }));
  };
  return { asked, present, lock, locked: new LockedRows<Row>(({ id }) => id) };
}

test('a row is locked once, and only rows that are missing are asked for', async () => {
  const { asked, lock, locked } = world('a', 'b');
  const once = await locked.lock(['a', 'a'], lock);
  const both = await locked.lock(['b', 'a'], lock);
  assert.equal(asked, [['a'], ['b']]);
  assert.equal(once, [{ id: 'a', version: 1 }]);
  assert.equal(both, [
    { id: 'b', version: 2 },
    { id: 'a', version: 1 },
  ]);
});

test('a lock that is under way is waited for', async () => {
  const { asked, lock, locked } = world('a');
  const found = await Promise.all([locked.lock(['a'], lock), locked.lock(['a'], lock)]);
  assert.equal(asked, [['a']]);
  assert.equal(found[0], found[1]);
});

test('a row that was not there is asked for again', async () => {
  const { asked, present, lock, locked } = world();
  assert.equal(await locked.lock(['a'], lock), []);
  present.add('a');
  assert.equal(await locked.lock(['a'], lock), [{ id: 'a', version: 2 }]);
  assert.equal(asked, [['a'], ['a']]);
});

test('a row is missed from the lock that has not found it to the lock that has', async () => {
  const { present, lock, locked } = world('b');
  assert.equal(locked.hasMissed(['a']), false);
  await locked.lock(['a', 'b'], lock);
  assert.equal([locked.hasMissed(['b', 'a']), locked.hasMissed(['b'])], [true, false]);
  present.add('a');
  await locked.take(['a'], lock(['a']));
  assert.equal(locked.hasMissed(['a']), false);
});

test('rows that were changed are asked for again', async () => {
  const { asked, lock, locked } = world('a');
  await locked.lock(['a'], lock);
  locked.forget();
  assert.equal(await locked.all(['a']), undefined);
  await locked.lock(['a'], lock);
  assert.equal(asked, [['a'], ['a']]);
});

test('all rows are known only when each of them is locked and there', async () => {
  const { lock, locked } = world('a', 'b');
  await locked.lock(['a'], lock);
  assert.equal(await locked.all(['a']), [{ id: 'a', version: 1 }]);
  assert.equal(await locked.all(['a', 'b']), undefined);
  assert.equal(await locked.all([]), undefined);
  await locked.lock(['c'], lock);
  assert.equal(await locked.all(['a', 'c']), undefined);
});

test('a lock that fails fails everybody who waits for its rows', async () => {
  const { locked } = world('a');
  const failing = (): Promise<Row[]> => Promise.reject(new Error('deadlock'));
  await assert.rejects(locked.lock(['a'], failing), /deadlock/);
  await assert.rejects(locked.lock(['a'], failing), /deadlock/);
});

test.run();
