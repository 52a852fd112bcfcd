/**
 * The history of all processes as it comes in, and a way to wait for a line of it.
 *
 * A line that has come before counts too; a wait ends with an error at its deadline.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../runtime/ports/journal.ts';

interface Waiter {
  readonly isMet: () => HistoryLine | undefined;
  readonly resolve: (line: HistoryLine) => void;
}

export class HistoryFeed {
  readonly #clock: Clock;
  readonly #show: (lines: readonly HistoryLine[]) => void;
  readonly #waiters = new Set<Waiter>();
  readonly #lines: HistoryLine[] = [];

  constructor(clock: Clock, show: (lines: readonly HistoryLine[]) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  readonly take = (lines: readonly HistoryLine[]): void => {
    this.#lines.push(...lines);
    this.#show(lines);
    for (const waiter of this.#waiters) {
      const line = waiter.isMet();
      if (line !== undefined) waiter.resolve(line);
    }
  };

  /** The `count`-th line that fits. Rejects after `deadlineMs`, saying `what` was waited for. */
  nth(
    count: number,
    fits: (line: HistoryLine) => boolean,
    what: string,
    deadlineMs: number,
  ): Promise<HistoryLine> {
    const isMet = () => this.#lines.filter(fits)[count - 1];
    const met = isMet();
    if (met !== undefined) return Promise.resolve(met);
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(deadlineMs, () => {
        this.#waiters.delete(waiter);
        reject(new Error(`${what} was waited for in vain, ${deadlineMs} ms long`));
      });
      const waiter: Waiter = {
        isMet,
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
