/** When bells rang beside when they should have. */
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';

export interface RingingFigures {
  readonly rung: number;
  /** Bells that rang before their time, and bells that rang more than once. */
  readonly early: number;
  readonly twice: number;
  /** Milliseconds from when they should have rung to when that was committed. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class Ringing {
  readonly #lateMs = new Map<string, number[]>();

  get rung(): number {
    return this.#lateMs.size;
  }

  /** History lines that are committed now. */
  heard(lines: readonly HistoryLine[], nowMs: number): void {
    for (const { line } of lines) {
      const key = String(line['key']);
      this.#lateMs.set(key, [...(this.#lateMs.get(key) ?? []), nowMs - Number(line['dueAtMs'])]);
    }
  }

  figures(): RingingFigures {
    const all = [...this.#lateMs.values()];
    const sorted = all.flat().sort((a, b) => a - b);
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      rung: all.length,
      early: sorted.filter((lateMs) => lateMs < 0).length,
      twice: all.filter(({ length }) => length > 1).length,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      maxMs: sorted.at(-1) ?? 0,
    };
  }
}
