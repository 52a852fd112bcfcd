/**
 * One step of an actor, as a pure function: (family, event) -> (family, effects).
 *
 * Invariants:
 * - Nothing is performed: the actions that XState would execute are collected in an inert scope and
 *   interpreted as effects.
 * - Families are values: a step makes a new family and leaves the old family as it was. So a turn can
 *   be done again.
 * - Stale: timers and activities have tokens that are never used again. The step recognises the token
 *   of a timer or activity whose state was left.
 */
import type { AnyEventObject } from 'xstate';
import type { ActivityOutcome } from '../ports/journal-rows.ts';
import { type Family, type Member, memberAt, tokenLabel, withMember } from './family.ts';
import type { MachineDefinition } from './machine-definition.ts';
import { type Path, parentId, tokenPath } from './path.ts';
import type { Stamp, StepResult } from './step-effect.ts';
import { Stepper } from './stepper.ts';

/**
 * Starts an actor: the machine's initial transition, with everything its entry asks for. The new id
 * of the stamp becomes the identifier of the actor's life; `key` is the actor's. Throws what the
 * machine throws.
 */
export function startFamily(
  definition: MachineDefinition,
  input: unknown,
  stamp: Stamp,
  key = '',
): StepResult {
  const begun = { key, root: undefined, life: stamp.newId, tokens: 0 };
  const stepper = new Stepper(begun, stamp);
  stepper.begin(definition, input);
  return stepper.result();
}

/**
 * The step of one event for one machine of the family, with all events that the machines of the
 * family send each other because of that event.
 */
export function stepFamily(
  family: Family,
  path: Path,
  event: AnyEventObject,
  stamp: Stamp,
): StepResult {
  const stepper = new Stepper(family, stamp);
  stepper.deliver(path, event);
  return stepper.result();
}

/**
 * The machine of a timer or activity, and the name of the timer or activity there. Undefined: the
 * token is stale.
 */
function waiting(
  { root }: Family,
  token: string,
  kind: 'timers' | 'activities',
): { readonly path: Path; readonly member: Member; readonly name: string } | undefined {
  const path = tokenPath(token);
  const member = memberAt(root, path);
  if (member === undefined) return undefined;
  const [name] = member[kind].idsOf(tokenLabel(token));
  return name === undefined ? undefined : { path, member, name };
}

/**
 * The step of a timer that fired. Undefined: the timer is stale. When the step throws, the actor
 * keeps the entry of the timer. The timer becomes a dead letter, and a replay by better code finds
 * the entry again.
 */
export function stepTimer(family: Family, token: string, stamp: Stamp): StepResult | undefined {
  const found = waiting(family, token, 'timers');
  const timer = found?.member.timers.get(found.name);
  if (found === undefined || timer === undefined) return undefined;
  const { path, member, name } = found;
  const root = withMember(family.root, path, { ...member, timers: member.timers.without(name) });
  return stepFamily({ ...family, root }, recipientPath(path, timer.to), timer.event, stamp);
}

function recipientPath(path: Path, to: string | undefined): Path {
  if (to === undefined) return path;
  return to === parentId ? path.slice(0, -1) : [...path, to];
}

/** The step of an activity that ended. Undefined: the activity is stale. */
export function stepActivity(
  family: Family,
  token: string,
  outcome: ActivityOutcome,
  stamp: Stamp,
): StepResult | undefined {
  const found = waiting(family, token, 'activities');
  if (found === undefined) return undefined;
  const { path, member, name } = found;
  const root = withMember(family.root, path, {
    ...member,
    activities: member.activities.without(name),
  });
  const event =
    'error' in outcome
      ? { type: `xstate.error.actor.${name}`, error: outcome.error, actorId: name }
      : { type: `xstate.done.actor.${name}`, output: outcome.output, actorId: name };
  return stepFamily({ ...family, root }, path, event, stamp);
}

function matchesDescriptor(descriptor: string, type: string): boolean {
  if (descriptor === type || descriptor === '*') return true;
  return (
    descriptor.endsWith('.*') &&
    (type === descriptor.slice(0, -2) || type.startsWith(descriptor.slice(0, -1)))
  );
}

/**
 * The nearest machine, from the given machine up to the root, that takes the event in its present
 * state. Guards are evaluated.
 */
export function nearestTaker(
  { root }: Family,
  from: Path,
  event: AnyEventObject,
): Path | undefined {
  for (let length = from.length; length >= 0; length -= 1) {
    const path = from.slice(0, length);
    const member = memberAt(root, path);
    if (
      member !== undefined &&
      member.definition.machine.getTransitionData(member.snapshot, event).length > 0
    )
      return path;
  }
  return undefined;
}

/**
 * Whether the present state of the machine names this type of event. An empty transition counts: the
 * machine ignores the event on purpose.
 */
export function handles({ snapshot }: Member, type: string): boolean {
  for (const { transitions } of snapshot._nodes) {
    if (transitions.has(type)) return true;
    for (const descriptor of transitions.keys())
      if (matchesDescriptor(descriptor, type)) return true;
  }
  return false;
}
