/**
 * A place: a machine of a family while a step works on the family. A place knows its path, its
 * parent and children, whether the machine is busy, and the events that wait for the machine.
 *
 * Invariants:
 * - For one step: a step makes places for the machines that it touches, and drops them at its end.
 *   The family from which the step began stays as it was.
 * - No return: a place that was left is never used again. A new child of the same id has a place of
 *   its own.
 */
import type { AnyEventObject } from 'xstate';
import { type Member, noActivities, noChildren, noTimers } from './family.ts';
import type { Path } from './path.ts';

const rootPath: Path = [];

export class Place {
  readonly path: Path;
  readonly parent: Place | undefined;
  member: Member;
  busy = false;
  left = false;
  #waiting: AnyEventObject[] | undefined;
  #children: Map<string, Place> | undefined;

  constructor(member: Member, parent?: Place, id = '') {
    this.member = member;
    this.parent = parent;
    this.path = parent === undefined ? rootPath : [...parent.path, id];
  }

  /** Events that arrive while the machine is busy. */
  wait(event: AnyEventObject): void {
    this.#waiting ??= [];
    this.#waiting.push(event);
  }

  next(): AnyEventObject | undefined {
    return this.#waiting?.shift();
  }

  child(id: string): Place | undefined {
    if (this.left) return undefined;
    const known = this.#children?.get(id);
    if (known !== undefined) return known;
    const member = this.member.children.get(id);
    return member && this.#remember(id, member);
  }

  at(path: Path): Place | undefined {
    let place: Place | undefined = this;
    for (const id of path) place = place?.child(id);
    return place;
  }

  /** Makes the place of a new child. The place of an earlier child of the same id was left before. */
  add(id: string, member: Member): Place {
    this.member = { ...this.member, children: this.member.children.with(id, member) };
    return this.#remember(id, member);
  }

  #remember(id: string, member: Member): Place {
    const place = new Place(member, this, id);
    this.#children ??= new Map();
    this.#children.set(id, place);
    return place;
  }

  /** Leaves the machine and all machines below. The events that wait for them are dropped. */
  leave(): void {
    const id = this.path.at(-1);
    if (this.parent !== undefined && id !== undefined) this.parent.#forget(id);
    this.#abandon();
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
    for (const [id, place] of this.#children) {
      const member = place.settled();
      if (children.get(id) !== member) children = children.with(id, member);
    }
    return children === this.member.children ? this.member : { ...this.member, children };
  }
}
