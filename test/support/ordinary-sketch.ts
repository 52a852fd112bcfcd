/**
 * Sketches of machines of ordinary states only, which the step memo serves: no history, nothing parallel, no `always`.
 *
 * 1. No state that is entered by default is final, and most transitions have a target. So the machines go on for some events.
 */
import type fc from 'fast-check';
import { machineSketches, type StateSketch, type TransitionSketch } from './machine-sketch.ts';

function ordinary(sketch: StateSketch): StateSketch {
  const { kind, children, initial, on } = sketch;
  return {
    ...sketch,
    kind: kind === 'parallel' ? 'compound' : kind,
    children: children.map((child, index) =>
      ordinary(index === initial % children.length ? unended(child) : child),
    ),
    history: 'none',
    always: null,
    on: on.map(targeted),
  };
}

function unended(sketch: StateSketch): StateSketch {
  return sketch.kind === 'final' ? { ...sketch, kind: 'atomic' } : sketch;
}

/** The second transition of a state takes B, the third C. */
function targeted(transition: TransitionSketch, index: number): TransitionSketch {
  if (index === 0) return transition;
  return { ...transition, event: index, target: transition.target ?? transition.event };
}

export const ordinarySketches: fc.Arbitrary<StateSketch> = machineSketches.map(ordinary);
