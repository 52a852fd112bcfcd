import { MemoryLocks } from '../../../../runtime/memory/memory-locks.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('memory locks');

test('it is held until the last moment, and free at the end', async () => {
  const clock = new VirtualClock();
  const locks = new MemoryLocks(clock);
  await locks.acquire('node', 'a', 100);
  await clock.advance(99);
  assert.is(await locks.acquire('node', 'b', 100), undefined);
  await clock.advance(1);
  assert.ok(await locks.acquire('node', 'b', 100));
  assert.is(clock.waiting, 0);
});

test('locks that ended do not pile up, those that are held stay', async () => {
  const clock = new VirtualClock();
  const locks = new MemoryLocks(clock);
  await locks.acquire('kept', 'a', 1_000_000);
  for (let n = 0; n < 1_000; n += 1) {
    await locks.acquire(`node ${n}`, 'a', 10);
    await clock.advance(10);
  }
  assert.ok(locks.size < 100, `${locks.size} are left`);
  assert.is(await locks.acquire('kept', 'b', 1), undefined);
});

test.run();
