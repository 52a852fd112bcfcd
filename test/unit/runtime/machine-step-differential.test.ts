/** The step against XState itself: the same random machine, the same random happenings, live and stepped. */
import fc from 'fast-check';
import { liveRun, type Sight, steppedRun } from '../../support/machine-runs.ts';
import { type Happening, happenings, machineSketches, type StateSketch } from '../../support/random-machine.ts';
import { assert, seed, suite } from '../../support/suite.ts';

const test = suite('machine step, differential', { deadlineMs: 60_000 });
const pairs = 300;

/** What was seen at the start and after each happening, up to the first throw or to where the run is spoilt. */
function sights(run: ReturnType<typeof liveRun>, all: readonly Happening[]): Sight[] {
  const seen: Sight[] = [];
  for (const happening of [undefined, ...all]) {
    if (happening !== undefined) run.happen(happening);
    if (run.spoilt === true) return seen;
    const sight = run.see();
    seen.push(sight);
    if ('threw' in sight) return seen;
  }
  return seen;
}

function compare(sketch: StateSketch, all: readonly Happening[]): void {
  const live = sights(liveRun(sketch), all);
  assert.equal(sights(steppedRun(sketch), all).slice(0, live.length), live);
}

test(`state, context, status, output and the order of effects are XState's own, ${pairs} pairs`, () => {
  fc.assert(fc.property(machineSketches, happenings, compare), { numRuns: pairs, seed: seed() });
});

test('the pairs are no empty ones: they go on, end, throw, and talk to children', () => {
  const words = new Set<string>();
  const statuses = new Set<string>();
  for (const [sketch, all] of fc.sample(fc.tuple(machineSketches, happenings), { numRuns: pairs, seed: 1 })) {
    for (const sight of sights(liveRun(sketch), all)) {
      statuses.add('threw' in sight ? 'threw' : sight.status);
      if (!('threw' in sight)) for (const word of sight.said) words.add(word.slice(0, word.indexOf(' at ')));
    }
  }
  assert.equal([...statuses].sort(), ['active', 'done', 'threw']);
  for (const word of ['1', 'companion up', 'companion hears', 'told']) assert.ok(words.has(word), word);
});

test.run();
