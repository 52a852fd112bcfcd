/**
 * Taking and releasing the lock on a transaction's address. The holder is the card, so a try after
 * a crash finds its own lock. The process that takes the lock keeps the lock until the release; if
 * the process ends before, the lock expires, and only the fence in the store excludes other
 * deletions.
 */

import { Transient } from '../../runtime/ports/errors.ts';
import type { Locks } from '../../runtime/ports/locks.ts';
import { activity } from '../../runtime/step/activity.ts';

export type LockRequest = {
  readonly name: string;
  readonly holder: string;
};

/** The activity tries until the machine leaves the state `locking`. */
const acquirePolicy = {
  attemptsMax: Number.POSITIVE_INFINITY,
  firstDelayMs: 50,
  factor: 2,
  delayMaxMs: 1_000,
  timeoutMs: 2_000,
};
const releasePolicy = {
  attemptsMax: 3,
  firstDelayMs: 100,
  factor: 2,
  delayMaxMs: 1_000,
  timeoutMs: 2_000,
};

export function lockActivities(locks: Pick<Locks, 'acquire' | 'keep' | 'release'>, ttlMs: number) {
  return {
    /** Gives `unreachable` when nobody can say who holds the lock. */
    acquireLock: activity(async ({ name, holder }: LockRequest) => {
      const lock = await locks.acquire(name, holder, ttlMs).catch(unreachable);
      if (lock === 'unreachable') return lock;
      if (lock === undefined)
        throw new Transient('frozen', `the lock '${name}' has another holder`);
      locks.keep(name, holder, ttlMs);
      return null;
    }, acquirePolicy),
    /** Gives true when this card still held the lock. */
    releaseLock: activity(
      ({ name, holder }: LockRequest) => locks.release(name, holder),
      releasePolicy,
    ),
  };
}

function unreachable(error: unknown): 'unreachable' {
  if (error instanceof Transient && error.code === 'not-reachable') return 'unreachable';
  throw error;
}
