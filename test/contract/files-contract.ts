/** What every store of receipts must do, as tests. Run on memory, PGlite and PostgreSQL; the numbers are those of `actors/file-remover/store.ts`. */
import {
  filesRead,
  filesWrite,
  queuedReceipt,
  type Receipt,
  type ReceiptFilter,
} from '../../actors/file-remover/store.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import type { StoreBench, StoreUnderTest } from './store-bench.ts';

const url = 'file:///tmp/%D0%B0.png';
const sha256 = 'ab'.repeat(32);
const removal = {
  bytes: 5_000_000_000,
  sha256,
  attempts: 2,
  note: null,
  evidence: { status: 204, etag: '"a"' },
  removedAtMs: 1_700_000_000_123,
};

const queue = (id = 'r1', more: Partial<Receipt> = {}) =>
  filesWrite('queue', { id, url, card: 'c1', ...more });
const remove = (id = 'r1') => filesWrite('remove', { id, ...removal });
const fail = (id = 'r1') =>
  filesWrite('fail', { id, attempts: 12, note: 'broken: EACCES', failedAtMs: 7 });

export function filesContract(kind: string, bench: StoreBench, options: SuiteOptions = {}): void {
  const test = suite(`receipts on ${kind}`, options);
  let store: StoreUnderTest;
  test.before.each(async () => {
    store = await bench.fresh();
  });
  test.after(() => bench.end());

  const found = async (filter: ReceiptFilter = {}) =>
    (await store.read(filesRead('receipts', filter))) as unknown as readonly Receipt[];
  const queued = queuedReceipt({ id: 'r1', url, card: 'c1' });
  const removed: Receipt = { ...queued, ...removal, state: 'removed' };

  test('a receipt begins queued', async () => {
    await store.apply(queue());
    assert.equal(await found(), [queued]);
  });

  test('a removed file has its size, its hash and its time', async () => {
    await store.apply(queue());
    await store.apply(remove());
    assert.equal(await found(), [removed]);
  });

  test('a file that was not there is noted so', async () => {
    await store.apply(
      queue(),
      filesWrite('remove', {
        id: 'r1',
        bytes: null,
        sha256: null,
        attempts: 1,
        note: 'absent',
        evidence: null,
        removedAtMs: 5,
      }),
    );
    assert.equal(await found(), [
      { ...queued, state: 'removed', attempts: 1, note: 'absent', removedAtMs: 5 },
    ]);
  });

  test('a kept file names the row, and is queued again from the beginning', async () => {
    const note = 'the node n1 of tags';
    await store.apply(queue(), filesWrite('keep', { id: 'r1', note }));
    assert.equal(await found(), [{ ...queued, state: 'kept', note }]);
    await store.apply(queue());
    assert.equal(await found(), [queued]);
    await store.apply(remove(), filesWrite('keep', { id: 'r1', note }));
    assert.equal(await found(), [removed]);
  });

  test('a failed one says why', async () => {
    await store.apply(queue(), fail());
    assert.equal(await found(), [
      { ...queued, state: 'failed', attempts: 12, note: 'broken: EACCES', failedAtMs: 7 },
    ]);
  });

  test('a failed one is queued again from the beginning', async () => {
    await store.apply(queue(), fail());
    await store.apply(queue('r1', { url: 'file:///other' }));
    assert.equal(await found(), [{ ...queued, url: 'file:///other' }]);
  });

  test('doing it again changes nothing', async () => {
    await store.apply(queue(), queue());
    await store.apply(queue());
    assert.equal(await found(), [queued]);
  });

  test('removed is final', async () => {
    await store.apply(queue(), remove());
    await store.apply(
      queue(),
      fail(),
      filesWrite('remove', {
        id: 'r1',
        bytes: null,
        sha256: null,
        attempts: 1,
        note: 'absent',
        evidence: null,
        removedAtMs: 9,
      }),
    );
    assert.equal(await found(), [removed]);
  });

  test('receipts of one commit change each for itself, whatever its kind', async () => {
    await store.apply(queue('r1'), queue('r2'), queue('r3'), queue('r4'));
    const { bytes, attempts } = removal;
    const hold = filesWrite('hold', { id: 'r4', bytes, sha256, attempts, evidence: null });
    await store.apply(remove('r1'), hold, fail('r2'), queue('r5'), remove('r3'), fail('r1'));
    assert.equal(
      (await found()).map(({ id, state, note, bytes: size }) => [id, state, note, size]),
      [
        ['r1', 'removed', null, bytes],
        ['r2', 'failed', 'broken: EACCES', null],
        ['r3', 'removed', null, bytes],
        ['r4', 'quarantined', null, bytes],
        ['r5', 'queued', null, null],
      ],
    );
    const readOf = async (id: string) => (await found({ id })).map((receipt) => receipt.id);
    assert.equal(await Promise.all(['r2', 'nobody', 'r1'].map(readOf)), [['r2'], [], ['r1']]);
  });

  test('a file in quarantine is measured, and is removed or restored', async () => {
    const { bytes, attempts, evidence } = removal;
    const hold = (id: string) => filesWrite('hold', { id, bytes, sha256, attempts, evidence });
    const held = { ...queued, bytes, sha256, attempts, evidence, state: 'quarantined' as const };
    await store.apply(queue(), hold('r1'));
    assert.equal(await found(), [held]);
    await store.apply(queue('r2'), hold('r2'), remove('r1'), filesWrite('restore', { id: 'r2' }));
    assert.equal(await found(), [removed, { ...held, id: 'r2', state: 'restored' }]);
  });

  test('restored is final', async () => {
    await store.apply(queue(), filesWrite('restore', { id: 'r1' }));
    await store.apply(queue(), fail(), remove());
    assert.equal(await found(), [{ ...queued, state: 'restored' }]);
  });

  test('what was never queued is not invented', async () => {
    await store.apply(remove('nobody'), fail('nobody'));
    assert.equal(await found(), []);
  });

  test('they are found by id, card and URL, in the order of their ids', async () => {
    await store.apply(
      queue('b', { card: 'c2' }),
      queue('B', { url: 'file:///x' }),
      queue('a', { card: null }),
    );
    const ids = async (filter: ReceiptFilter) => (await found(filter)).map(({ id }) => id);
    assert.equal(await ids({}), ['B', 'a', 'b']);
    assert.equal(await ids({ id: 'a' }), ['a']);
    assert.equal(await ids({ card: 'c1' }), ['B']);
    assert.equal(await ids({ url }), ['a', 'b']);
    assert.equal(await ids({ url, card: 'c2' }), ['b']);
  });

  test('a filter with other members finds the same', async () => {
    await store.apply(queue('a'), queue('b', { url: 'file:///x' }));
    const more = { $or: [{ id: 'b' }], state: 'removed', 'a\0b': 'x', '': null };
    const filter: ReceiptFilter = { url, ...more };
    assert.equal(
      (await found(filter)).map(({ id }) => id),
      ['a'],
    );
  });

  test('pages have every receipt once, by id', async () => {
    await store.apply(queue('b'), queue('B'), queue('a'), queue('\u{1F600}'));
    const page = async (after: string, limit: number) => {
      const receipts = await store.read(filesRead('page', { after, limit }));
      return (receipts as unknown as readonly Receipt[]).map(({ id }) => id);
    };
    assert.equal(await page('', 3), ['B', 'a', 'b']);
    assert.equal(await page('b', 3), ['\u{1F600}']);
    assert.equal(await page('\u{1F600}', 3), []);
  });

  test('a URL longer than an index entry is kept and found', async () => {
    const long = `file:///${'x'.repeat(4_000)}`;
    await store.apply(queue('r1', { url: long }));
    assert.is((await found({ url: long }))[0]?.url, long);
  });

  test('a commit that fails leaves nothing', async () => {
    await store.apply(queue('r1'));
    await assert.rejects(
      store.apply(queue('r2'), remove('r1'), { store: 'files', op: 'guess', args: { id: 'r1' } }),
    );
    assert.equal(await found(), [queued]);
  });

  test('an operation there is not is a bug', async () => {
    await store.apply(queue());
    await assert.rejects(store.read({ store: 'files', op: 'guess', args: {} }), Broken);
    await assert.rejects(store.apply({ store: 'files', op: 'guess', args: { id: 'r1' } }), Broken);
  });

  test.run();
}
