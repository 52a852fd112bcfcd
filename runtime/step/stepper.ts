/**
 * One step of a family: an event for one machine, and all events that the machines of the family
 * send each other because of that event.
 *
 * Invariants:
 * - Order of XState: a machine first runs its own actions, then starts, stops and tells its children,
 *   in the order of its actions. A busy machine takes an event when its present transition is done.
 * - Errors: an error of the root ends the step. A child that throws has failed: its transition leaves
 *   no trace, and its parent gets the error. `Refused` (an answer to the sender) and `Broken` (a bug
 *   in the machine's definition) end the whole step, wherever they are thrown.
 * - A step ends: machines that send each other events without end are stopped by an error.
 */
import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { Broken, UnanimousError } from '../ports/errors.ts';
import { thrownAsJson } from '../ports/thrown.ts';
import { type Family, type Member, noActivities, noChildren, noTimers } from './family.ts';
import { InertSelf } from './inert-reference.ts';
import {
  type CollectedAction,
  collectedActions,
  inertInitial,
  inertTransition,
} from './inert-scope.ts';
import { type Deferred, type Interpreted, interpret } from './interpretation.ts';
import type { MachineDefinition } from './machine-definition.ts';
import { machineFault } from './machine-fault.ts';
import { type Path, parentId } from './path.ts';
import { Place } from './place.ts';
import { stampedEvent, stampedInput } from './stamped.ts';
import type { Stamp, StepDraft, StepResult } from './step-effect.ts';

/** The largest number of events between the machines of one family in one step. */
const eventsMax = 10_000;
const noActions: readonly CollectedAction[] = [];
const nothingDeferred: readonly Deferred[] = [];
const nothingEarly: readonly AnyEventObject[] = [];

type Start = Extract<Deferred, { kind: 'start' }>;

/** Events to a recipient that has not started yet wait in the start of the recipient. */
function isEarly(action: Deferred): boolean {
  return action.kind === 'send' && action.early === true;
}

/** A family, or the part of a family that is known before its start. */
type Begun = Omit<Family, 'root'> & { readonly root: Member | undefined };

/** Steps one family once. */
export class Stepper {
  readonly #draft: StepDraft;
  readonly #stamp: Stamp;
  readonly #key: string;
  #root: Place | undefined;
  #events = 0;

  constructor({ key, root, life, tokens }: Begun, stamp: Stamp) {
    this.#key = key;
    this.#root = root && new Place(root);
    this.#draft = { effects: [], life, tokens };
    this.#stamp = stamp;
  }

  result(): StepResult {
    if (this.#root === undefined) throw new Broken('broken', 'the actor has no root machine');
    const { effects, life, tokens } = this.#draft;
    const family: Family = { key: this.#key, life, root: this.#root.settled(), tokens };
    return { family, effects };
  }

  /** Starts the actor. */
  begin(definition: MachineDefinition, input: unknown): void {
    const snapshot = this.#initial(definition, input, []);
    if (snapshot.status === 'error') throw snapshot.error;
    this.#root = new Place(newMember(definition, snapshot));
    this.#settleFirst(this.#root, collectedActions());
  }

  /** Delivers an event to the machine at the path. Without such a machine nothing happens. */
  deliver(path: Path, event: AnyEventObject): void {
    this.#send(path.length === 0 ? this.#root : this.#root?.at(path), event);
  }

  #send(place: Place | undefined, event: AnyEventObject): void {
    if (place === undefined || place.left) return;
    this.#events += 1;
    if (this.#events > eventsMax)
      throw new Broken('broken', `more than ${eventsMax} events within one step`);
    if (place.busy) {
      place.wait(event);
      return;
    }
    place.busy = true;
    this.#transition(place, event);
    this.#drain(place);
  }

  #drain(place: Place): void {
    for (let event = place.next(); event !== undefined; event = place.next())
      this.#transition(place, event);
    place.busy = false;
  }

  #initial(definition: MachineDefinition, input: unknown, path: Path): AnyMachineSnapshot {
    const self = new InertSelf(path, this.#key);
    return inertInitial(definition, stampedInput(this.#stamp, input), self);
  }

  #transition(place: Place, event: AnyEventObject): void {
    const { member, path } = place;
    if (place.left || member.snapshot.status !== 'active') return;
    let snapshot: AnyMachineSnapshot;
    let actions = noActions;
    try {
      const self = new InertSelf(path, this.#key, member.snapshot);
      const given = stampedEvent(this.#stamp, event);
      snapshot = inertTransition(member.definition, member.snapshot, given, self);
      actions = collectedActions();
    } catch (thrown) {
      const error = machineFault(thrown, member.definition.name, member.snapshot.value);
      if (path.length === 0) throw error;
      snapshot = this.#failed(path, member.definition, member.snapshot, error);
    }
    if (snapshot !== member.snapshot || actions.length > 0) this.#settle(place, snapshot, actions);
  }

  #settle(place: Place, snapshot: AnyMachineSnapshot, actions: readonly CollectedAction[]): void {
    const { member, deferred } = this.#interpret(place, snapshot, actions);
    place.member = member;
    for (const action of deferred) if (!isEarly(action)) this.#act(place, action);
    if (place.member.snapshot.status !== 'active') this.#end(place);
  }

  /**
   * An actor that starts has its children started before any of its own actions is executed; so has
   * XState. So nothing that it sends is early.
   */
  #settleFirst(place: Place, actions: readonly CollectedAction[]): void {
    place.busy = true;
    const { effects } = this.#draft;
    const before = effects.length;
    const { member, deferred } = this.#interpret(place, place.member.snapshot, actions);
    place.member = member;
    const own = effects.splice(before);
    for (const action of deferred)
      if (action.kind === 'start') this.#act(place, { ...action, early: nothingEarly });
    effects.push(...own);
    for (const action of deferred) if (action.kind !== 'start') this.#act(place, action);
    if (place.member.snapshot.status !== 'active') this.#end(place);
    this.#drain(place);
  }

  #interpret(
    place: Place,
    snapshot: AnyMachineSnapshot,
    actions: readonly CollectedAction[],
  ): Interpreted {
    const { effects } = this.#draft;
    const before = effects.length;
    try {
      return interpret(place.path, place.member, snapshot, actions, this.#draft);
    } catch (thrown) {
      const { path, member } = place;
      const error = machineFault(thrown, member.definition.name, snapshot.value);
      if (path.length === 0 || error instanceof UnanimousError) throw error;
      effects.length = before;
      return {
        member: { ...member, snapshot: this.#failed(path, member.definition, snapshot, error) },
        deferred: nothingDeferred,
      };
    }
  }

  /** The snapshot of a child that threw. */
  #failed(
    path: Path,
    { name }: MachineDefinition,
    snapshot: AnyMachineSnapshot,
    error: unknown,
  ): AnyMachineSnapshot {
    this.#draft.effects.push({ kind: 'failure', path, machine: name, error });
    return { ...snapshot, status: 'error', error } as AnyMachineSnapshot;
  }

  #act(place: Place, action: Deferred): void {
    switch (action.kind) {
      case 'effect':
        this.#draft.effects.push(action.effect);
        break;
      case 'send':
        this.#send(recipient(place, action.to), action.event);
        break;
      case 'start':
        this.#start(place, action);
        break;
      case 'stop':
        this.#stop(place.child(action.id));
        break;
      default:
        action satisfies never;
    }
  }

  #start(parent: Place, { id, definition, input, early }: Start): void {
    if (parent.left) return;
    const snapshot = this.#initial(definition, input, [...parent.path, id]);
    const actions = collectedActions();
    const place = parent.add(id, newMember(definition, snapshot));
    for (const event of early) place.wait(event);
    if (snapshot.status === 'error') this.#failed(place.path, definition, snapshot, snapshot.error);
    this.#settleFirst(place, snapshot.status === 'error' ? noActions : actions);
  }

  #stop(place: Place | undefined): void {
    if (place === undefined) return;
    this.#stopEverything(place.settled());
    place.leave();
  }

  #end(place: Place): void {
    if (place.left) return;
    this.#stopEverything(place.settled());
    const { parent, member } = place;
    if (parent === undefined) {
      place.rest();
      return;
    }
    place.leave();
    this.#send(parent, endEvent(place.path, member.snapshot));
  }

  #stopEverything({ timers, activities, children, asker }: Member): void {
    const { effects } = this.#draft;
    if (asker !== undefined) effects.push({ kind: 'end-asker', asker });
    for (const { token } of timers.values()) effects.push({ kind: 'cancel-timer', token });
    for (const { token } of activities.values()) effects.push({ kind: 'stop-activity', token });
    for (const child of children.values()) this.#stopEverything(child);
  }
}

function newMember(definition: MachineDefinition, snapshot: AnyMachineSnapshot): Member {
  return { definition, snapshot, timers: noTimers, activities: noActivities, children: noChildren };
}

function recipient(place: Place, to: string | undefined): Place | undefined {
  if (to === undefined) return place;
  return to === parentId ? place.parent : place.child(to);
}

function endEvent(path: Path, { status, output, error }: AnyMachineSnapshot): AnyEventObject {
  const actorId = path.at(-1);
  if (status === 'done') return { type: `xstate.done.actor.${actorId}`, output, actorId };
  return { type: `xstate.error.actor.${actorId}`, error: thrownAsJson(error), actorId };
}
