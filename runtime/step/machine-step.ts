/**
 * The pure heart: (family, event) -> (family, effects).
 *
 * 1. Nothing is performed. What XState would execute is collected in an inert scope and interpreted as effects.
 * 2. Families are values: a step makes a new one and leaves the old one as it was, so a turn can be redone.
 * 3. Timers and activities carry tokens that are never used again; one that ends after its state was left is recognised as stale.
 */
import type { AnyEventObject } from 'xstate';
import type { Json } from '../ports/json.ts';
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

/** One event for one machine of the family, and whatever the family's members say to each other because of it. */
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

/** The machine a token belongs to and the name under which it waits there; undefined: the token is stale. */
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
 * A timer fired; undefined when it is stale. Where this throws, the actor stays as it was and keeps the timer's entry: the timer is a
 * dead letter then, and when that is replayed by better code it must not be taken for stale.
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

export type ActivityOutcome = { readonly output: Json | undefined } | { readonly error: Json };

/** An activity ended; undefined when it is stale. */
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

/** From a machine up to the root, the first that would take this event in the state it is in: its guards are asked. */
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

/** Whether the machine, in the state it is in, says anything about this type of event (an empty transition is "ignored on purpose"). */
export function handles({ snapshot }: Member, type: string): boolean {
  for (const { transitions } of snapshot._nodes) {
    if (transitions.has(type)) return true;
    for (const descriptor of transitions.keys())
      if (matchesDescriptor(descriptor, type)) return true;
  }
  return false;
}
