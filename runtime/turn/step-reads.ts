/**
 * The reads that a step asks for: performed within the step, each result an event of the same step.
 *
 * Invariants:
 * - A step ends: a machine that reads again and again is stopped by an error.
 * - The effects of the step stay in their order. Performed reads stay among them.
 */
import { Broken } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { Read } from '../ports/store.ts';
import type { Family } from '../step/family.ts';
import { stepFamily } from '../step/machine-step.ts';
import type { Stamp, StepEffect, StepResult } from '../step/step-effect.ts';
import { type Eventually, whenKnown } from './eventually.ts';

/** Reads that may follow each other in one step. */
const readsMax = 32;

/** What performing a read needs: the read itself, and the stamp of the next event. */
export interface ReadPorts {
  readonly read: (read: Read) => Eventually<Json>;
  readonly stamp: () => Stamp;
}

/** The step with all reads performed. Throws and rejects with errors of the reads and the steps. */
export function withReads(result: StepResult, ports: ReadPorts): Eventually<StepResult> {
  if (!result.effects.some(({ kind }) => kind === 'read')) return result;
  return performed(result.family, [...result.effects], [], 0, ports);
}

function performed(
  family: Family,
  open: StepEffect[],
  done: StepEffect[],
  reads: number,
  ports: ReadPorts,
): Eventually<StepResult> {
  for (let effect = open.shift(); effect !== undefined; effect = open.shift()) {
    done.push(effect);
    if (effect.kind !== 'read') continue;
    if (reads === readsMax) throw new Broken('broken', `more than ${readsMax} reads in one step`);
    const { path, request } = effect;
    return whenKnown(ports.read(request), (read) => {
      const event = { type: request.event, $: { read } };
      const next = stepFamily(family, path, event, ports.stamp());
      return performed(next.family, [...open, ...next.effects], done, reads + 1, ports);
    });
  }
  return { family, effects: done };
}
