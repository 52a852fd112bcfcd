/**
 * Live families between turns, and whether one may be believed without asking the journal.
 *
 * 1. At most `max` are kept; the one whose last turn is longest ago goes first.
 * 2. A family is believed unasked when no other process can have changed it, or when of late none has: after a run of loads that found
 *    every kept version current. One that was not ends the run. Belief saves a round trip and decides nothing: when it was wrong the
 *    version does not hold, the commit is a `Conflict`, and the turn is done again from what is stored.
 * 3. A message that was handled here a moment ago is a repetition: the journal is asked, for its answer. One that was handled longer ago,
 *    or elsewhere, is found by the inbox at the commit, which is a `Conflict` as well.
 */
import { type ActorAddress, addressId } from './address.ts';
import type { Family } from './machine-step.ts';
import type { Input } from './mailbox.ts';

export interface CachedFamily {
  readonly version: number;
  readonly family: Family;
}

export interface FamilyCacheOptions {
  readonly max: number;
  /** No other process can hold the journal. */
  readonly alone: boolean;
}

/** Loads in a row that must have found nothing changed by others. */
const confirmationsMin = 64;
/** Messages remembered as handled, over all actors. */
const recentMax = 4_096;

export class FamilyCache {
  readonly #options: FamilyCacheOptions;
  readonly #families = new Map<string, CachedFamily>();
  readonly #recent = new Set<string>();
  #confirmations = 0;

  constructor(options: FamilyCacheOptions) {
    this.#options = options;
  }

  get(address: ActorAddress): CachedFamily | undefined {
    return this.#families.get(addressId(address));
  }

  put(address: ActorAddress, cached: CachedFamily): void {
    const id = addressId(address);
    this.#families.delete(id);
    this.#families.set(id, cached);
    if (this.#families.size > this.#options.max) this.#families.delete(this.#families.keys().next().value as string);
  }

  drop(address: ActorAddress): void {
    this.#families.delete(addressId(address));
  }

  /** These inputs are committed. */
  handled(inputs: readonly Input[]): void {
    for (const input of inputs) {
      const message = messageOf(input);
      if (message === undefined) continue;
      this.#recent.add(message);
      if (this.#recent.size > recentMax) this.#recent.delete(this.#recent.values().next().value as string);
    }
  }

  /** Whether a turn over these inputs may begin from what is kept of their actor. */
  believes(inputs: readonly Input[]): boolean {
    if (!this.#options.alone && this.#confirmations < confirmationsMin) return false;
    return inputs.every((input) => !this.#recent.has(messageOf(input) ?? ''));
  }

  /** The journal was asked: whether the kept version was the stored one. */
  compared(isCurrent: boolean): void {
    this.#confirmations = isCurrent ? this.#confirmations + 1 : 0;
  }
}

function messageOf(input: Input): string | undefined {
  if (input.kind !== 'event' || input.identity === undefined) return undefined;
  return `${addressId(input.address)} ${input.identity}`;
}
