/**
 * The order of work in a store in memory: reads and applies run one after another.
 *
 * Invariants:
 * - Committed only: work that follows an apply waits for the end of its commit. So a read sees a
 *   single state, and nothing of this state is undone afterwards.
 * - Own work passes: a commit does not wait for itself.
 */
import type { UndoLog } from './undo-log.ts';

export class SerialAccess {
  #last: Promise<unknown> = Promise.resolve();
  /** The last work of each commit that others wait for. */
  readonly #own = new WeakMap<UndoLog, Promise<unknown>>();

  /** Runs the work when all earlier work has ended, and all earlier commits. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = settled(done);
    return done;
  }

  /**
   * Runs the work as `run` does. Later work waits for the end of the commit `tx` too, but not the work
   * of the commit itself.
   */
  runIn(tx: UndoLog, work: () => Promise<void>): Promise<void> {
    if (this.#own.has(tx)) return this.readIn(tx, work);
    const done = this.run(work);
    if (tx.ended !== undefined) this.#own.set(tx, settled(done));
    this.#last = this.#last.then(() => tx.ended);
    return done;
  }

  /**
   * Runs the work after the earlier work of the commit `tx`; without earlier work, as `run` does.
   */
  readIn<Result>(tx: UndoLog, work: () => Promise<Result>): Promise<Result> {
    const own = this.#own.get(tx);
    if (own === undefined) return this.run(work);
    const done = own.then(work);
    this.#own.set(tx, settled(done));
    return done;
  }
}

function settled(work: Promise<unknown>): Promise<unknown> {
  return work.catch(() => undefined);
}
