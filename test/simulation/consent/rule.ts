/** One invariant, checked for every event of a commit. */
import type { Problem } from '../../../testing/simulation/system.ts';
import type { Event } from './chronicle.ts';
import type { ConsentRun } from './consent-run.ts';

export interface Rule {
  readonly name: string;
  readonly holds: (event: Event, run: ConsentRun) => Problem;
}
