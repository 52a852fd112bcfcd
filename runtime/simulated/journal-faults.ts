/**
 * What may go wrong between a process and its journal, as a value: nothing that a database server or the network could not do as well.
 *
 * 1. Rates are shares of calls, 0 to 1; they exclude each other, so their sum counts up to 1.
 * 2. What the journal has said is done stays done: a disk that lies is not among the faults.
 */
import type { Chance } from '../ports/chance.ts';

/** How a journal fails: shares of its calls, 0 to 1, and delays in milliseconds. */
export interface JournalFaults {
  /** How long a call is under way, to the journal and back. */
  readonly delayMs: { readonly min: number; readonly max: number };
  /** Fail with `Transient`, and nothing has happened. */
  readonly refused: number;
  /** Happen, and then fail with `Transient`: who called cannot know. */
  readonly unanswered: number;
  /**
   * The connection is lost while they and others are under way: all of them fail with `Transient`, those that had arrived have happened.
   * For up to a second every further call is refused.
   */
  readonly cut: number;
}

/** What becomes of one call. */
export type JournalFate = 'answered' | 'refused' | 'unanswered' | 'cut';

/** Every call is answered at once. */
export const noJournalFaults: JournalFaults = {
  delayMs: { min: 0, max: 0 },
  refused: 0,
  unanswered: 0,
  cut: 0,
};

/** A mix that is another one each time: every kind is there or not, and more or less of it. */
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
