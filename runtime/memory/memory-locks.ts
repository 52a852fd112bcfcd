/**
 * Locks between the services of one process.
 *
 * Invariants:
 * - A lock ends by itself: a lock past its time is free. No timer runs for it. A lock that is kept
 *   lasts, because its keeper is this process.
 * - Bounded: ended locks are deleted as the table grows, so unused names do not accumulate.
 */
import type { Clock } from '../ports/clock.ts';
import type { Lock, Locks } from '../ports/locks.ts';

interface HeldLock {
  readonly holder: string;
  readonly endsAtMs: number;
}

const smallestSweep = 64;

/** Locks between the services of this process. */
export class MemoryLocks implements Locks {
  readonly #clock: Clock;
  readonly #held = new Map<string, HeldLock>();
  #sweepAtSize = smallestSweep;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of locks in the table, also of ended locks that are not deleted yet. */
  get size(): number {
    return this.#held.size;
  }

  async acquire(name: string, holder: string, ttlMs: number): Promise<Lock | undefined> {
    const current = this.#current(name);
    if (current !== undefined && current.holder !== holder) return undefined;
    this.#held.set(name, { holder, endsAtMs: this.#clock.now() + ttlMs });
    if (this.#held.size >= this.#sweepAtSize) this.#sweep();
    return { name, release: () => this.release(name, holder) };
  }

  keep(name: string, holder: string): void {
    if (this.#current(name)?.holder === holder)
      this.#held.set(name, { holder, endsAtMs: Number.POSITIVE_INFINITY });
  }

  async release(name: string, holder: string): Promise<boolean> {
    if (this.#current(name)?.holder !== holder) return false;
    return this.#held.delete(name);
  }

  async close(): Promise<void> {
    this.#held.clear();
  }

  #current(name: string): HeldLock | undefined {
    const lock = this.#held.get(name);
    return lock !== undefined && this.#clock.now() < lock.endsAtMs ? lock : undefined;
  }

  #sweep(): void {
    const nowMs = this.#clock.now();
    for (const [name, lock] of this.#held) if (lock.endsAtMs <= nowMs) this.#held.delete(name);
    this.#sweepAtSize = Math.max(smallestSweep, this.#held.size * 2);
  }
}
