/**
 * How long what is over is kept. Nothing that an actor still needs is ever pruned: snapshots, timers, activities, messages and open
 * questions of an actor that has not ended have no age. Nor have dead letters: each may be the only trace of a message nobody handled,
 * and goes when it is handled after all, or when somebody drops it.
 */
import { Broken } from './errors.ts';

const dayMs = 86_400_000;

/** What the journal prunes by age, each for itself. */
export const prunables = ['inbox', 'answered', 'finished', 'history', 'tombstones'] as const;
export type Prunable = (typeof prunables)[number];

/** Milliseconds; `Infinity` keeps for ever. */
export interface Retention {
  /** Ids of messages that were handled, with their answers, since they were last seen: longer than any redelivery. Default 7 days. */
  readonly inbox: number;
  /** Questions of living actors, since they were last answered: a further answer may come. Default 7 days. */
  readonly answered: number;
  /** Actors that have ended, since then. Default 7 days. */
  readonly finished: number;
  /** Lines of history. They are the proof of who agreed to what: default 400 days, a year and the time to look back on it. */
  readonly history: number;
  /** What stores keep of rows that are gone (`Store.prune`). Default 7 days. */
  readonly tombstones: number;
}

/** Milliseconds: a week, and for history 400 days. */
export const defaultRetention: Retention = {
  inbox: 7 * dayMs,
  answered: 7 * dayMs,
  finished: 7 * dayMs,
  history: 400 * dayMs,
  tombstones: 7 * dayMs,
};

/** The defaults with what is given. Throws `Broken('config-invalid')` for what is no length of time. */
export function checkedRetention(given: Partial<Retention>): Retention {
  const retention = { ...defaultRetention, ...given };
  for (const kind of prunables) {
    const ms = retention[kind];
    if (!(ms >= 0))
      throw new Broken(
        'config-invalid',
        `it is ${ms}; allowed are milliseconds from 0, or Infinity`,
        { at: `retention.${kind}` },
      );
  }
  return retention;
}
