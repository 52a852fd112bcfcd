/**
 * Timers in the order in which they fall due, for one service. Handing a timer out does not take it out.
 *
 * 1. Kept as sorted runs of bounded length, so adding or taking out one of a million moves a few hundred entries.
 * 2. Timers due at the same time keep the order in which they were added.
 */
import type { TimerRow } from '../ports/journal-rows.ts';

export interface IndexedTimer {
  readonly row: TimerRow;
  /** Order of arrival; makes every position unique. */
  readonly sequence: number;
}

const longestRun = 512;

function isBefore(a: IndexedTimer, b: IndexedTimer): boolean {
  return (
    a.row.dueAtMs < b.row.dueAtMs || (a.row.dueAtMs === b.row.dueAtMs && a.sequence < b.sequence)
  );
}

/** First position in a sorted list for which `holds` is true; the list's length when there is none. */
function firstWhere<T>(list: readonly T[], holds: (entry: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export class TimerIndex {
  readonly #runs: IndexedTimer[][] = [];

  add(timer: IndexedTimer): void {
    const at = Math.max(
      0,
      firstWhere(this.#runs, (run) => isBefore(timer, run[0] as IndexedTimer)) - 1,
    );
    const run = this.#runs[at];
    if (run === undefined) {
      this.#runs.push([timer]);
      return;
    }
    run.splice(
      firstWhere(run, (other) => isBefore(timer, other)),
      0,
      timer,
    );
    if (run.length > longestRun) this.#runs.splice(at + 1, 0, run.splice(longestRun >>> 1));
  }

  remove(timer: IndexedTimer): void {
    const at = firstWhere(this.#runs, (run) => isBefore(timer, run[0] as IndexedTimer)) - 1;
    const run = this.#runs[at];
    if (run === undefined) return;
    const position = firstWhere(run, (other) => !isBefore(other, timer));
    if (run[position] !== timer) return;
    run.splice(position, 1);
    if (run.length === 0) this.#runs.splice(at, 1);
  }

  /** Timers due at or before `untilMs`, soonest first, at most `limit`. */
  due(untilMs: number, limit: number): IndexedTimer[] {
    const found: IndexedTimer[] = [];
    for (const run of this.#runs) {
      for (const timer of run) {
        if (timer.row.dueAtMs > untilMs || found.length >= limit) return found;
        found.push(timer);
      }
    }
    return found;
  }

  /** When the first timer after `afterMs` is due. */
  nextAtMs(afterMs: number): number | undefined {
    const runAt = firstWhere(
      this.#runs,
      (run) => (run.at(-1) as IndexedTimer).row.dueAtMs > afterMs,
    );
    const run = this.#runs[runAt];
    return run?.[firstWhere(run, (timer) => timer.row.dueAtMs > afterMs)]?.row.dueAtMs;
  }
}
