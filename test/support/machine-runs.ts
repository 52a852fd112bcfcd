/** One sketch run live and stepped, and what was seen of both. */
import { LiveRun } from './live-machine.ts';
import type { MachineRun, Sight } from './machine-sight.ts';
import type { Happening, StateSketch } from './machine-sketch.ts';
import { SteppedRun } from './stepped-machine.ts';

/** What was seen at the start and after each happening, up to the first throw or to where the run is spoilt. */
async function sights(run: MachineRun, all: readonly Happening[]): Promise<Sight[]> {
  const seen: Sight[] = [];
  for (const happening of [undefined, ...all]) {
    if (happening !== undefined) await run.happen(happening);
    if (run.spoilt) return seen;
    const sight = run.see();
    seen.push(sight);
    if ('threw' in sight) return seen;
  }
  return seen;
}

export interface Comparison {
  readonly live: readonly Sight[];
  /** As long as what was seen live. */
  readonly stepped: readonly Sight[];
}

export async function compareRuns(
  sketch: StateSketch,
  all: readonly Happening[],
): Promise<Comparison> {
  const live = await sights(new LiveRun(sketch), all);
  const stepped = await sights(new SteppedRun(sketch), all);
  return { live, stepped: stepped.slice(0, live.length) };
}
