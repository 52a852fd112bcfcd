/** What every adapter of the locks must do, as tests. Run on memory and Redis. */
import type { Locks } from '../../runtime/ports/locks.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';

export interface LocksBench {
  readonly locks: Locks;
  /** Lets a time to live of this length pass. */
  passed(ttlMs: number): Promise<void>;
  /** Lets so much time pass, also while locks are kept. */
  elapsed(ms: number): Promise<void>;
  end(): Promise<void>;
}

const longMs = 60_000;
const shortMs = 40;
/** Long enough for renewals of a machine under load. */
const keptMs = 600;

export function locksContract(
  name: string,
  createBench: () => Promise<LocksBench>,
  options: SuiteOptions = {},
): void {
  const test = suite(`locks: ${name}`, options);
  let bench: LocksBench;
  let locks: Locks;

  test.before.each(async () => {
    bench = await createBench();
    locks = bench.locks;
  });
  test.after.each(() => bench.end());

  test('a lock that is held is not given to another', async () => {
    assert.is((await locks.acquire('node', 'a', longMs))?.name, 'node');
    assert.is(await locks.acquire('node', 'b', longMs), undefined);
  });

  test('locks of different names do not meet', async () => {
    assert.ok(await locks.acquire('node', 'a', longMs));
    assert.ok(await locks.acquire('node 2', 'b', longMs));
  });

  test('of many at the same moment one gets it', async () => {
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, n) => locks.acquire('node', `holder ${n}`, longMs)),
    );
    assert.is(taken.filter((lock) => lock !== undefined).length, 1);
  });

  test('the same holder gets it again', async () => {
    assert.ok(await locks.acquire('node', 'a', longMs));
    assert.ok(await locks.acquire('node', 'a', longMs));
  });

  test('taken again it lasts from then on', async () => {
    assert.ok(await locks.acquire('node', 'a', shortMs));
    assert.ok(await locks.acquire('node', 'a', longMs));
    await bench.passed(shortMs);
    assert.is(await locks.acquire('node', 'b', longMs), undefined);
  });

  test('given back it is free', async () => {
    const lock = await locks.acquire('node', 'a', longMs);
    assert.is(await lock?.release(), true);
    assert.ok(await locks.acquire('node', 'b', longMs));
  });

  test('given back by name and holder it is free', async () => {
    await locks.acquire('node', 'a', longMs);
    assert.is(await locks.release('node', 'a'), true);
    assert.is(await locks.release('node', 'a'), false);
    assert.ok(await locks.acquire('node', 'b', longMs));
  });

  test('nobody gives back what another holds', async () => {
    await locks.acquire('node', 'a', longMs);
    assert.is(await locks.release('node', 'b'), false);
    assert.is(await locks.release('other', 'a'), false);
    assert.is(await locks.acquire('node', 'b', longMs), undefined);
  });

  test('it ends by itself', async () => {
    await locks.acquire('node', 'a', shortMs);
    await bench.passed(shortMs);
    assert.ok(await locks.acquire('node', 'b', longMs));
  });

  test('a lock that is kept lasts until its holder gives it back', async () => {
    await locks.acquire('node', 'a', keptMs);
    locks.keep('node', 'a', keptMs);
    await bench.elapsed(3 * keptMs);
    assert.is(await locks.acquire('node', 'b', longMs), undefined);
    assert.is(await locks.release('node', 'a'), true);
    await locks.acquire('node', 'b', shortMs);
    await bench.passed(shortMs);
    assert.ok(await locks.acquire('node', 'c', longMs));
  });

  test('a lock that is free or another’s is not kept', async () => {
    locks.keep('node', 'a', shortMs);
    await bench.elapsed(shortMs);
    await locks.acquire('node', 'b', shortMs);
    locks.keep('node', 'a', shortMs);
    await bench.passed(shortMs);
    assert.ok(await locks.acquire('node', 'c', longMs));
  });

  test('one that ended is not given back, neither when free nor when it is another’s', async () => {
    const lock = await locks.acquire('node', 'a', shortMs);
    await bench.passed(shortMs);
    assert.is(await lock?.release(), false);
    await locks.acquire('node', 'b', longMs);
    assert.is(await lock?.release(), false);
    assert.is(await locks.acquire('node', 'c', longMs), undefined);
  });

  test('any name and holder will do', async () => {
    const odd = 'a b:c/{d}\n"é';
    const lock = await locks.acquire(odd, odd, longMs);
    assert.is(await locks.acquire(odd, 'b', longMs), undefined);
    assert.is(await lock?.release(), true);
  });

  test('close may be called twice', async () => {
    await locks.close();
    await locks.close();
  });

  test.run();
}
