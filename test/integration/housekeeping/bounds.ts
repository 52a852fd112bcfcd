/** What a long run may leave: it depends on a minute of turns, and not on how many turns there were. */
import type { LongRun } from './long-run.ts';

/** A minute of rounds, two for history. A pass comes once a minute, so twice as much may lie there. */
const most: LongRun['most'] = {
  actors: 2_000,
  inbox: 8_000,
  outbox: 400,
  asks: 2_000,
  timers: 100,
  activities: 100,
  history: 3_000,
  deadLetters: 0,
};

const left: LongRun['left'] = {
  actors: 2,
  inbox: 0,
  outbox: 0,
  asks: 0,
  timers: 0,
  activities: 0,
  history: 0,
  deadLetters: 0,
};

/** A line for each kind of row of which there were too many; none when the run is bounded. */
export function excessOf(run: LongRun): readonly string[] {
  const excess = (when: 'most' | 'left', allowed: LongRun['most']): readonly string[] =>
    Object.entries(allowed).flatMap(([kind, count]) => {
      const found = run[when][kind as keyof typeof allowed];
      const isFine = when === 'most' ? found <= count : found === count;
      return isFine ? [] : [`${when} ${kind}: ${found}, allowed ${count}`];
    });
  return [...excess('most', most), ...excess('left', left)];
}
