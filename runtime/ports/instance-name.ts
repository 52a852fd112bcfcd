/**
 * The name under which this process holds messages and activities in the journal. All parts of an
 * engine share one.
 *
 * Invariant: when the answer to a commit or an adoption is lost, the journal may hold rows for this
 * process which the process does not know, at once or a moment later. So the process gives up its
 * name and takes a new name. The process then adopts the rows of the old name, as it adopts the
 * rows of a dead process.
 */
import { identityOf } from './identity.ts';

export class InstanceName {
  readonly #base: string;
  #count = 1;
  #inDoubt = false;

  constructor(base: string) {
    this.#base = base;
  }

  get current(): string {
    return this.#count === 1 ? identityOf(this.#base) : identityOf(this.#base, String(this.#count));
  }

  get inDoubt(): boolean {
    return this.#inDoubt;
  }

  /** To be called when an answer of the journal was lost. */
  doubt(): void {
    this.#inDoubt = true;
  }

  /** Takes a new name. Returns the name that is given up. */
  renew(): string {
    const old = this.current;
    this.#count += 1;
    this.#inDoubt = false;
    return old;
  }
}
