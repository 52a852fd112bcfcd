/**
 * The port for mutual exclusion between processes. A lock saves work and orders it; correctness never rests on one,
 * because a holder that was paused does not know that its lock has gone. Adapters: memory, Redis.
 */
export interface Lock {
  readonly name: string;
  /** Gives the lock back if it is still ours; true when it was. */
  release(): Promise<boolean>;
}

/** Locks by name. `ttlMs` is milliseconds. Calls reject with `Transient` while the locks cannot be reached. */
export interface Locks {
  /**
   * Takes the lock or returns undefined when another holder has it. The same `holder` taking it again gets it (a retried
   * activity finds its own lock). It ends by itself after `ttlMs`.
   */
  acquire(name: string, holder: string, ttlMs: number): Promise<Lock | undefined>;
  /** Gives back what `holder` holds under that name; true when it held it. */
  release(name: string, holder: string): Promise<boolean>;
  close(): Promise<void>;
}
