/**
 * A running member: a machine of a family while a step works on the family. A running member knows
 * its path, its parent and children, whether the machine is busy, and the events that wait for it.
 *
 * Invariants:
 * - For one step: a step makes running members for the machines that the step touches, and drops
 *   them at its end. The family from which the step began stays as it was.
 * - Stopped: a running member that stops while its machine is busy is no child of its parent any more,
 *   and takes no event. Its machine can still send to its children and its parent.
 * - No return: a running member that was left is never used again. A new child of the same id is
 *   another running member.
 */
import type { AnyEventObject } from 'xstate';
import { type Member, noActivities, noChildren, noTimers } from './family.ts';
import type { Path } from './path.ts';

const rootPath: Path = [];

export class RunningMember {
  readonly path: Path;
  readonly parent: RunningMember | undefined;
  member: Member;
  busy = false;
  left = false;
  stopping = false;
  #waiting: AnyEventObject[] | undefined;
  #children: Map<string, RunningMember> | undefined;

  constructor(member: Member, parent?: RunningMember, id = '') {
    this.member = member;
    this.parent = parent;
    this.path = parent === undefined ? rootPath : [...parent.path, id];
  }

  /** Events that arrive while the machine is busy. */
  wait(event: AnyEventObject): void {
    if (this.stopping) return;
    this.#waiting ??= [];
    this.#waiting.push(event);
  }

  next(): AnyEventObject | undefined {
    return this.#waiting?.shift();
  }

  child(id: string): RunningMember | undefined {
    if (this.left) return undefined;
    const known = this.#children?.get(id);
    if (known !== undefined) return known;
    const member = this.member.children.get(id);
    return member && this.#remember(id, member);
  }

  at(path: Path): RunningMember | undefined {
    let running: RunningMember | undefined = this;
    for (const id of path) running = running?.child(id);
    return running;
  }

  /** A new child. An earlier child of the same id was left before. */
  add(id: string, member: Member): RunningMember {
    this.member = { ...this.member, children: this.member.children.with(id, member) };
    return this.#remember(id, member);
  }

  #remember(id: string, member: Member): RunningMember {
    const running = new RunningMember(member, this, id);
    this.#children ??= new Map();
    this.#children.set(id, running);
    return running;
  }

  /** The machine is busy: it stops at the end of its present transition. */
  stop(): void {
    this.#detach();
    this.stopping = true;
    this.#waiting = undefined;
  }

  stopBusyChildren(): void {
    if (this.#children !== undefined)
      for (const child of this.#children.values()) if (child.busy) child.stop();
  }

  /** Leaves the machine and all machines below. The events that wait for them are dropped. */
  leave(): void {
    if (!this.stopping) this.#detach();
    this.#abandon();
  }

  #detach(): void {
    const id = this.path.at(-1);
    if (this.parent !== undefined && id !== undefined) this.parent.#forget(id);
  }

  #forget(id: string): void {
    this.#children?.delete(id);
    this.member = { ...this.member, children: this.member.children.without(id) };
  }

  #abandon(): void {
    this.left = true;
    this.#waiting = undefined;
    if (this.#children !== undefined) for (const child of this.#children.values()) child.#abandon();
  }

  /** The machine has ended. Its timers, activities and children end too. */
  rest(): void {
    if (this.#children !== undefined) for (const child of this.#children.values()) child.#abandon();
    this.#children = undefined;
    this.member = {
      definition: this.member.definition,
      snapshot: this.member.snapshot,
      timers: noTimers,
      activities: noActivities,
      children: noChildren,
    };
  }

  /** The machine with the new states of the machines below. */
  settled(): Member {
    if (this.#children === undefined || this.member.children.size === 0) return this.member;
    let { children } = this.member;
    for (const [id, running] of this.#children) {
      const member = running.settled();
      if (children.get(id) !== member) children = children.with(id, member);
    }
    return children === this.member.children ? this.member : { ...this.member, children };
  }
}
