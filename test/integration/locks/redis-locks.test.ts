import { Redis } from 'ioredis';
import { Transient } from '../../../runtime/ports/errors.ts';
import { RedisLocks } from '../../../runtime/redis/redis-locks.ts';
import { type LocksBench, locksContract } from '../../contract/locks-contract.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';

let benches = 0;

/** Time in Redis cannot be moved: a lock's time is over when Redis itself says that no key is left that ends so soon. */
async function untilGone(redis: Redis, keyPrefix: string, ttlMs: number): Promise<void> {
  for (;;) {
    const keys = await redis.keys(`${keyPrefix}*`);
    const leftMs = await Promise.all(keys.map((key) => redis.pttl(key)));
    if (!leftMs.some((ms) => ms >= 0 && ms <= ttlMs)) return;
  }
}

/** By the time of Redis. */
async function untilLater(redis: Redis, ms: number): Promise<void> {
  const nowMs = async () => {
    const [seconds, micros] = await redis.time();
    return Number(seconds) * 1_000 + Number(micros) / 1_000;
  };
  const endMs = (await nowMs()) + ms;
  while ((await nowMs()) < endMs) await redis.ping();
}

async function redisBench(): Promise<LocksBench> {
  benches += 1;
  const keyPrefix = `test:${process.pid}:${benches}:`;
  const redis = new Redis(servers.redis);
  const locks = new RedisLocks({ url: servers.redis, keyPrefix });
  return {
    locks,
    passed: (ttlMs) => untilGone(redis, keyPrefix, ttlMs),
    elapsed: (ms) => untilLater(redis, ms),
    async end() {
      await locks.close();
      const keys = await redis.keys(`${keyPrefix}*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
    },
  };
}

locksContract('Redis', redisBench, { needs: ['redis'] });

const test = suite('locks: Redis that is not there');

test('every call is Transient', async () => {
  const locks = new RedisLocks({ url: 'redis://127.0.0.1:1' });
  await assert.rejects(locks.acquire('node', 'a', 1_000), Transient);
  await locks.close();
  await assert.rejects(locks.release('node', 'a'), Transient);
});

test.run();
