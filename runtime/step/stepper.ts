/**
 * One step of a family: an event for one machine, and all events that the machines of the family
 * send each other because of that event.
 *
 * Invariants:
 * - Order of XState: a machine first runs its own actions, then starts, stops and tells its children,
 *   in the order of its actions. A busy machine takes an event when its present transition is done.
 * - Stopped: a child that is stopped while it is busy finishes its present transition, then ends.
 * - Errors: an error of the root ends the step. A child that throws has failed: its transition leaves
 *   no trace, and its parent gets the error. `Refused` (an answer to the sender) and `Broken` (a bug
 *   in the machine's definition) end the whole step, wherever they are thrown.
 * - A step ends: machines that send each other events without end are stopped by an error.
 */
import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { Broken, UnanimousError } from '../ports/errors.ts';
import { thrownAsJson } from '../ports/thrown.ts';
import type { CollectedAction } from './collected-action.ts';
import type { Deferred } from './deferred.ts';
import { type Family, type Member, noActivities, noChildren, noTimers } from './family.ts';
import { InertSelf } from './inert-reference.ts';
import { collectedActions, inertInitial, inertTransition } from './inert-scope.ts';
import { type Interpreted, interpret } from './interpretation.ts';
import type { MachineDefinition } from './machine-definition.ts';
import { machineFault } from './machine-fault.ts';
import { type Path, parentId } from './path.ts';
import { RunningMember } from './running-member.ts';
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
  #root: RunningMember | undefined;
  #events = 0;

  constructor({ key, root, life, tokens }: Begun, stamp: Stamp) {
    this.#key = key;
    this.#root = root && new RunningMember(root);
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
    this.#root = new RunningMember(newMember(definition, snapshot));
    this.#settleFirst(this.#root, collectedActions());
  }

  /** Delivers an event to the machine at the path. Without such a machine nothing happens. */
  deliver(path: Path, event: AnyEventObject): void {
    this.#send(path.length === 0 ? this.#root : this.#root?.at(path), event);
  }

  #send(running: RunningMember | undefined, event: AnyEventObject): void {
    if (running === undefined || running.left) return;
    this.#events += 1;
    if (this.#events > eventsMax)
      throw new Broken('broken', `more than ${eventsMax} events within one step`);
    if (running.busy) {
      running.wait(event);
      return;
    }
    running.busy = true;
    this.#transition(running, event);
    this.#drain(running);
  }

  #drain(running: RunningMember): void {
    for (let event = running.next(); event !== undefined; event = running.next())
      this.#transition(running, event);
    running.busy = false;
    if (running.stopping) this.#leave(running);
  }

  #initial(definition: MachineDefinition, input: unknown, path: Path): AnyMachineSnapshot {
    const self = new InertSelf(path, this.#key);
    return inertInitial(definition, stampedInput(this.#stamp, input), self);
  }

  #transition(running: RunningMember, event: AnyEventObject): void {
    const { member, path } = running;
    if (running.left || member.snapshot.status !== 'active') return;
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
    if (snapshot !== member.snapshot || actions.length > 0)
      this.#settle(running, snapshot, actions);
  }

  #settle(
    running: RunningMember,
    snapshot: AnyMachineSnapshot,
    actions: readonly CollectedAction[],
  ): void {
    const { member, deferred } = this.#interpret(running, snapshot, actions);
    running.member = member;
    for (const action of deferred) if (!isEarly(action)) this.#act(running, action);
    if (running.member.snapshot.status !== 'active') this.#end(running);
  }

  /**
   * An actor that starts has its children started before any of its own actions is executed; so has
   * XState. So nothing that it sends is early.
   */
  #settleFirst(running: RunningMember, actions: readonly CollectedAction[]): void {
    running.busy = true;
    const { effects } = this.#draft;
    const before = effects.length;
    const { member, deferred } = this.#interpret(running, running.member.snapshot, actions);
    running.member = member;
    const own = effects.splice(before);
    for (const action of deferred)
      if (action.kind === 'start') this.#act(running, { ...action, early: nothingEarly });
    effects.push(...own);
    for (const action of deferred) if (action.kind !== 'start') this.#act(running, action);
    if (running.member.snapshot.status !== 'active') this.#end(running);
    this.#drain(running);
  }

  #interpret(
    running: RunningMember,
    snapshot: AnyMachineSnapshot,
    actions: readonly CollectedAction[],
  ): Interpreted {
    const { effects } = this.#draft;
    const before = effects.length;
    try {
      return interpret(running.path, running.member, snapshot, actions, this.#draft);
    } catch (thrown) {
      const { path, member } = running;
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

  #act(running: RunningMember, action: Deferred): void {
    switch (action.kind) {
      case 'effect':
        this.#draft.effects.push(action.effect);
        break;
      case 'send':
        this.#send(recipient(running, action.to), action.event);
        break;
      case 'start':
        this.#start(running, action);
        break;
      case 'stop':
        this.#stop(running.child(action.id));
        break;
      default:
        action satisfies never;
    }
  }

  #start(parent: RunningMember, { id, definition, input, early }: Start): void {
    if (parent.left) return;
    const snapshot = this.#initial(definition, input, [...parent.path, id]);
    const actions = collectedActions();
    const running = parent.add(id, newMember(definition, snapshot));
    for (const event of early) running.wait(event);
    if (snapshot.status === 'error')
      this.#failed(running.path, definition, snapshot, snapshot.error);
    this.#settleFirst(running, snapshot.status === 'error' ? noActions : actions);
  }

  #stop(running: RunningMember | undefined): void {
    if (running === undefined) return;
    if (running.busy) running.stop();
    else this.#leave(running);
  }

  #leave(running: RunningMember): void {
    running.stopBusyChildren();
    this.#stopEverything(running.settled());
    running.leave();
  }

  #end(running: RunningMember): void {
    if (running.left || running.stopping) return;
    const { parent, member } = running;
    if (parent === undefined) {
      running.stopBusyChildren();
      this.#stopEverything(running.settled());
      running.rest();
      return;
    }
    this.#leave(running);
    this.#send(parent, endEvent(running.path, member.snapshot));
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

function recipient(running: RunningMember, to: string | undefined): RunningMember | undefined {
  if (to === undefined) return running;
  return to === parentId ? running.parent : running.child(to);
}

function endEvent(path: Path, { status, output, error }: AnyMachineSnapshot): AnyEventObject {
  const actorId = path.at(-1);
  if (status === 'done') return { type: `xstate.done.actor.${actorId}`, output, actorId };
  return { type: `xstate.error.actor.${actorId}`, error: thrownAsJson(error), actorId };
}
