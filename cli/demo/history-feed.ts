/**
 * The history lines of all hosts as they are committed, and a way to wait for one of them.
 *
 * - past-counts: a line that came before the wait began counts too.
 * - bounded: a wait ends with an error at its deadline.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';

export interface AwaitedLine {
  readonly fits: (line: HistoryLine) => boolean;
  /** How many lines must fit; the last of them ends the wait. Default 1. */
  readonly count?: number;
  /** For the error at the deadline. */
  readonly description: string;
  readonly deadlineMs: number;
}

interface Waiter {
  readonly found: () => HistoryLine | undefined;
  readonly resolve: (line: HistoryLine) => void;
}

export class HistoryFeed {
  readonly #clock: Clock;
  readonly #onLines: (lines: readonly HistoryLine[]) => void;
  readonly #waiters = new Set<Waiter>();
  readonly #lines: HistoryLine[] = [];

  constructor(clock: Clock, onLines: (lines: readonly HistoryLine[]) => void = () => undefined) {
    this.#clock = clock;
    this.#onLines = onLines;
  }

  readonly take = (lines: readonly HistoryLine[]): void => {
    this.#lines.push(...lines);
    this.#onLines(lines);
    for (const { found, resolve } of this.#waiters) {
      const line = found();
      if (line !== undefined) resolve(line);
    }
  };

  /** Rejects after `deadlineMs`. */
  waitFor({ fits, count = 1, description, deadlineMs }: AwaitedLine): Promise<HistoryLine> {
    const found = () => this.#lines.filter(fits)[count - 1];
    const past = found();
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(deadlineMs, () => {
        this.#waiters.delete(waiter);
        reject(new Error(`${description} did not come within ${deadlineMs} ms`));
      });
      const waiter: Waiter = {
        found,
        resolve: (line) => {
          cancel();
          this.#waiters.delete(waiter);
          resolve(line);
        },
      };
      this.#waiters.add(waiter);
    });
  }
}
