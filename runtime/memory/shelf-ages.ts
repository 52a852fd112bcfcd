/**
 * Takes what is old from the shelves.
 *
 * 1. Looking through all of them is only worth it when something may be old enough: the oldest moment that may be left is kept.
 * 2. What is taken goes oldest first on one shelf, and shelf by shelf.
 */
import type { Shelf } from './shelf.ts';

const never = Number.POSITIVE_INFINITY;

/** Removes up to `limit` old things from a shelf; says how many, and the oldest moment of what is left. */
type TakeOld = (
  shelf: Shelf,
  beforeMs: number,
  limit: number,
) => { readonly taken: number; readonly oldestMs: number };

export class ShelfAges {
  readonly #take: TakeOld;
  #oldestMs = never;

  constructor(take: TakeOld) {
    this.#take = take;
  }

  noted(atMs: number): void {
    if (atMs < this.#oldestMs) this.#oldestMs = atMs;
  }

  /** The shelves from which something was taken, and how much in all. */
  prune(
    shelves: Iterable<Shelf>,
    beforeMs: number,
    limit: number,
  ): { readonly taken: number; readonly touched: readonly Shelf[] } {
    if (this.#oldestMs >= beforeMs) return { taken: 0, touched: [] };
    let taken = 0;
    let oldestMs = never;
    const touched: Shelf[] = [];
    for (const shelf of shelves) {
      const result = this.#take(shelf, beforeMs, limit - taken);
      if (result.taken > 0) touched.push(shelf);
      taken += result.taken;
      oldestMs = Math.min(oldestMs, result.oldestMs);
    }
    this.#oldestMs = oldestMs;
    return { taken, touched };
  }
}

export const takeInbox: TakeOld = ({ inbox }, beforeMs, limit) => {
  let taken = 0;
  for (const [messageId, { seenAtMs }] of inbox ?? []) {
    if (seenAtMs >= beforeMs || taken === limit) return { taken, oldestMs: seenAtMs };
    inbox?.delete(messageId);
    taken += 1;
  }
  return { taken, oldestMs: never };
};

export const takeFinished: TakeOld = (shelf, beforeMs, limit) => {
  const { record } = shelf;
  if (record === undefined || record.status === 'active') return { taken: 0, oldestMs: never };
  if (record.changedAtMs >= beforeMs || limit === 0)
    return { taken: 0, oldestMs: record.changedAtMs };
  shelf.record = undefined;
  return { taken: 1, oldestMs: never };
};
