/** The turn of an explored actor over one incident, and its start. */
import { Broken, Refused } from '../../runtime/ports/errors.ts';
import type { TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Read } from '../../runtime/ports/store.ts';
import type { Family } from '../../runtime/step/family.ts';
import { restoreFamily } from '../../runtime/step/family-record.ts';
import type { MachineDefinition } from '../../runtime/step/machine-definition.ts';
import type { StepEffect } from '../../runtime/step/step-effect.ts';
import { type SpecifiedActor, type Surroundings, startOf, turnOf } from '../turns/actor-turn.ts';
import { IncompleteAlphabet } from './alphabet.ts';
import type { Situation } from './explored-situation.ts';
import type { Incident } from './incidents.ts';

/** The result of a turn. */
export type Course =
  | {
      readonly kind: 'stepped';
      readonly commit: TurnCommit;
      readonly family: Family;
      readonly effects: readonly StepEffect[];
    }
  /** The machine has thrown `Refused`. */
  | { readonly kind: 'refused' }
  /** The machine has thrown another error. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** No machine takes the input in this situation. */
  | { readonly kind: 'not-taken' };

type Reader = (wanted: Read) => Json;

const key = 'explored';

/** The actor that an exploration of the machine steps. */
export function exploredActor(definition: MachineDefinition): SpecifiedActor {
  return {
    address: { service: 'explored', machine: definition.name, key },
    service: { name: 'explored', config: { replyQueue: 'explored_reply' }, messages: {} },
    machine: { ...definition, ephemeral: false },
  };
}

/** Undefined: the rows have no actor. */
export function familyIn({ machine }: SpecifiedActor, { rows }: Situation): Family | undefined {
  return rows.record === null ? undefined : restoreFamily(machine, rows.record.family, key);
}

/** The start of the actor. Throws `IncompleteAlphabet`. */
export function startCourse(
  actor: SpecifiedActor,
  input: JsonObject,
  atMs: number,
  read: Reader,
): Course {
  const machineInput = { key, service: actor.service.name, ...input };
  try {
    return { kind: 'stepped', ...startOf(actor, machineInput, surroundings(atMs, read)) };
  } catch (error) {
    return courseOf(error);
  }
}

/** The turn over one incident. `family`: the actor of the rows. Throws `IncompleteAlphabet`. */
export function turnCourse(
  actor: SpecifiedActor,
  { rows }: Situation,
  family: Family,
  { atMs, input, writeError }: Incident,
  read: Reader,
): Course {
  try {
    const turn = turnOf(actor, { rows, family, input, writeError }, surroundings(atMs, read));
    const { outcome, commit } = turn;
    if (outcome.kind === 'stepped' && turn.family !== undefined)
      return { kind: 'stepped', commit, family: turn.family, effects: outcome.effects };
    if (outcome.kind !== 'failed') return { kind: 'not-taken' };
    return outcome.error === writeError ? { kind: 'not-taken' } : courseOf(outcome.error);
  } catch (error) {
    return courseOf(error);
  }
}

function courseOf(error: unknown): Course {
  if (error instanceof IncompleteAlphabet) throw error;
  if (error instanceof Refused) return { kind: 'refused' };
  const isNotTaken = error instanceof Broken && error.code === 'unknown-action';
  return isNotTaken ? { kind: 'not-taken' } : { kind: 'failed', error };
}

function surroundings(nowMs: number, read: Reader): Surroundings {
  return { nowMs, newId: () => 'explored', read };
}
