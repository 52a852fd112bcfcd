/**
 * The inputs that wait for actors. A turn takes all inputs that wait for its actor when it starts.
 *
 * Invariants:
 * - One turn of an actor at a time, and its inputs keep their order.
 * - An input is settled exactly once: `done` when it is committed or known to be a repetition,
 *   `retry` when it could not be committed.
 */
import type { Input } from '../messages/input.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';

export interface Slot {
  readonly address: ActorAddress;
  /** The `addressId` of the address. */
  readonly id: string;
  inputs: Input[];
  /** queued: in the ready list; running: its turn is under way; delayed: waits after a failure. */
  phase: 'idle' | 'queued' | 'running' | 'delayed';
  /** Failures in a row of its turns. */
  failures: number;
}

/** The inputs of one actor. */
export interface Work {
  readonly slot: Slot;
  readonly inputs: readonly Input[];
}

/** All mailboxes of one turn loop. */
export class Mailboxes {
  readonly #slots = new Map<string, Slot>();
  #ready: Slot[] = [];

  /** Actors that are ready. */
  get waiting(): number {
    return this.#ready.length;
  }

  /** Actors with an input that waits or is under way. */
  get busy(): number {
    return this.#slots.size;
  }

  post(input: Input): void {
    const id = addressId(input.address);
    let slot = this.#slots.get(id);
    if (slot === undefined) {
      slot = { address: input.address, id, inputs: [input], phase: 'idle', failures: 0 };
      this.#slots.set(id, slot);
    } else slot.inputs.push(input);
    if (slot.phase === 'idle') this.#makeReady(slot);
  }

  /** At most `limit` ready actors, with all their inputs. Each is running until `release`. */
  take(limit: number): readonly Work[] {
    const taken = this.#ready.slice(0, limit);
    this.#ready = this.#ready.slice(limit);
    return taken.map((slot) => {
      const { inputs } = slot;
      slot.inputs = [];
      slot.phase = 'running';
      return { slot, inputs };
    });
  }

  /**
   * Takes an actor for which no input waits or is under way; the actor is running until `release`.
   * Undefined for any other actor.
   */
  claim(address: ActorAddress): Slot | undefined {
    const id = addressId(address);
    if (this.#slots.has(id)) return undefined;
    const slot: Slot = { address, id, inputs: [], phase: 'running', failures: 0 };
    this.#slots.set(id, slot);
    return slot;
  }

  /** The turn is over. */
  release(slot: Slot): void {
    if (slot.inputs.length > 0) {
      this.#makeReady(slot);
      return;
    }
    slot.phase = 'idle';
    this.#slots.delete(slot.id);
  }

  /** The turn failed: its inputs come first again, and the actor waits until `release`. */
  putBack(slot: Slot, inputs: readonly Input[]): void {
    slot.inputs = [...inputs, ...slot.inputs];
    slot.phase = 'delayed';
  }

  /** Gives back all inputs that wait: the runtime stops. */
  abandon(): void {
    for (const slot of this.#slots.values()) {
      for (const input of slot.inputs) input.settle('retry');
      slot.inputs = [];
    }
    this.#ready = [];
    this.#slots.clear();
  }

  #makeReady(slot: Slot): void {
    slot.phase = 'queued';
    this.#ready.push(slot);
  }
}
