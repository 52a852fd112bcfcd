/**
 * References to actors as a machine sees them in a step: itself, its parent and its children.
 *
 * Boundary: no reference reaches a live actor. XState finds its targets by references; users read
 * ids from them.
 *
 * Invariants:
 * - An id is what the actor is called: a child's id, and of a root machine the key of its actor.
 * - A reference is no data: a step refuses to store one.
 * - Nothing is lost silently: a member that needs a live actor refuses its use by name.
 */
import { type AnyActorRef, type AnyMachineSnapshot, createActor, createMachine } from 'xstate';
import { Broken } from '../ports/errors.ts';
import type { Path } from './path.ts';

/** XState needs the system of the actor that it steps. No actor is registered in this system. */
export const inertSystem: AnyActorRef['system'] = createActor(createMachine({})).system;

function refuseUse(use: string): never {
  throw new Broken(
    'machine-invalid',
    `a machine ${use}; it talks with sendTo, sendParent and raise, and its context is JSON`,
  );
}

/** Enough of an actor for XState to find it and to stop it. */
export class InertReference {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  get sessionId(): string {
    return this.id;
  }

  get system(): AnyActorRef['system'] {
    return inertSystem;
  }

  get ref(): this {
    return this;
  }

  send(_event: unknown): void {
    refuseUse('calls send of an actor');
  }

  subscribe(): never {
    return refuseUse('calls subscribe of an actor');
  }

  on(): never {
    return refuseUse('listens to an actor');
  }

  start(): never {
    return refuseUse('starts an actor by hand');
  }

  stop(): never {
    return refuseUse('stops an actor by hand');
  }

  toJSON(): never {
    return refuseUse('keeps a reference to an actor');
  }

  getSnapshot(): unknown {
    return undefined;
  }

  getPersistedSnapshot(): undefined {
    return undefined;
  }
}

/** The machine itself. */
export class InertSelf extends InertReference {
  readonly #path: Path;
  readonly #key: string;
  readonly #snapshot: AnyMachineSnapshot | undefined;

  /** `key`: of the family's actor. `snapshot`: before the step; undefined while the machine starts. */
  constructor(path: Path, key: string, snapshot?: AnyMachineSnapshot) {
    super(path.at(-1) ?? key);
    this.#path = path;
    this.#key = key;
    this.#snapshot = snapshot;
  }

  /** Two machines of one family never have the same id. */
  override get sessionId(): string {
    return [this.#key, ...this.#path].map(encodeURIComponent).join('/');
  }

  /** XState sends events for the parent to this reference. */
  get _parent(): InertParent {
    return new InertParent(this.#path.at(-2) ?? this.#key);
  }

  override getSnapshot(): AnyMachineSnapshot | undefined {
    return this.#snapshot;
  }
}

/**
 * The machine that has started another. A root machine has no such parent, and events for the
 * parent are dropped.
 */
export class InertParent extends InertReference {}

/** Puts references to the children with these ids into a snapshot that nobody else holds yet. */
export function referTo(snapshot: AnyMachineSnapshot, ids: readonly string[]): void {
  if (ids.length > 0)
    Object.assign(snapshot, {
      children: Object.fromEntries(ids.map((id) => [id, new InertReference(id)])),
    });
}
