/**
 * Locks between processes, in one Redis.
 *
 * Invariants:
 * - A lock is a key: its value is the holder, and its time to live ends the lock. Taking and
 *   releasing compare and change in one script, so no process takes away a lock that has become
 *   another's.
 * - One Redis, no quorum: a fail-over may lose a lock. The port allows that, because nothing
 *   correct rests on a lock.
 * - While Redis cannot be reached, every call rejects with `Transient` after a few seconds, and the
 *   client keeps reconnecting. The log has one warning for each time without a connection.
 */
import { Redis } from 'ioredis';
import { Transient } from '../ports/errors.ts';
import type { Lock, Locks } from '../ports/locks.ts';
import { type Log, noLog } from '../ports/log.ts';
import { redisAddress } from './redis-url.ts';

export interface RedisLocksOptions {
  /** `redis://…` or `rediss://…` */
  readonly url: string;
  /** The first part of every key. Default `unanimous:lock:`. */
  readonly keyPrefix?: string;
  readonly log?: Log;
}

const answerLimitMs = 5_000;
const reconnectMaxMs = 2_000;

const acquireScript = `
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1`;

const releaseScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])`;

/**
 * Locks between processes, in one Redis. Calls reject with `Transient` when Redis does not answer
 * within 5 s.
 */
export class RedisLocks implements Locks {
  readonly #redis: Redis;
  readonly #keyPrefix: string;
  #isClosed = false;

  /** Throws `Broken('config-invalid')` for a URL that Redis cannot have. */
  constructor({ url, keyPrefix = 'unanimous:lock:', log = noLog }: RedisLocksOptions) {
    this.#keyPrefix = keyPrefix;
    this.#redis = new Redis({
      ...redisAddress(url),
      commandTimeout: answerLimitMs,
      connectTimeout: answerLimitMs,
      maxRetriesPerRequest: 3,
      retryStrategy: (attempts) => Math.min(attempts * 100, reconnectMaxMs),
    });
    this.#tellOutages(log);
  }

  /** Every call reports its own failure, so one line for each outage is enough. */
  #tellOutages(log: Log): void {
    let isAway = false;
    this.#redis.on('error', (error) => {
      if (!isAway) log('warn', 'Redis cannot be reached, locks wait', { reason: error.message });
      isAway = true;
    });
    this.#redis.on('ready', () => {
      if (isAway) log('info', 'connected to Redis again');
      isAway = false;
    });
  }

  async acquire(name: string, holder: string, ttlMs: number): Promise<Lock | undefined> {
    const taken = await this.#run(acquireScript, name, [holder, Math.max(1, Math.ceil(ttlMs))]);
    return taken ? { name, release: () => this.release(name, holder) } : undefined;
  }

  release(name: string, holder: string): Promise<boolean> {
    return this.#run(releaseScript, name, [holder]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#redis.disconnect();
  }

  async #run(script: string, name: string, values: readonly (string | number)[]): Promise<boolean> {
    if (this.#isClosed) throw new Transient('not-reachable', 'the locks are closed');
    try {
      return (await this.#redis.eval(script, 1, this.#keyPrefix + name, ...values)) === 1;
    } catch (error) {
      throw new Transient(
        'not-reachable',
        `Redis cannot be reached: ${error instanceof Error ? error.message : error}`,
        { cause: error },
      );
    }
  }
}
