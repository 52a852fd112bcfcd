/**
 * How long rows that are over are kept.
 *
 * Invariants:
 * - Needed rows have no age: snapshots, timers, activities, messages and open questions of an actor
 *   that has not ended are never pruned.
 * - Dead letters have no age: a dead letter may be the only trace of a message that nobody handled.
 *   The dead letter goes when the message was handled after all, or when an operator drops the dead
 *   letter.
 */
import { retentionDefaultDays as days } from '../../config/process-defaults.ts';
import { Broken } from './errors.ts';

const dayMs = 86_400_000;

/** The kinds of rows that the journal prunes by age, each kind by its own age. */
export const prunables = ['inbox', 'answered', 'finished', 'history', 'tombstones'] as const;
export type Prunable = (typeof prunables)[number];

/** Milliseconds; `Infinity` keeps for ever. */
export interface Retention {
  /**
   * Ids of handled messages with their answers, since the message was last seen. Must be longer
   * than any redelivery. Default 7 days.
   */
  readonly inbox: number;
  /**
   * Questions of living actors, since their last answer. Until then a further answer may come.
   * Default 7 days.
   */
  readonly answered: number;
  /** Ended actors, since their end. Default 7 days. */
  readonly finished: number;
  /**
   * Lines of history, which prove who agreed to a deletion. Default 400 days: a year and the time
   * to look back on it.
   */
  readonly history: number;
  /** Tombstones that stores keep of deleted rows (`Store.prune`). Default 7 days. */
  readonly tombstones: number;
}

/** Milliseconds: a week, and 400 days for history. */
export const defaultRetention: Retention = {
  inbox: days.inbox_days * dayMs,
  answered: days.answered_days * dayMs,
  finished: days.finished_days * dayMs,
  history: days.history_days * dayMs,
  tombstones: days.tombstones_days * dayMs,
};

/**
 * The defaults, replaced by the given values. Throws `Broken('config-invalid')` for a value that is
 * no length of time.
 */
export function checkedRetention(given: Partial<Retention>): Retention {
  const retention = { ...defaultRetention, ...given };
  for (const kind of prunables) {
    const ms = retention[kind];
    if (!(ms >= 0))
      throw new Broken(
        'config-invalid',
        `a retention is a number of milliseconds from 0, or Infinity, not ${ms}`,
        { at: `retention.${kind}` },
      );
  }
  return retention;
}
