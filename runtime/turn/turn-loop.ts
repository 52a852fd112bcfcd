/**
 * Takes the actors that are ready, has their turns computed and committed together
 * (`turn-batches.ts`), and does failed turns again (`turn-redo.ts`).
 *
 * Invariants:
 * - A batch holds the actors that are ready. Nothing waits for a batch to fill.
 * - A slow read holds only its own turn: the other turns of the batch are committed, and the lane
 *   takes the next batch.
 * - A bad turn hurts only itself: when the commit of a batch fails, its turns are done one by one.
 * - A turn that fails for another reason than its own inputs waits and is done again. Its deliveries
 *   stay unacknowledged meanwhile.
 * - A committed input is never stepped again, also when inputs of the same turn have failed.
 */
import type { Input } from '../messages/input.ts';
import type { ActorAddress } from '../ports/address.ts';
import { Broken, errorText, UnanimousError } from '../ports/errors.ts';
import type { TurnCommit } from '../ports/journal-rows.ts';
import { backoffMs, Pauses, settlesWithin, Waiters } from '../ports/waiting.ts';
import { runAfterCommit } from './after-commit.ts';
import type { CommittedTurn } from './batch-commit.ts';
import type { BegunTurns } from './begun-turns.ts';
import type { LoopClaims } from './fusion.ts';
import { HeldMessages } from './held-messages.ts';
import { Mailboxes, type Slot, type Work } from './mailbox.ts';
import { type BegunWork, TurnBatches, type TurnBatchesOptions } from './turn-batches.ts';
import { type Redone, TurnRedo } from './turn-redo.ts';

export interface TurnLoopOptions extends TurnBatchesOptions {
  /**
   * Does what commits ask for: publish, start timers and activities. Resolves when the messages are
   * published.
   */
  readonly afterCommit: (commits: readonly TurnCommit[]) => Promise<void>;
  /**
   * When inputs are settled: when they are committed or, for ephemeral machines, when their actor
   * has ended and its answer is published.
   */
  readonly settleWhen: 'committed' | 'ended';
  /** Batches that may be under way at once. */
  readonly lanes: number;
  readonly batchMax: number;
  /**
   * Awaited before a batch begins, while too many committed messages wait to be published.
   * Undefined: there is nothing to wait for.
   */
  readonly room: () => Promise<void> | undefined;
  /**
   * Whether the inputs of a turn that failed with this error are for another process. Default: they
   * are not.
   */
  readonly isForOthers?: (service: string, error: unknown) => boolean;
}

type Begun = BegunTurns<BegunWork>;

/** How long a batch waits for its reads before it commits the turns that are ready. */
const readsMaxMs = 10;
/**
 * Most batches with slow reads that end beside the lanes. A lane with one more waits for its batch.
 */
const slowBatchesMax = 32;
const retry = { firstDelayMs: 50, delayMaxMs: 5_000 };
/** So many failures in a row with an error of no known kind are a bug. */
const unknownFailuresMax = 8;

export class TurnLoop implements LoopClaims {
  readonly #options: TurnLoopOptions;
  readonly #mailboxes = new Mailboxes();
  readonly #batches: TurnBatches;
  readonly #redo: TurnRedo;
  readonly #held = new HeldMessages();
  /** No lane runs, and no batch with slow reads is left. */
  readonly #ended = new Waiters();
  /** Lanes that wait for room. */
  readonly #pauses: Pauses;
  #lanes = 0;
  /** Batches with slow reads that end beside the lanes. */
  #slow = 0;
  #starting = false;
  #stopping = false;

  constructor(options: TurnLoopOptions) {
    const { families, failpoints, clock } = options;
    this.#options = options;
    this.#batches = new TurnBatches(options, this);
    this.#redo = new TurnRedo({
      batches: this.#batches,
      families,
      failpoints,
      committed: (turn) => this.#follow([turn]),
    });
    this.#pauses = new Pauses(clock);
  }

  post(input: Input): void {
    if (this.#stopping) {
      input.settle('retry');
      return;
    }
    this.#mailboxes.post(input);
    this.#wake();
  }

  get busy(): number {
    return this.#mailboxes.busy;
  }

  /** Takes an actor without work, for a turn in a batch. Undefined for any other actor. */
  claim(address: ActorAddress): Slot | undefined {
    return this.#stopping ? undefined : this.#mailboxes.claim(address);
  }

  /** The actor that was taken goes on with other work. */
  release(slot: Slot): void {
    this.#mailboxes.release(slot);
    if (this.#mailboxes.waiting > 0) this.#wake();
  }

  /**
   * Resolves when nothing is under way. Inputs that come later are given back, and so are the inputs
   * of turns that wait to be done again.
   */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#pauses.end();
    while (this.#lanes + this.#slow > 0) await this.#ended.wait();
    this.#mailboxes.abandon();
    this.#held.giveBack();
  }

  /** True when no input waits and no turn is under way. */
  get isIdle(): boolean {
    return this.busy === 0 && this.#lanes + this.#slow === 0;
  }

  /** A lane starts in a microtask, so that all inputs that are posted now share a batch. */
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
    this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#lanes + this.#slow === 0) this.#ended.release();
  }

  async #runBatch(): Promise<void> {
    const taken = this.#mailboxes.take(this.#options.batchMax);
    const begun = await this.#batches.begin(taken, (part) => this.#commit(part));
    if (begun.open > 0) await settlesWithin(this.#options.clock, readsMaxMs, begun.all());
    await this.#commitKnown(begun);
    if (begun.isOver) return;
    const ended = this.#endSlow(begun);
    if (this.#slow > slowBatchesMax) await ended;
  }

  /** Commits the turns of a batch whose reads are slow, each when its reads have ended. */
  async #endSlow(begun: Begun): Promise<void> {
    this.#slow += 1;
    while (!begun.isOver) {
      await begun.some();
      await this.#commitKnown(begun);
    }
    this.#slow -= 1;
    this.#tellEnd();
  }

  async #commitKnown(begun: Begun): Promise<void> {
    const part = begun.take();
    if (part.length > 0) await this.#commit(part);
  }

  async #commit(part: ReturnType<Begun['take']>): Promise<void> {
    const taken = part.map(({ of: { work } }) => work);
    const turns = await this.#batches.together(part);
    if (turns === undefined) {
      await this.#oneByOne(taken);
      return;
    }
    for (const [index, { slot }] of taken.entries()) this.#finish(slot, turns[index]?.left ?? []);
    this.#follow(turns);
  }

  async #oneByOne(batch: readonly Work[]): Promise<void> {
    const { failpoints } = this.#options;
    for (const [index, taken] of batch.entries()) {
      failpoints.reach(index === 0 ? 'turn.before-redo' : 'turn.part-redone');
      const { left, error } = await this.#redone(taken);
      if (left.length === 0) this.#finish(taken.slot, left);
      else this.#putBack(taken.slot, left, error);
    }
  }

  async #redone(taken: Work): Promise<Redone> {
    const { slot } = taken;
    const redone = await this.#redo.redo(taken);
    const { left, error } = redone;
    const failures = slot.failures + 1;
    if (error === undefined || error instanceof UnanimousError || failures < unknownFailuresMax)
      return redone;
    const problem = `the turn failed ${failures} times: ${errorText(error)}`;
    const bug = new Broken('write-failed', problem, { cause: error });
    return this.#redo.redoWithBug({ slot, inputs: left }, bug);
  }

  /** The turn is over; `left` comes first in the next one. */
  #finish(slot: Slot, left: readonly Input[]): void {
    slot.failures = 0;
    if (left.length > 0) slot.inputs = [...left, ...slot.inputs];
    this.#mailboxes.release(slot);
    if (this.#mailboxes.waiting > 0) this.#wake();
  }

  /** Settles the inputs of committed turns, and has their commits followed up. */
  #follow(turns: readonly CommittedTurn[]): void {
    const isCommittedEnough = this.#options.settleWhen === 'committed';
    const handled = turns.map((turn) => (isCommittedEnough ? turn.handled : this.#held.take(turn)));
    const settle = (): void => {
      for (const inputs of handled) for (const input of inputs) input.settle('done');
    };
    const published = this.#options.afterCommit(turns.map(({ commit }) => commit));
    if (isCommittedEnough) settle();
    else void published.then(settle);
    for (const { commit, afterCommit } of turns)
      if (afterCommit.length > 0) runAfterCommit(commit.address, afterCommit, this.#options.log);
  }

  #giveBack(slot: Slot, inputs: readonly Input[]): void {
    const waiting = slot.inputs;
    slot.inputs = [];
    this.#finish(slot, []);
    for (const input of [...inputs, ...waiting]) input.settle('retry');
  }

  #putBack(slot: Slot, inputs: readonly Input[], error: unknown): void {
    if (this.#options.isForOthers?.(slot.address.service, error) === true) {
      this.#giveBack(slot, inputs);
      return;
    }
    slot.failures += 1;
    const delayMs = backoffMs(retry, slot.failures);
    this.#options.log('warn', 'a turn failed and is done again', {
      actor: slot.id,
      delayMs,
      error: errorText(error),
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
