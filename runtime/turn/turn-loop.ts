/**
 * Takes the actors that are ready, has their turns computed and committed together (`turn-batches.ts`), and does what failed again.
 *
 * 1. A batch is what is ready; nothing waits for a batch to fill.
 * 2. When the commit of a batch fails, its turns are done one by one, so that a bad one hurts only itself.
 * 3. A `Conflict` means: load again, compute again. A write that is refused is found by doing the turn message by message; the
 *    machine gets the refusal as an event.
 * 4. Anything else is the world's fault: the inputs wait a while and come again, unacknowledged.
 * 5. After a failure nothing of the actor is believed but what the journal says.
 * 6. An input that is committed is never stepped again, whatever becomes of those it came with.
 */

import type { Input } from '../messages/input.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import { Broken, Conflict, Refused, UnanimousError } from '../ports/errors.ts';
import type { TurnCommit } from '../ports/journal-rows.ts';
import { backoffMs, Pauses, Waiters } from '../ports/waiting.ts';
import { Mailboxes, type Slot } from './mailbox.ts';
import type { Turn } from './turn.ts';
import { handledInputs, TurnBatches, type TurnBatchesOptions, type Work } from './turn-batches.ts';

export interface TurnLoopOptions extends TurnBatchesOptions {
  /** What a commit leaves to be done: publish, start timers and activities. Resolves when its messages are out. */
  readonly afterCommit: (commits: readonly TurnCommit[]) => Promise<void>;
  /** Inputs are settled when committed, or (`ended`, for ephemeral machines) when their actor has ended and its answer is out. */
  readonly settleWhen: 'committed' | 'ended';
  /** Batches under way at once. */
  readonly lanes: number;
  readonly batchMax: number;
  /** Waited for before a batch begins, while too much that was committed is not out; undefined when there is nothing to wait for. */
  readonly room: () => Promise<void> | undefined;
}

const conflictsMax = 50;
const retry = { firstDelayMs: 50, delayMaxMs: 5_000 };
const unknownFailuresMax = 8;

export class TurnLoop {
  readonly #options: TurnLoopOptions;
  readonly #mailboxes = new Mailboxes();
  readonly #batches: TurnBatches;
  /** Messages of ephemeral actors that still live: nothing but their delivery remembers them. */
  readonly #held = new Map<string, Input[]>();
  #lanes = 0;
  #starting = false;
  #stopping = false;
  readonly #lanesEnded = new Waiters();
  /** Lanes that wait for room. */
  readonly #pauses: Pauses;

  constructor(options: TurnLoopOptions) {
    this.#options = options;
    this.#batches = new TurnBatches(options);
    this.#pauses = new Pauses(options.clock);
  }

  post(input: Input): void {
    if (this.#stopping) {
      input.settle('retry');
      return;
    }
    this.#mailboxes.post(input);
    this.#wake();
  }

  /** Resolves when nothing is under way; what comes later is given back. Turns that wait for a retry are given up. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#pauses.end();
    while (this.#lanes > 0) await this.#lanesEnded.wait();
    this.#mailboxes.abandon();
    for (const input of [...this.#held.values()].flat()) input.settle('retry');
    this.#held.clear();
  }

  /** True when nothing waits for an actor or is under way. */
  get isIdle(): boolean {
    return this.#mailboxes.busy === 0 && this.#lanes === 0;
  }

  /** Lanes start in a microtask of their own, so that everything posted in this moment shares a batch. */
  #wake(): void {
    if (this.#starting || this.#lanes >= this.#options.lanes) return;
    this.#starting = true;
    queueMicrotask(() => {
      this.#starting = false;
      if (this.#mailboxes.waiting > 0 && this.#lanes < this.#options.lanes) void this.#runLane();
    });
  }

  async #runLane(): Promise<void> {
    this.#lanes += 1;
    while (this.#mailboxes.waiting > 0 && !this.#stopping) {
      const room = this.#options.room();
      if (room === undefined) await this.#runBatch();
      else await this.#pauses.until(room);
    }
    this.#lanes -= 1;
    if (this.#lanes === 0) this.#lanesEnded.release();
  }

  async #runBatch(): Promise<void> {
    const batch = this.#mailboxes.take(this.#options.batchMax);
    const turns = await this.#batches.together(batch);
    if (turns === undefined) {
      await this.#oneByOne(batch);
      return;
    }
    for (const work of batch) this.#finish(work);
    this.#follow(batch, turns);
  }

  async #oneByOne(batch: readonly Work[]): Promise<void> {
    const { failpoints } = this.#options;
    for (const [index, work] of batch.entries()) {
      failpoints.reach(index === 0 ? 'turn.before-redo' : 'turn.part-redone');
      await this.#alone(work);
    }
  }

  /** One actor by itself, redone until it is committed or put back. */
  async #alone(work: Work): Promise<void> {
    try {
      await this.#redo(work.slot.address, work.inputs);
      this.#finish(work);
    } catch (error) {
      await this.#failed(work, error);
    }
  }

  /** An error that names itself nowhere and comes again and again is a bug: the one whose write it is gets it as a refused write. */
  async #failed(work: Work, error: unknown): Promise<void> {
    const { slot, inputs } = work;
    if (slot.failures + 1 < unknownFailuresMax || error instanceof UnanimousError) {
      this.#putBack(work, error);
      return;
    }
    const poison = new Broken(
      'write-failed',
      `the commit failed ${slot.failures + 1} times: ${String(error)}`,
      { cause: error },
    );
    try {
      for (const input of inputs) await this.#redoPoisoned(slot.address, input, poison);
      this.#finish(work);
    } catch (still) {
      this.#putBack(work, still);
    }
  }

  async #redoPoisoned(address: ActorAddress, input: Input, poison: UnanimousError): Promise<void> {
    try {
      await this.#redo(address, [input]);
    } catch (error) {
      if (error instanceof UnanimousError) throw error;
      await this.#redo(address, [input], poison);
    }
  }

  async #redo(
    address: ActorAddress,
    inputs: readonly Input[],
    writeError?: UnanimousError,
  ): Promise<void> {
    let open = this.#batches.open(inputs);
    for (let conflicts = 0; open.length > 0; conflicts += 1) {
      this.#batches.drop(address);
      try {
        await this.#commitOne(address, open, writeError);
        open = this.#batches.open(open);
      } catch (error) {
        if (error instanceof Conflict && conflicts < conflictsMax) continue;
        if (!(error instanceof Refused || error instanceof Broken)) throw error;
        await this.#split(address, open, error, writeError);
        return;
      }
    }
  }

  async #commitOne(
    address: ActorAddress,
    inputs: readonly Input[],
    writeError: UnanimousError | undefined,
  ): Promise<void> {
    const slot: Slot = {
      address,
      id: addressId(address),
      inputs: [],
      phase: 'running',
      failures: 0,
    };
    const batch = [{ slot, inputs }];
    this.#follow(batch, await this.#batches.doubted(batch, writeError));
  }

  /** A write was refused: message by message, and the one whose write it is learns of it. */
  async #split(
    address: ActorAddress,
    inputs: readonly Input[],
    error: UnanimousError,
    earlier: UnanimousError | undefined,
  ): Promise<void> {
    const [first, ...rest] = inputs;
    if (first === undefined) return;
    if (rest.length > 0) await this.#messageByMessage(address, inputs);
    else if (earlier === undefined) await this.#redo(address, inputs, error);
    else throw error;
  }

  async #messageByMessage(address: ActorAddress, inputs: readonly Input[]): Promise<void> {
    for (const [index, input] of inputs.entries()) {
      if (index > 0) this.#options.failpoints.reach('turn.message-redone');
      await this.#redo(address, [input]);
    }
  }

  #finish({ slot, inputs }: Work): void {
    slot.failures = 0;
    const left = this.#batches.left(inputs);
    if (left.length > 0) slot.inputs = [...left, ...slot.inputs];
    this.#mailboxes.release(slot);
    if (this.#mailboxes.waiting > 0) this.#wake();
  }

  #follow(batch: readonly Work[], turns: readonly Turn[]): void {
    const handled = handledInputs(batch, turns);
    const open = this.#options.settleWhen === 'committed' ? handled : this.#hold(handled, turns);
    const settle = (): void => {
      for (const input of open) input.settle('done');
    };
    const published = this.#options.afterCommit(turns.map(({ commit }) => commit));
    if (this.#options.settleWhen === 'committed') settle();
    else void published.then(settle);
  }

  /** Keeps the messages of actors that live on; gives back those of actors that have ended, with all that was kept for them. */
  #hold(handled: readonly Input[], turns: readonly Turn[]): readonly Input[] {
    if (this.#held.size === 0 && turns.every(({ commit }) => commit.record === null))
      return handled;
    const living = new Set(
      turns.flatMap(({ commit }) => (commit.record === null ? [] : [addressId(commit.address)])),
    );
    const isHeld = (input: Input): boolean =>
      input.kind === 'event' && living.has(addressId(input.address));
    for (const input of handled.filter(isHeld)) {
      const id = addressId(input.address);
      this.#held.set(id, [...(this.#held.get(id) ?? []), input]);
    }
    const ended = turns
      .map(({ commit }) => addressId(commit.address))
      .filter((id) => !living.has(id));
    const released = ended.flatMap((id) => this.#held.get(id) ?? []);
    for (const id of ended) this.#held.delete(id);
    return [...released, ...handled.filter((input) => !isHeld(input))];
  }

  #putBack(work: Work, error: unknown): void {
    const { slot } = work;
    const inputs = this.#batches.left(work.inputs);
    slot.failures += 1;
    const delayMs = backoffMs(retry, slot.failures);
    this.#options.log('warn', 'a turn failed and is done again', {
      actor: slot.id,
      delayMs,
      error: String(error),
    });
    if (this.#stopping) {
      for (const input of inputs) input.settle('retry');
      return;
    }
    this.#mailboxes.putBack(slot, inputs);
    this.#options.clock.after(delayMs, () => {
      if (this.#stopping) return;
      this.#mailboxes.release(slot);
      this.#wake();
    });
  }
}
