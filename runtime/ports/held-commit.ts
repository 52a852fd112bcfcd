/**
 * An open commit over a database that knows only transactions around a function.
 *
 * Invariants:
 * - One after another: a call begins when the former has ended. So a rollback finds no call half done.
 * - Over is over: after the commit or the rollback every call rejects, and changes nothing.
 */
import { Broken } from './errors.ts';
import type { OpenCommit } from './journal.ts';

/** What an open commit does within its transaction. `commit` leaves the end to the caller. */
export type CommitWork = Omit<OpenCommit, 'rollBack'>;

/**
 * `transaction` commits when its function resolves, and rolls back when the function rejects. Rejects
 * when the transaction cannot begin.
 */
export function heldCommit<Tx>(
  transaction: (work: (tx: Tx) => Promise<void>) => Promise<void>,
  workIn: (tx: Tx) => CommitWork,
): Promise<OpenCommit> {
  return new Promise((resolve, reject) => {
    const over: Promise<void> = transaction(
      (tx) =>
        new Promise((commit, rollBack) => {
          const end = (): Promise<void> => {
            commit();
            return over;
          };
          const undo = (): Promise<void> => {
            rollBack(new Broken('broken', 'the commit was rolled back'));
            return over.catch(() => undefined);
          };
          resolve(new HeldCommit(workIn(tx), end, undo));
        }),
    );
    over.catch(reject);
  });
}

class HeldCommit implements OpenCommit {
  readonly #work: CommitWork;
  readonly #end: () => Promise<void>;
  readonly #undo: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(work: CommitWork, end: () => Promise<void>, undo: () => Promise<void>) {
    this.#work = work;
    this.#end = end;
    this.#undo = undo;
  }

  load(...asked: Parameters<OpenCommit['load']>): ReturnType<OpenCommit['load']> {
    return this.#next(() => this.#work.load(...asked));
  }

  write(...asked: Parameters<OpenCommit['write']>): Promise<void> {
    return this.#next(() => this.#work.write(...asked));
  }

  read(...asked: Parameters<OpenCommit['read']>): ReturnType<OpenCommit['read']> {
    return this.#next(() => this.#work.read(...asked));
  }

  commit(...asked: Parameters<OpenCommit['commit']>): Promise<void> {
    return this.#next(async () => {
      await this.#work.commit(...asked);
      this.#isOver = true;
      await this.#end();
    });
  }

  async rollBack(): Promise<void> {
    await this.#last;
    this.#isOver = true;
    await this.#undo();
  }

  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(() => {
      if (this.#isOver) throw new Broken('broken', 'the commit is over');
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
