/**
 * Deletes old rows of actors in memory.
 *
 * Invariants:
 * - No search in vain: the oldest moment that may be left is kept, so the actors are looked through
 *   only when a row may be old enough.
 * - Order: oldest first within one actor, and actor by actor.
 */
import type { ActorRows } from './actor-rows.ts';

const never = Number.POSITIVE_INFINITY;

/** Deletes up to `limit` old rows of one actor. */
type DeleteOld = (
  rows: ActorRows,
  beforeMs: number,
  limit: number,
) => {
  readonly deleted: number;
  /** The oldest moment of the rows that are left. */
  readonly oldestMs: number;
};

export class ActorPruning {
  readonly #deleteOld: DeleteOld;
  #oldestMs = never;

  constructor(deleteOld: DeleteOld) {
    this.#deleteOld = deleteOld;
  }

  /** To be called when a row of that moment was added. */
  added(atMs: number): void {
    if (atMs < this.#oldestMs) this.#oldestMs = atMs;
  }

  /** Deletes up to `limit` old rows. Returns their number and their actors. */
  prune(
    actors: Iterable<ActorRows>,
    beforeMs: number,
    limit: number,
  ): { readonly deleted: number; readonly touched: readonly ActorRows[] } {
    if (this.#oldestMs >= beforeMs) return { deleted: 0, touched: [] };
    let deleted = 0;
    let oldestMs = never;
    const touched: ActorRows[] = [];
    for (const rows of actors) {
      const result = this.#deleteOld(rows, beforeMs, limit - deleted);
      if (result.deleted > 0) touched.push(rows);
      deleted += result.deleted;
      oldestMs = Math.min(oldestMs, result.oldestMs);
    }
    this.#oldestMs = oldestMs;
    return { deleted, touched };
  }
}

export const deleteOldInbox: DeleteOld = ({ inbox }, beforeMs, limit) => {
  let deleted = 0;
  for (const [messageId, { seenAtMs }] of inbox ?? []) {
    if (seenAtMs >= beforeMs || deleted === limit) return { deleted, oldestMs: seenAtMs };
    inbox?.delete(messageId);
    deleted += 1;
  }
  return { deleted, oldestMs: never };
};

export const deleteOldFinished: DeleteOld = (rows, beforeMs, limit) => {
  const { record } = rows;
  if (record === undefined || record.status === 'active') return { deleted: 0, oldestMs: never };
  if (record.changedAtMs >= beforeMs || limit === 0)
    return { deleted: 0, oldestMs: record.changedAtMs };
  rows.record = undefined;
  return { deleted: 1, oldestMs: never };
};
