/**
 * Questions in memory. A question that was answered stays until it is pruned, because a further
 * answer may come.
 */
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { AskRow } from '../ports/journal-rows.ts';

interface Question {
  readonly row: AskRow;
  answeredAtMs?: number;
}

const never = Number.POSITIVE_INFINITY;

export class MemoryAsks {
  readonly #questions = new Map<string, Question>();
  /** No answer is older. Saves a search in vain. */
  #oldestAnswerMs = never;

  get size(): number {
    return this.#questions.size;
  }

  put(row: AskRow): void {
    this.#questions.set(row.correlationId, { row });
  }

  find(correlationIds: readonly string[]): AskRow[] {
    return correlationIds.flatMap((correlationId) => this.#questions.get(correlationId)?.row ?? []);
  }

  answered(correlationId: string, atMs: number): void {
    const question = this.#questions.get(correlationId);
    if (question === undefined) return;
    question.answeredAtMs = atMs;
    this.#oldestAnswerMs = Math.min(this.#oldestAnswerMs, atMs);
  }

  /** Deletes a question of `asker`. Exception: another actor has asked again under the same id. */
  remove(correlationId: string, asker: ActorAddress): void {
    const question = this.#questions.get(correlationId);
    if (question !== undefined && addressId(question.row.address) === addressId(asker))
      this.#questions.delete(correlationId);
  }

  /**
   * Deletes questions that were last answered before that moment, at most `limit`. Returns them.
   */
  prune(beforeMs: number, limit: number): readonly AskRow[] {
    if (this.#oldestAnswerMs >= beforeMs) return [];
    const deleted: AskRow[] = [];
    let oldestMs = never;
    for (const [correlationId, { row, answeredAtMs = never }] of this.#questions) {
      if (answeredAtMs < beforeMs && deleted.length < limit) {
        this.#questions.delete(correlationId);
        deleted.push(row);
      } else oldestMs = Math.min(oldestMs, answeredAtMs);
    }
    this.#oldestAnswerMs = oldestMs;
    return deleted;
  }
}
