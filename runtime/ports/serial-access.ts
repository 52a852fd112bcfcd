/**
 * The order of work in a store in memory: reads and applies run one after another.
 *
 * Invariants:
 * - Committed only: work that follows an apply waits for the end of its commit. So a read sees a
 *   single state, and nothing of this state is undone afterwards.
 */
import type { UndoLog } from './undo-log.ts';

export class SerialAccess {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work when all earlier work has ended, and all earlier commits. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Runs the work as `run` does. Later work waits for the end of the commit `tx` too. */
  runIn(tx: UndoLog, work: () => Promise<void>): Promise<void> {
    const done = this.run(work);
    this.#last = this.#last.then(() => tx.ended);
    return done;
  }
}
