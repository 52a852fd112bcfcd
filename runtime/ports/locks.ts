/**
 * The port for mutual exclusion between processes. Adapters: memory, Redis.
 *
 * A lock saves work and orders it. Correctness never rests on a lock, because a holder that was
 * paused does not know that its lock has ended.
 */
export interface Lock {
  readonly name: string;
  /** Gives the lock back. True when this holder still had the lock. */
  release(): Promise<boolean>;
}

/**
 * Locks by name. `ttlMs` is milliseconds. Calls reject with `Transient` while the locks cannot be
 * reached.
 */
export interface Locks {
  /**
   * Takes the lock, or resolves to undefined when another holder has it. The same `holder` may take
   * the lock again, so a retried activity finds its own lock. A lock ends by itself after `ttlMs`.
   */
  acquire(name: string, holder: string, ttlMs: number): Promise<Lock | undefined>;
  /**
   * Renews the lock of `holder` in time, again and again: until the holder gives the lock back, the
   * lock is another holder's or free, or the locks are closed. So a lock lasts as long as the
   * process that keeps it, and ends by itself when the process is killed or paused. Never rejects.
   */
  keep(name: string, holder: string, ttlMs: number): void;
  /** Gives back the lock of `holder` under that name. True when `holder` had it. */
  release(name: string, holder: string): Promise<boolean>;
  close(): Promise<void>;
}
