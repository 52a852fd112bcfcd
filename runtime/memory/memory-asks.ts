/** Questions that wait for their answers, in memory. One that was answered waits on: a further answer may come. */
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { AskRow } from '../ports/journal-rows.ts';

interface Asked {
  readonly row: AskRow;
  answeredAtMs?: number;
}

export class MemoryAsks {
  readonly #asked = new Map<string, Asked>();
  #oldestAnswerMs = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#asked.size;
  }

  put(row: AskRow): void {
    this.#asked.set(row.correlationId, { row });
  }

  find(correlationIds: readonly string[]): AskRow[] {
    return correlationIds.flatMap((correlationId) => this.#asked.get(correlationId)?.row ?? []);
  }

  answered(correlationId: string, atMs: number): void {
    const asked = this.#asked.get(correlationId);
    if (asked === undefined) return;
    asked.answeredAtMs = atMs;
    this.#oldestAnswerMs = Math.min(this.#oldestAnswerMs, atMs);
  }

  /** Not one that another actor has asked again under the same id. */
  remove(correlationId: string, asker: ActorAddress): void {
    const asked = this.#asked.get(correlationId);
    if (asked !== undefined && addressId(asked.row.address) === addressId(asker))
      this.#asked.delete(correlationId);
  }

  /** Takes out those last answered before that moment, at most `limit`. */
  prune(beforeMs: number, limit: number): readonly AskRow[] {
    if (this.#oldestAnswerMs >= beforeMs) return [];
    const taken: AskRow[] = [];
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const [correlationId, { row, answeredAtMs = Number.POSITIVE_INFINITY }] of this.#asked) {
      if (answeredAtMs < beforeMs && taken.length < limit) {
        this.#asked.delete(correlationId);
        taken.push(row);
      } else oldestMs = Math.min(oldestMs, answeredAtMs);
    }
    this.#oldestAnswerMs = oldestMs;
    return taken;
  }
}
