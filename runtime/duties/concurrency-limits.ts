/**
 * Runs at most so many tasks of one kind at once in this process. Tasks above the limit start in
 * the order in which they came.
 *
 * Boundary: the limit is given at each call, so all tasks of one kind must give the same limit.
 */

interface Kind {
  active: number;
  /** Starts the tasks that wait, oldest first. */
  readonly waiting: (() => void)[];
}

export class ConcurrencyLimits {
  readonly #kinds = new Map<string, Kind>();
  readonly #onWait: () => void;

  /** `onWait` is called each time that a task has to wait. */
  constructor(onWait: () => void) {
    this.#onWait = onWait;
  }

  /** Settles as `task` does. `task` starts once fewer than `max` others of its kind run. */
  async run<T>(name: string, max: number, task: () => Promise<T>): Promise<T> {
    const kind = this.#kind(name);
    if (kind.active < max) kind.active += 1;
    else await this.#turn(kind);
    try {
      return await task();
    } finally {
      this.#end(name, kind);
    }
  }

  #kind(name: string): Kind {
    const known = this.#kinds.get(name) ?? { active: 0, waiting: [] };
    this.#kinds.set(name, known);
    return known;
  }

  #turn({ waiting }: Kind): Promise<void> {
    this.#onWait();
    return new Promise((resolve) => waiting.push(resolve));
  }

  /** The place of a task that has ended goes to the task that has waited longest. */
  #end(name: string, kind: Kind): void {
    const start = kind.waiting.shift();
    if (start !== undefined) start();
    else kind.active -= 1;
    if (kind.active === 0) this.#kinds.delete(name);
  }
}
