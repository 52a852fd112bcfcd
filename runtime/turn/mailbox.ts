/**
 * What waits for an actor. Whatever waits when a turn starts is handled in that one turn.
 *
 * 1. One turn of an actor at a time; inputs keep their order.
 * 2. An input is settled exactly once: `done` when it is committed (or known to be a repetition), `retry` when it could not be.
 */
import type { AnyEventObject } from 'xstate';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { UnhandledMessage } from '../ports/dead-letter.ts';
import type { ReplyAddress } from '../step/effects.ts';
import type { ErrorBody } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { ActivityOutcome, Path } from '../step/machine-step.ts';
import type { Read } from '../ports/store.ts';

export type Settlement = 'done' | 'retry';

interface InputBase {
  readonly address: ActorAddress;
  readonly settle: (settlement: Settlement) => void;
}

/** A message, an answer or a returned question: an event for one machine of the actor. */
export interface EventInput extends InputBase {
  readonly kind: 'event';
  readonly path: Path;
  readonly event: AnyEventObject;
  /** Under which it is remembered; absent: handled at least once. */
  readonly identity?: string;
  /** Starts the actor when it is not there. */
  readonly starts: boolean;
  /** When it is not there and not started: nothing happens, instead of `not-found`. */
  readonly quiet: boolean;
  readonly read?: Read;
  readonly replyTo?: ReplyAddress;
  readonly refusal?: (error: ErrorBody) => Json;
  /** An answer or a returned question: when nobody waits for it any more, nothing happens. */
  readonly answer?: boolean;
  /** The question it answers, by correlation id. */
  readonly asked?: string;
  /** That question was known without asking the journal. */
  readonly remembered?: boolean;
  /** Gives the raw message, in case it cannot be handled. */
  readonly letter?: () => UnhandledMessage;
}

export interface TimerInput extends InputBase {
  readonly kind: 'timer';
  readonly token: string;
}

export interface ActivityInput extends InputBase {
  readonly kind: 'activity';
  readonly token: string;
  readonly outcome: ActivityOutcome;
}

export type Input = EventInput | TimerInput | ActivityInput;

export interface Slot {
  readonly address: ActorAddress;
  /** The same as one string (`addressId`). */
  readonly id: string;
  inputs: Input[];
  /** queued: in the ready list; running: its turn is under way; delayed: waits after a failure. */
  phase: 'idle' | 'queued' | 'running' | 'delayed';
  /** Failures in a row of its turns. */
  failures: number;
}

/** All mailboxes of one turn loop. */
export class Mailboxes {
  readonly #slots = new Map<string, Slot>();
  #ready: Slot[] = [];

  get waiting(): number {
    return this.#ready.length;
  }

  /** Actors with anything waiting or under way. */
  get busy(): number {
    return this.#slots.size;
  }

  post(input: Input): void {
    const id = addressId(input.address);
    let slot = this.#slots.get(id);
    if (slot === undefined) {
      slot = { address: input.address, id, inputs: [], phase: 'idle', failures: 0 };
      this.#slots.set(id, slot);
    }
    slot.inputs.push(input);
    if (slot.phase === 'idle') this.makeReady(slot);
  }

  makeReady(slot: Slot): void {
    slot.phase = 'queued';
    this.#ready.push(slot);
  }

  /** At most `limit` actors that are ready, with all their inputs; each is running until `release`. */
  take(limit: number): { readonly slot: Slot; readonly inputs: Input[] }[] {
    const taken = this.#ready.slice(0, limit);
    this.#ready = this.#ready.slice(limit);
    return taken.map((slot) => {
      const { inputs } = slot;
      slot.inputs = [];
      slot.phase = 'running';
      return { slot, inputs };
    });
  }

  /** The turn is over. */
  release(slot: Slot): void {
    if (slot.inputs.length > 0) {
      this.makeReady(slot);
      return;
    }
    slot.phase = 'idle';
    this.#slots.delete(slot.id);
  }

  /** The turn could not be done: its inputs come first again, after a while. */
  putBack(slot: Slot, inputs: readonly Input[]): void {
    slot.inputs = [...inputs, ...slot.inputs];
    slot.phase = 'delayed';
  }

  /** Everything that waits is given up (the runtime stops). */
  abandon(): void {
    for (const slot of this.#slots.values()) {
      for (const input of slot.inputs) input.settle('retry');
      slot.inputs = [];
    }
    this.#ready = [];
    this.#slots.clear();
  }
}
