/** Lines of history in memory, by topic. */
import type { HistoryLine } from '../ports/journal-rows.ts';
import type { HistoryPosition } from '../ports/journal-survey.ts';

const never = Number.POSITIVE_INFINITY;

export class MemoryHistory {
  readonly #topics = new Map<string, HistoryLine[]>();
  /** No line is older. Saves a search in vain. */
  #oldestMs = never;

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

  /** Lines of this kind behind a position, by time. */
  after(what: string, position: HistoryPosition): HistoryLine[] {
    const found = [...this.#topics.values()]
      .flat()
      .filter((line) => line.line['what'] === what && byTime(line, position) > 0);
    return found.sort(byTime);
  }

  /** Deletes the oldest lines before that moment, at most `limit`. Returns their number. */
  prune(beforeMs: number, limit: number): number {
    if (this.#oldestMs >= beforeMs) return 0;
    const old = [...this.#topics.values()].flat().filter(({ atMs }) => atMs < beforeMs);
    const deleted = new Set(old.sort(byTime).slice(0, limit));
    for (const topic of new Set([...deleted].map((line) => line.topic)))
      this.#delete(topic, deleted);
    this.#oldestMs = [...this.#topics.values()]
      .flat()
      .reduce((oldest, { atMs }) => Math.min(oldest, atMs), never);
    return deleted.size;
  }

  #delete(topic: string, deleted: ReadonlySet<HistoryLine>): void {
    const left = (this.#topics.get(topic) ?? []).filter((line) => !deleted.has(line));
    if (left.length === 0) this.#topics.delete(topic);
    else this.#topics.set(topic, left);
  }
}

function byTime(a: HistoryPosition, b: HistoryPosition): number {
  return a.atMs - b.atMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
