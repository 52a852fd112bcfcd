/**
 * The failures between a process and its journal, as a value. A database server or a network can
 * cause each of them.
 *
 * Invariants:
 * - Rates are shares of calls, 0 to 1. They exclude each other, so their sum is at most 1.
 * - Committed stays committed: a disk that loses data is not among the failures.
 */
import type { Chance } from '../ports/chance.ts';

/** Rates of failures (shares of calls, 0 to 1) and delays in milliseconds. */
export interface JournalFaults {
  /** Time of a call to the journal and back. */
  readonly delayMs: { readonly min: number; readonly max: number };
  /** Share of calls that fail with `Transient` and have no effect. */
  readonly refused: number;
  /**
   * Share of calls that have their effect and then fail with `Transient`, so the caller cannot know
   * the effect.
   */
  readonly unanswered: number;
  /**
   * Share of calls during which the connection is lost. All calls under way fail with `Transient`;
   * those that had arrived have had their effect. For up to a second every further call is refused.
   */
  readonly cut: number;
}

/** The fate of one call. */
export type JournalFate = 'answered' | 'refused' | 'unanswered' | 'cut';

/** No failures: every call is answered at once. */
export const noJournalFaults: JournalFaults = {
  delayMs: { min: 0, max: 0 },
  refused: 0,
  unanswered: 0,
  cut: 0,
};

/** Random rates: each kind of failure is absent or has a random rate. */
export function drawnJournalFaults(chance: Chance): JournalFaults {
  const rate = (max: number): number => (chance() < 0.5 ? 0 : chance() * max);
  const min = Math.floor(rate(5));
  return {
    delayMs: { min, max: min + Math.floor(rate(50)) },
    refused: rate(0.1),
    unanswered: rate(0.1),
    cut: rate(0.02),
  };
}

/** `draw`: 0 ≤ n < 1. */
export function journalFateOf(
  draw: number,
  { refused, unanswered, cut }: JournalFaults,
): JournalFate {
  if (draw < refused) return 'refused';
  if (draw < refused + unanswered) return 'unanswered';
  return draw < refused + unanswered + cut ? 'cut' : 'answered';
}
