/**
 * Locks between processes, in one Redis.
 *
 * Invariants:
 * - A lock is a key: its value is the holder, and its time to live ends the lock. Taking and
 *   releasing compare and change in one script, so no process takes away a lock that has become
 *   another's.
 * - A kept lock is renewed three times in its time to live, by a script that extends the time of the
 *   holder's own key and makes no key. So a lock that was given back elsewhere stays free, and Redis
 *   that has lost its keys is found out at the next renewal.
 * - One Redis, no quorum: a fail-over may lose a lock. The port allows that, because nothing
 *   correct rests on a lock.
 * - While Redis cannot be reached, every call rejects with `Transient` after a few seconds, and the
 *   client keeps reconnecting. The log has one warning for each time without a connection.
 */
import { Redis } from 'ioredis';
import { type Clock, systemClock } from '../ports/clock.ts';
import { Transient } from '../ports/errors.ts';
import { identityOf } from '../ports/identity.ts';
import type { Lock, Locks } from '../ports/locks.ts';
import { type Log, noLog } from '../ports/log.ts';
import { redisAddress } from './redis-url.ts';

export interface RedisLocksOptions {
  /** `redis://…` or `rediss://…` */
  readonly url: string;
  /** The first part of every key. Default `unanimous:lock:`. */
  readonly keyPrefix?: string;
  readonly log?: Log;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

const answerLimitMs = 5_000;
const reconnectMaxMs = 2_000;

const acquireScript = `
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1`;

const extendScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('pexpire', KEYS[1], ARGV[2])`;

const renewalsPerTtl = 3;

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
  readonly #log: Log;
  readonly #clock: Clock;
  /** The cancellation of the next renewal, by name and holder. */
  readonly #kept = new Map<string, () => void>();
  #isClosed = false;

  /** Throws `Broken('config-invalid')` for a URL that Redis cannot have. */
  constructor({
    url,
    keyPrefix = 'unanimous:lock:',
    log = noLog,
    clock = systemClock,
  }: RedisLocksOptions) {
    this.#keyPrefix = keyPrefix;
    this.#log = log;
    this.#clock = clock;
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

  keep(name: string, holder: string, ttlMs: number): void {
    if (this.#isClosed) return;
    const key = identityOf(name, holder);
    this.#kept.get(key)?.();
    const renewal = () => void this.#renew(name, holder, ttlMs);
    this.#kept.set(key, this.#clock.after(ttlMs / renewalsPerTtl, renewal, 'background'));
  }

  release(name: string, holder: string): Promise<boolean> {
    this.#forget(name, holder);
    return this.#run(releaseScript, name, [holder]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#kept.values()) cancel();
    this.#kept.clear();
    this.#redis.disconnect();
  }

  #forget(name: string, holder: string): void {
    const key = identityOf(name, holder);
    this.#kept.get(key)?.();
    this.#kept.delete(key);
  }

  /** A renewal that finds no Redis is followed by the next one: the lock may still be there. */
  async #renew(name: string, holder: string, ttlMs: number): Promise<void> {
    const key = identityOf(name, holder);
    const renewal = this.#kept.get(key);
    const isHeld = await this.#run(extendScript, name, [holder, Math.ceil(ttlMs)]).catch(
      () => true,
    );
    // Given back or kept anew while Redis was asked.
    if (this.#isClosed || this.#kept.get(key) !== renewal) return;
    if (isHeld) return this.keep(name, holder, ttlMs);
    this.#kept.delete(key);
    this.#log('warn', 'a lock has ended before its holder gave it back', { lock: name, holder });
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
