/**
 * Does the turn of one actor again, by itself, after the commit of its batch has failed.
 *
 * Invariants:
 * - From the stored actor: nothing of the cache is used.
 * - A conflict means: load again, compute again. A refused write is found by doing the turn message
 *   by message; the machine that asked for the write gets the error as an event.
 * - Set aside: when the commit with that event is refused too, the message becomes a dead letter, and
 *   no machine makes a step. So an error never keeps its own message in the mailbox.
 * - Committed inputs are never stepped again. The result says which inputs are left, and why.
 */
import type { Input } from '../messages/input.ts';
import { Broken, Conflict, Refused, UnanimousError } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { CommittedTurn } from './batch-commit.ts';
import type { FamilyCache } from './family-cache.ts';
import type { Setback } from './input-steps.ts';
import type { Work } from './mailbox.ts';
import type { TurnBatches } from './turn-batches.ts';

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

/** Whether the turn has failed with an error that does not say what it means. */
function isUndecided({ error }: Redone): boolean {
  return error !== undefined && !(error instanceof UnanimousError);
}

const conflictsMax = 50;
const allCommitted: Redone = { left: [], error: undefined };

export class TurnRedo {
  readonly #options: TurnRedoOptions;

  constructor(options: TurnRedoOptions) {
    this.#options = options;
  }

  /** `setback`: the earlier failure of the only input. */
  async redo({ slot, inputs }: Work, setback?: Setback): Promise<Redone> {
    const { batches, families, committed } = this.#options;
    let left = inputs;
    for (let tries = 0; left.length > 0; tries += 1) {
      families.drop(slot.id);
      try {
        const turn = await batches.alone({ slot, inputs: left }, setback);
        left = turn.left;
        committed(turn);
      } catch (error) {
        if (error instanceof Conflict && tries < conflictsMax) continue;
        if (!(error instanceof Refused || error instanceof Broken)) return { left, error };
        return this.#refused({ slot, inputs: left }, error, setback);
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
      const { error } = isUndecided(first) ? await this.#afterBug(work, bug) : first;
      if (error !== undefined) return { left: inputs.slice(index), error };
    }
    return allCommitted;
  }

  async #afterBug(work: Work, error: UnanimousError): Promise<Redone> {
    const told = await this.redo(work, { kind: 'told', error });
    return isUndecided(told) ? this.redo(work, { kind: 'set-aside', error }) : told;
  }

  async #refused(work: Work, error: UnanimousError, earlier: Setback | undefined): Promise<Redone> {
    if (work.inputs.length > 1) return this.#messageByMessage(work);
    if (earlier === undefined) return this.redo(work, { kind: 'told', error });
    if (earlier.kind === 'told') return this.redo(work, { ...earlier, kind: 'set-aside' });
    return { left: work.inputs, error };
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
