/**
 * The name under which a process holds messages and activities in the journal, as all its parts use it.
 *
 * 1. When the answer to a commit or an adoption is lost, the journal may hold rows for this process that nobody here knows of, now or a
 *    moment later. So it gives up the name and takes another one, and adopts what it held as that of a dead process.
 */
export class Holder {
  readonly #base: string;
  #names = 1;
  #inDoubt = false;

  constructor(base: string) {
    this.#base = base;
  }

  get name(): string {
    return this.#names === 1 ? this.#base : `${this.#base}.${this.#names}`;
  }

  get inDoubt(): boolean {
    return this.#inDoubt;
  }

  /** An answer of the journal was lost. */
  doubt(): void {
    this.#inDoubt = true;
  }

  /** From now on another name; gives the one that is given up. */
  renew(): string {
    const old = this.name;
    this.#names += 1;
    this.#inDoubt = false;
    return old;
  }
}
