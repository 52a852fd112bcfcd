/**
 * The timers of one service in the order in which they fall due. Listing a due timer does not
 * remove it.
 *
 * Invariants:
 * - Sorted runs of bounded length: adding or removing one of a million timers moves a few hundred
 *   entries.
 * - Timers due at the same time keep the order in which they were added.
 */
import type { TimerRow } from '../ports/journal-rows.ts';

export interface IndexedTimer {
  readonly row: TimerRow;
  /** Order of arrival, which makes every position unique. */
  readonly sequence: number;
}

/** Never empty. */
type Run = IndexedTimer[];

const longestRun = 512;

export class TimerIndex {
  readonly #runs: Run[] = [];

  add(timer: IndexedTimer): void {
    const at = Math.max(0, this.#runOf(timer));
    const run = this.#runs[at];
    if (run === undefined) {
      this.#runs.push([timer]);
      return;
    }
    const position = firstWhere(run, (other) => isBefore(timer, other));
    run.splice(position, 0, timer);
    if (run.length > longestRun) this.#runs.splice(at + 1, 0, run.splice(longestRun >>> 1));
  }

  remove(timer: IndexedTimer): void {
    const at = this.#runOf(timer);
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
    const isAfter = (timer: IndexedTimer | undefined): boolean =>
      timer !== undefined && timer.row.dueAtMs > afterMs;
    const run = this.#runs[firstWhere(this.#runs, (each) => isAfter(each.at(-1)))];
    return run?.[firstWhere(run, isAfter)]?.row.dueAtMs;
  }

  /** The last run that begins at or before the timer; -1 when all begin after it. */
  #runOf(timer: IndexedTimer): number {
    return firstWhere(this.#runs, ([first]) => first !== undefined && isBefore(timer, first)) - 1;
  }
}

function isBefore(a: IndexedTimer, b: IndexedTimer): boolean {
  return (
    a.row.dueAtMs < b.row.dueAtMs || (a.row.dueAtMs === b.row.dueAtMs && a.sequence < b.sequence)
  );
}

/**
 * The first position in a sorted list for which `holds` is true; the length of the list when there
 * is none.
 */
function firstWhere<T>(list: readonly T[], holds: (entry: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = list[middle];
    if (entry !== undefined && holds(entry)) high = middle;
    else low = middle + 1;
  }
  return low;
}
