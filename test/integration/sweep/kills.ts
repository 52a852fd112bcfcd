/** Where a process is killed, and what came of it. */
import type { FailpointName } from '../../../runtime/ports/failpoints.ts';
import type { Verdict } from './workload.ts';

export interface Kill {
  readonly at: FailpointName;
  /** At the n-th time it is reached, from 1, counted from when the kill is armed. */
  readonly nth: number;
  /** Armed before a start, before the work, or before a stop in the middle of the work. */
  readonly when: 'start' | 'work' | 'stop';
}

export interface KillOutcome {
  /** How many of the kills happened. */
  readonly killed: number;
  /** How many messages were handed over within batches. Left out where it is not counted. */
  readonly fused?: number;
  /** How often each failpoint was reached while the last kill was armed. */
  readonly reached: ReadonlyMap<FailpointName, number>;
  readonly verdict: Verdict;
}

/** The kills that lead to one failpoint: a process adopts only what a killed one has left. */
export function killsAt(at: FailpointName, nth: number): readonly Kill[] {
  if (at.startsWith('adopt.'))
    return [
      { at: 'activity.before-start', nth: 2, when: 'work' },
      { at, nth, when: 'start' },
    ];
  // A process takes out what is over at its first beat, and then once a minute.
  if (/^(?:open|start|beat|prune)\./.test(at)) return [{ at, nth, when: 'start' }];
  return [{ at, nth, when: at.startsWith('stop.') ? 'stop' : 'work' }];
}
