/**
 * A machine of a family while a step works on the family: where it stands, whether it is busy, and what waits for it.
 *
 * 1. Places are made for the machines a step touches, and thrown away with it. The family they began with is left as it was.
 * 2. A place that has been left stays left: a new child of the same id has a place of its own.
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

  /** Events that come while the machine is busy. */
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

  /** A child begins; one of the same id has been left before. */
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

  /** The machine is no longer there, nor are those below it, nor is what waited for them. */
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

  /** The machine has ended: nothing of its own goes on. */
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

  /** The machine with what has become of those below it. */
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
