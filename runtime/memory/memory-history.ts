/** Lines of history in memory, by topic. */
import type { HistoryLine } from '../ports/journal-rows.ts';

function byTime(a: HistoryLine, b: HistoryLine): number {
  return a.atMs - b.atMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

export class MemoryHistory {
  readonly #topics = new Map<string, HistoryLine[]>();
  #oldestMs = Number.POSITIVE_INFINITY;

  get size(): number {
    return [...this.#topics.values()].reduce((sum, lines) => sum + lines.length, 0);
  }

  add(line: HistoryLine): void {
    this.#oldestMs = Math.min(this.#oldestMs, line.atMs);
    const lines = this.#topics.get(line.topic);
    if (lines === undefined) this.#topics.set(line.topic, [line]);
    else lines.push(line);
  }

  of(topic: string): HistoryLine[] {
    return [...(this.#topics.get(topic) ?? [])].sort(byTime);
  }

  /** The oldest lines before that moment; says how many went. */
  prune(beforeMs: number, limit: number): number {
    if (this.#oldestMs >= beforeMs) return 0;
    const old = [...this.#topics.values()].flat().filter(({ atMs }) => atMs < beforeMs);
    const going = new Set(old.sort(byTime).slice(0, limit));
    for (const topic of new Set([...going].map((line) => line.topic))) this.#take(topic, going);
    this.#oldestMs = [...this.#topics.values()]
      .flat()
      .reduce((oldest, { atMs }) => Math.min(oldest, atMs), Number.POSITIVE_INFINITY);
    return going.size;
  }

  #take(topic: string, going: ReadonlySet<HistoryLine>): void {
    const left = (this.#topics.get(topic) ?? []).filter((line) => !going.has(line));
    if (left.length === 0) this.#topics.delete(topic);
    else this.#topics.set(topic, left);
  }
}
