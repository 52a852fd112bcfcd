/** What every store of transactions must do, as tests. Run on memory, PGlite and PostgreSQL; the numbers are those of `actors/transactions/store.ts`. */
import {
  type Transaction,
  type TransactionFilter,
  transactionsRead,
  transactionsWrite,
} from '../../actors/transactions/store.ts';
import { Broken, Conflict } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import type { StoreBench, StoreUnderTest } from './store-bench.ts';

const pending = { address: 't1', state: 'PENDING', card: 'c1', atMs: 1_700_000_000_123 } as const;

function put(row: Partial<Omit<Transaction, 'version'>>, version: number) {
  return transactionsWrite('put', { ...pending, ...row }, { version });
}

export function transactionsContract(
  kind: string,
  bench: StoreBench,
  options: SuiteOptions = {},
): void {
  const test = suite(`transactions on ${kind}`, options);
  let store: StoreUnderTest;
  test.before.each(async () => {
    store = await bench.fresh();
  });
  test.after(() => bench.end());

  const row = async (address = 't1') =>
    (await store.read(
      transactionsRead('transaction', { address }),
    )) as unknown as Transaction | null;
  const addresses = async (filter: TransactionFilter) => {
    const found = (await store.read(
      transactionsRead('transactions', filter),
    )) as unknown as readonly Transaction[];
    return found.map(({ address }) => address);
  };

  test('a transaction comes back as it was put, in version 1', async () => {
    await store.apply(put({}, 0));
    assert.equal(await row(), { ...pending, version: 1 });
  });

  test('one that is about no card comes back so', async () => {
    await store.apply(put({ card: null }, 0));
    assert.is((await row())?.card, null);
  });

  test('what was never there is not found', async () => {
    assert.is(await row('nobody'), null);
  });

  test('each change raises the version', async () => {
    await store.apply(put({}, 0));
    await store.apply(put({ state: 'DELETE', atMs: 7 }, 1));
    await store.apply(put({ state: 'CONFIRMED', atMs: 8 }, 2));
    assert.equal(await row(), { ...pending, state: 'CONFIRMED', atMs: 8, version: 3 });
  });

  test('a failed transaction has its reason, and loses it with the next state', async () => {
    await store.apply(put({ state: 'FAILED', reason: 'there is no token 7' }, 0));
    assert.equal(await row(), {
      ...pending,
      state: 'FAILED',
      reason: 'there is no token 7',
      version: 1,
    });
    await store.apply(put({ state: 'DELETE' }, 1));
    assert.equal(await row(), { ...pending, state: 'DELETE', version: 2 });
  });

  test('another version than expected is a conflict', async () => {
    await assert.rejects(store.apply(put({}, 1)), Conflict);
    await store.apply(put({}, 0));
    await assert.rejects(store.apply(put({ state: 'DELETE' }, 0)), Conflict);
    await assert.rejects(store.apply(put({ state: 'DELETE' }, 2)), Conflict);
    assert.is((await row())?.state, 'PENDING');
  });

  test('several changes of one commit follow each other', async () => {
    await store.apply(put({}, 0), put({ state: 'DELETE' }, 1));
    assert.equal(await row(), { ...pending, state: 'DELETE', version: 2 });
  });

  test('transactions of one commit change each for itself', async () => {
    await store.apply(put({ address: 'b' }, 0), put({ address: 'a', card: null }, 0));
    const failed = put({ address: 'a', state: 'FAILED', reason: 'no token' }, 1);
    await store.apply(put({}, 0), failed, put({ address: 'b', state: 'DELETE', atMs: 7 }, 1));
    const found = await Promise.all(['t1', 'a', 'b', 'nobody'].map(row));
    assert.equal(found, [
      { ...pending, version: 1 },
      { ...pending, address: 'a', state: 'FAILED', reason: 'no token', version: 2 },
      { ...pending, address: 'b', state: 'DELETE', atMs: 7, version: 2 },
      null,
    ]);
  });

  test('a commit that fails leaves nothing', async () => {
    await store.apply(put({ address: 't2' }, 0));
    await assert.rejects(
      store.apply(
        put({}, 0),
        put({ address: 't2', state: 'DELETE' }, 1),
        put({ address: 't2' }, 1),
      ),
      Conflict,
    );
    assert.is(await row(), null);
    assert.is((await row('t2'))?.state, 'PENDING');
  });

  test('of two that expect the same version one is done', async () => {
    for (const version of [0, 1]) {
      const results = await Promise.allSettled([
        store.apply(put({}, version)),
        store.apply(put({}, version)),
      ]);
      const failures = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason] : [],
      );
      assert.is(failures.length, 1);
      assert.instance(failures[0], Conflict);
      assert.is((await row())?.version, version + 1);
    }
  });

  test('they are found by address, card and state, in the order of their addresses', async () => {
    await store.apply(
      put({ address: 'b' }, 0),
      put({ address: 'B', card: 'c2' }, 0),
      put({ address: 'a', state: 'DELETE' }, 0),
    );
    assert.equal(await addresses({}), ['B', 'a', 'b']);
    assert.equal(await addresses({ addresses: ['b', 'nobody', 'a'] }), ['a', 'b']);
    assert.equal(await addresses({ addresses: [] }), []);
    assert.equal(await addresses({ card: 'c1' }), ['a', 'b']);
    assert.equal(await addresses({ card: 'c1', state: 'DELETE' }), ['a']);
  });

  test('an operation there is not is a bug', async () => {
    await assert.rejects(store.read({ store: 'transactions', op: 'guess', args: {} }), Broken);
    await assert.rejects(store.apply({ store: 'transactions', op: 'guess', args: {} }), Broken);
  });

  test.run();
}
