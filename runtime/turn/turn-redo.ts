/**
 * Does the turn of one actor again, by itself, after the commit of its batch has failed.
 *
 * Invariants:
 * - From the stored actor: nothing of the cache is used.
 * - A conflict means: load again, compute again. A refused write is found by doing the turn message
 *   by message; the machine that asked for the write gets the error as an event.
 * - Committed inputs are never stepped again. The result says which inputs are left, and why.
 */
import type { Input } from '../messages/input.ts';
import { Broken, Conflict, Refused, UnanimousError } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { FamilyCache } from './family-cache.ts';
import type { CommittedTurn, TurnBatches, Work } from './turn-batches.ts';

export interface TurnRedoOptions {
  readonly batches: TurnBatches;
  readonly families: FamilyCache;
  readonly failpoints: Failpoints;
  /** Called with each turn that is committed. */
  readonly committed: (turn: CommittedTurn) => void;
}

/** The inputs that could not be committed, from the first of them, and the reason. */
export interface Redone {
  readonly left: readonly Input[];
  /** Undefined when no input is left. */
  readonly error: unknown;
}

const conflictsMax = 50;
const allCommitted: Redone = { left: [], error: undefined };

export class TurnRedo {
  readonly #options: TurnRedoOptions;

  constructor(options: TurnRedoOptions) {
    this.#options = options;
  }

  /** `writeError`: the error with which a write of the only input was refused. */
  async redo({ slot, inputs }: Work, writeError?: UnanimousError): Promise<Redone> {
    const { batches, families, committed } = this.#options;
    let left = inputs;
    for (let tries = 0; left.length > 0; tries += 1) {
      families.drop(slot.id);
      try {
        const turn = await batches.alone({ slot, inputs: left }, writeError);
        left = turn.left;
        committed(turn);
      } catch (error) {
        if (error instanceof Conflict && tries < conflictsMax) continue;
        if (!(error instanceof Refused || error instanceof Broken)) return { left, error };
        return this.#refused({ slot, inputs: left }, error, writeError);
      }
    }
    return allCommitted;
  }

  /**
   * An error that does not say what it means, and comes again and again, is a bug. Message by
   * message, the machine that causes the error gets it as the error of a refused write.
   */
  async redoWithBug({ slot, inputs }: Work, bug: UnanimousError): Promise<Redone> {
    for (const [index, input] of inputs.entries()) {
      const work = { slot, inputs: [input] };
      const first = await this.redo(work);
      const isBug = first.error !== undefined && !(first.error instanceof UnanimousError);
      const { error } = isBug ? await this.redo(work, bug) : first;
      if (error !== undefined) return { left: inputs.slice(index), error };
    }
    return allCommitted;
  }

  async #refused(
    work: Work,
    error: UnanimousError,
    earlier: UnanimousError | undefined,
  ): Promise<Redone> {
    if (work.inputs.length > 1) return this.#messageByMessage(work);
    return earlier === undefined ? this.redo(work, error) : { left: work.inputs, error };
  }

  async #messageByMessage({ slot, inputs }: Work): Promise<Redone> {
    for (const [index, input] of inputs.entries()) {
      if (index > 0) this.#options.failpoints.reach('turn.message-redone');
      const { error } = await this.redo({ slot, inputs: [input] });
      if (error !== undefined) return { left: inputs.slice(index), error };
    }
    return allCommitted;
  }
}
