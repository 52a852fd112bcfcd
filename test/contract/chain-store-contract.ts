/** What every store of burns must do, as tests. Run on memory, PGlite and PostgreSQL; the numbers are those of `actors/chain/store.ts`. */
import {
  type Burn,
  chainRead,
  chainWrite,
  type Reservation,
  type SignedBytes,
} from '../../actors/chain/store.ts';
import type { Token } from '../../actors/chain/token.ts';
import { Conflict } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import type { StoreBench, StoreUnderTest } from './store-bench.ts';

const token: Token = {
  chain: 1,
  contract: `0x${'ab'.repeat(20)}`,
  standard: 'erc1155',
  id: '115792089237316195423570985008687907853269984665640564039457584007913129639935',
  amount: '3',
  account: `0x${'cd'.repeat(20)}`,
};
const account = `0x${'ef'.repeat(20)}`;
const open = (id = 'b1') => chainWrite('open', { id, token, atMs: 1_700_000_000_123 });
const reserve = (burn = 'b1', floor = 0, of: { chain?: number; account?: string } = {}) =>
  chainWrite('reserve', { burn, chain: 1, account, floor, ...of });
const bytes = (burn: string, nonce: number, hash: string, atMs = 1): SignedBytes => ({
  burn,
  chain: 1,
  account,
  nonce,
  hash,
  raw: `0x02${hash}`,
  atMs,
});
const ended = { state: 'burned', hash: '0xaa', block: 12, reason: null, atMs: 7 } as const;

export function chainStoreContract(
  kind: string,
  bench: StoreBench,
  options: SuiteOptions = {},
): void {
  const test = suite(`burns on ${kind}`, options);
  let store: StoreUnderTest;
  test.before.each(async () => {
    store = await bench.fresh();
  });
  test.after(() => bench.end());

  const burn = async (id = 'b1') => (await store.read(chainRead('burn', { id }))) as Burn | null;
  const nonceOf = async (id: string) => {
    const found = await store.read(chainRead('reservation', { burn: id }));
    return (found as Reservation | null)?.nonce;
  };
  const signed = async (id: string) =>
    (await store.read(chainRead('signed', { burn: id }))) as readonly SignedBytes[];

  test('a burn comes back as it was opened, and a second opening changes nothing', async () => {
    await store.apply(open());
    await store.apply(chainWrite('open', { id: 'b1', token: { ...token, id: '1' }, atMs: 2 }));
    assert.equal(await burn(), {
      id: 'b1',
      token,
      state: 'open',
      hash: null,
      block: null,
      reason: null,
      atMs: 1_700_000_000_123,
    });
    assert.is(await burn('b2'), null);
  });

  test('nonces of an account rise from the floor, and no nonce is given twice', async () => {
    await store.apply(reserve('b1', 5), reserve('b2', 5));
    await store.apply(reserve('b3', 2));
    await store.apply(reserve('b4', 20));
    const nonces = await Promise.all(['b1', 'b2', 'b3', 'b4'].map(nonceOf));
    assert.equal(nonces, [5, 6, 7, 20]);
    assert.is(await nonceOf('b5'), undefined);
  });

  test('another account and another chain count by themselves', async () => {
    await store.apply(reserve('b1'), reserve('b2', 0, { account: `0x${'11'.repeat(20)}` }));
    await store.apply(reserve('b3', 0, { chain: 2 }));
    assert.equal(await Promise.all(['b1', 'b2', 'b3'].map(nonceOf)), [0, 0, 0]);
  });

  test('commits at the same time get different nonces', async () => {
    const burns = Array.from({ length: 8 }, (_, index) => `b${index}`);
    await Promise.all(burns.map((id) => store.apply(reserve(id))));
    const nonces = await Promise.all(burns.map(nonceOf));
    assert.equal(nonces.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('a burn has the newest of its nonces', async () => {
    await store.apply(reserve('b1'), reserve('b2'));
    await store.apply(reserve('b1'));
    assert.is(await nonceOf('b1'), 2);
  });

  test('a nonce of a commit that fails is given again', async () => {
    await assert.rejects(
      store.apply(reserve('b1'), chainWrite('end', { id: 'b1', ...ended })),
      Conflict,
    );
    await store.apply(reserve('b2'));
    assert.is(await nonceOf('b2'), 0);
  });

  test('signed bytes come back by nonce, the oldest first, and once', async () => {
    await store.apply(reserve('b1'), reserve('b1'));
    await store.apply(
      chainWrite('keep', bytes('b1', 1, '0x3')),
      chainWrite('keep', bytes('b1', 0, '0x2', 9)),
      chainWrite('keep', bytes('b1', 0, '0x1', 4)),
    );
    await store.apply(chainWrite('keep', bytes('b1', 0, '0x1', 44)));
    assert.equal(await signed('b1'), [
      bytes('b1', 0, '0x1', 4),
      bytes('b1', 0, '0x2', 9),
      bytes('b1', 1, '0x3'),
    ]);
    assert.equal(await signed('b2'), []);
  });

  test('bytes with a nonce of another burn are a conflict', async () => {
    await store.apply(reserve('b1'));
    await assert.rejects(store.apply(chainWrite('keep', bytes('b2', 0, '0x1'))), Conflict);
    assert.equal(await signed('b2'), []);
  });

  test('a burn ends once', async () => {
    await store.apply(open());
    await store.apply(chainWrite('end', { id: 'b1', ...ended }));
    const { hash, block, state, atMs } = (await burn()) ?? {};
    assert.equal(
      { hash, block, state, atMs },
      { hash: '0xaa', block: 12, state: 'burned', atMs: 7 },
    );
    await assert.rejects(store.apply(chainWrite('end', { id: 'b1', ...ended })), Conflict);
  });

  test('old burns go with their nonces and bytes; open burns and the count stay', async () => {
    await store.apply(open('b1'), open('b2'), reserve('b1'), reserve('b2'));
    await store.apply(chainWrite('keep', bytes('b1', 0, '0x1')));
    await store.apply(chainWrite('end', { id: 'b1', ...ended }));
    assert.is(await store.prune(8, 10), 1);
    assert.is(await burn('b1'), null);
    assert.equal(await signed('b1'), []);
    assert.is((await burn('b2'))?.state, 'open');
    await store.apply(reserve('b3'));
    assert.is(await nonceOf('b3'), 2);
  });

  test.run();
}
