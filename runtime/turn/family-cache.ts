/**
 * Live families between turns, with the questions they wait for, and whether they may be believed without asking the journal. An actor is
 * known by what `addressId` makes of its address, which whoever has a turn under way has made already.
 *
 * 1. At most `max` are kept; the one whose last turn is longest ago goes first.
 * 2. A family is believed unasked when no other process can have changed it, or when of late none has: after a run of loads that found
 *    every kept version current. That an actor is not there is believed when a message that may start it has of late always found none.
 *    What turns out wrong ends the run. Belief saves a round trip and decides nothing: when it was wrong the version does not hold, the
 *    commit is a `Conflict`, and the turn is done again from what is stored.
 * 3. A message that was handled here a moment ago is a repetition: the journal is asked, for its answer. One that was handled longer ago,
 *    or elsewhere, is found by the inbox at the commit, which is a `Conflict` as well.
 * 4. A question asked by a turn of this process is known as long as the family of that turn, or what became of it here, is kept: so
 *    whoever begins a turn from that family may take the question for open. One that was answered is not kept.
 */

import type { Input } from '../messages/input.ts';
import type { AskRow, TurnCommit } from '../ports/journal-rows.ts';
import type { Family } from '../step/family.ts';

/** What a turn may begin from; without a family there is no such actor. */
export interface Kept {
  readonly version: number;
  readonly family: Family | undefined;
}

interface CachedFamily extends Kept {
  /** A list, because nearly always there are none or few, and there are many families. */
  readonly asks: readonly AskRow[];
}

export interface FamilyCacheOptions {
  readonly max: number;
  /** No other process can hold the journal. */
  readonly alone: boolean;
}

/** Loads in a row that must have found nothing changed by others, or nothing at all. */
const confirmationsMin = 64;
/** Messages remembered as handled, over all actors. */
const recentMax = 4_096;
/** Questions kept of one actor. */
const asksMax = 1_024;

const nothing: Kept = { version: 0, family: undefined };
const noAsks: readonly AskRow[] = [];

export class FamilyCache {
  readonly #options: FamilyCacheOptions;
  readonly #families = new Map<string, CachedFamily>();
  readonly #asks = new Map<string, AskRow>();
  readonly #recent = new Set<string>();
  #confirmations = 0;
  #absences = 0;

  constructor(options: FamilyCacheOptions) {
    this.#options = options;
  }

  get(id: string): Kept | undefined {
    return this.#families.get(id);
  }

  /** What has become of an actor by a turn that is committed; what it asked before counts only if the turn began from what is kept. */
  put(id: string, { expectedVersion, asks, answered, record }: TurnCommit, family: Family): void {
    const before = this.#families.get(id);
    const known = before?.version === expectedVersion ? before.asks : noAsks;
    this.drop(id);
    const open = record?.status === 'active' ? openAsks(known, asks, answered) : noAsks;
    for (const row of open) this.#asks.set(row.correlationId, row);
    this.#families.set(id, { version: expectedVersion + 1, family, asks: open });
    if (this.#families.size > this.#options.max)
      this.drop(this.#families.keys().next().value as string);
  }

  drop(id: string): void {
    for (const { correlationId } of this.#families.get(id)?.asks ?? noAsks)
      this.#asks.delete(correlationId);
    this.#families.delete(id);
  }

  /** A question one of the kept families waits for. */
  ask(correlationId: string): AskRow | undefined {
    return this.#asks.get(correlationId);
  }

  /** This input is committed. */
  handled(input: Input): void {
    const message = identityOf(input);
    if (message === undefined) return;
    this.#recent.add(message);
    if (this.#recent.size > recentMax)
      this.#recent.delete(this.#recent.values().next().value as string);
  }

  /** What a turn over these inputs may begin from without asking the journal. */
  believed(id: string, inputs: readonly Input[]): Kept | undefined {
    for (const input of inputs) if (this.#isRecent(input)) return undefined;
    const kept = this.get(id);
    if (kept === undefined)
      return this.#absences >= confirmationsMin && mayStart(inputs) ? nothing : undefined;
    return this.#options.alone || this.#confirmations >= confirmationsMin ? kept : undefined;
  }

  #isRecent(input: Input): boolean {
    const message = identityOf(input);
    return message !== undefined && this.#recent.has(message);
  }

  /** The journal was asked: the version it has of an actor, and what was kept of it. */
  compared(inputs: readonly Input[], kept: Kept | undefined, version: number): void {
    if (kept !== undefined)
      this.#confirmations = kept.version === version ? this.#confirmations + 1 : 0;
    else if (mayStart(inputs)) this.#absences = version === 0 ? this.#absences + 1 : 0;
  }

  /** Something that was believed did not hold. */
  doubt(): void {
    this.#confirmations = 0;
    this.#absences = 0;
  }
}

function openAsks(
  known: readonly AskRow[],
  asks: readonly AskRow[],
  answered: readonly string[],
): readonly AskRow[] {
  if (asks.length === 0 && (answered.length === 0 || known.length === 0)) return known;
  if (known.length === 0) return asks.length <= asksMax ? asks : asks.slice(-asksMax);
  const over = new Set([...answered, ...asks.map(({ correlationId }) => correlationId)]);
  const open = [...known.filter(({ correlationId }) => !over.has(correlationId)), ...asks];
  return open.length <= asksMax ? open : open.slice(-asksMax);
}

function mayStart([first]: readonly Input[]): boolean {
  return first?.kind === 'event' && first.starts;
}

/** Whoever it was for: of a message to several actors, those that come later ask the journal in vain. */
function identityOf(input: Input): string | undefined {
  return input.kind === 'event' ? input.identity : undefined;
}
