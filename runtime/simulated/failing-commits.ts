/**
 * The open commits of one process over a failing journal (`failing-journal.ts`).
 *
 * Invariants:
 * - A lost connection rolls back: so does a killed process, and a beginning whose answer was lost.
 * - The calls of an open commit fail like the calls of the journal. A rollback never fails.
 */
import type { OpenCommit } from '../ports/journal.ts';

/** Makes a call under a name, or lets the call fail. */
export type FailingCall = <T>(name: string, perform: () => Promise<T>) => Promise<T>;

export class FailingCommits {
  readonly #call: FailingCall;
  readonly #open = new Set<OpenCommit>();
  #isDead = false;

  constructor(call: FailingCall) {
    this.#call = call;
  }

  async begin(begin: () => Promise<OpenCommit>): Promise<OpenCommit> {
    let begun: OpenCommit | undefined;
    const beginning = this.#call('begin', async () => {
      begun = await begin();
      this.#open.add(begun);
      if (this.#isDead) this.rollBack();
      return begun;
    });
    const open = await beginning.catch(async (error: unknown) => {
      await begun?.rollBack();
      throw error;
    });
    return this.#failing(open);
  }

  /** The connection is lost. */
  rollBack(): void {
    for (const open of this.#open) void open.rollBack();
    this.#open.clear();
  }

  crash(): void {
    this.#isDead = true;
    this.rollBack();
  }

  #failing(open: OpenCommit): OpenCommit {
    return {
      load: (...asked) => this.#call('load in a commit', () => open.load(...asked)),
      write: (...asked) => this.#call('write', () => open.write(...asked)),
      read: (...asked) => this.#call('read', () => open.read(...asked)),
      commit: (...asked) =>
        this.#call('commit', async () => {
          await open.commit(...asked);
          this.#open.delete(open);
        }),
      rollBack: () => {
        this.#open.delete(open);
        return open.rollBack();
      },
    };
  }
}
