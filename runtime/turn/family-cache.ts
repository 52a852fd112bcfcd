/**
 * Live families between turns, with the questions that they wait for. Decides whether a turn may
 * begin from a cached family without asking the journal. An actor is known by its `addressId`.
 *
 * Invariants:
 * - Bounded: at most `max` families are kept. The family whose last turn is longest ago goes first.
 * - Trust: a cached family is trusted when no other process can hold the journal, or after a run of
 *   loads that found every cached version current. The absence of an actor is trusted after a run of
 *   starting messages that found no actor. A load that finds something else ends the run.
 * - Trust decides nothing: it saves a round trip. When it was wrong, the version does not hold, the
 *   commit is a `Conflict`, and the turn is done again from the stored actor.
 * - Repetitions: for a message that was handled here a moment ago the journal is asked, because its
 *   answer is needed. A message that was handled longer ago or in another process is found by the
 *   inbox at the commit, which is a `Conflict` too.
 * - Open questions: a question is known as long as the family that asked is kept, and until it is
 *   answered. So a turn that begins from that family may take the question for open.
 */
import type { Input } from '../messages/input.ts';
import type { AskRow, TurnCommit } from '../ports/journal-rows.ts';
import type { Family } from '../step/family.ts';
import { RecentMap } from './recent-map.ts';

/** An actor from which a turn may begin. Without a family there is no such actor. */
export interface CachedActor {
  readonly version: number;
  readonly family: Family | undefined;
}

interface Entry extends CachedActor {
  /** A list: nearly always there are none or few, and there are many families. */
  readonly asks: readonly AskRow[];
}

export interface FamilyCacheOptions {
  readonly max: number;
  /** No other process can hold the journal. */
  readonly alone: boolean;
}

/** Loads in a row that must have found the expected version. */
const confirmationsMin = 64;
/** Handled messages that are remembered, over all actors. */
const recentMax = 4_096;
/** Questions that are kept for one actor. */
const asksMax = 1_024;

const noActor: CachedActor = { version: 0, family: undefined };
const noAsks: readonly AskRow[] = [];

export class FamilyCache {
  readonly #options: FamilyCacheOptions;
  readonly #families = new Map<string, Entry>();
  readonly #asks = new Map<string, AskRow>();
  readonly #recent = new RecentMap<true>(recentMax);
  #confirmations = 0;
  #absences = 0;

  constructor(options: FamilyCacheOptions) {
    this.#options = options;
  }

  get(id: string): CachedActor | undefined {
    return this.#families.get(id);
  }

  /**
   * Keeps an actor as a committed turn has left it. Its earlier questions are kept only when the
   * turn began from the cached version.
   */
  put(id: string, commit: TurnCommit, family: Family): void {
    const { expectedVersion, record } = commit;
    const before = this.#families.get(id);
    const known = before?.version === expectedVersion ? before.asks : noAsks;
    this.drop(id);
    const open = record?.status === 'active' ? openAsks(known, commit) : noAsks;
    for (const row of open) this.#asks.set(row.correlationId, row);
    this.#families.set(id, { version: expectedVersion + 1, family, asks: open });
    if (this.#families.size > this.#options.max) this.#dropFirst();
  }

  /** The next turn of the actor begins from the stored actor. */
  drop(id: string): void {
    for (const { correlationId } of this.#families.get(id)?.asks ?? noAsks)
      this.#asks.delete(correlationId);
    this.#families.delete(id);
  }

  /** Every next turn begins from its stored actor. */
  clear(): void {
    this.#families.clear();
    this.#asks.clear();
  }

  #dropFirst(): void {
    for (const id of this.#families.keys()) {
      this.drop(id);
      return;
    }
  }

  /** A question that one of the kept families waits for. */
  ask(correlationId: string): AskRow | undefined {
    return this.#asks.get(correlationId);
  }

  /** This input is committed. */
  handled(input: Input): void {
    const message = identityOf(input);
    if (message !== undefined) this.#recent.set(message, true);
  }

  /** The actor from which a turn over these inputs may begin without asking the journal. */
  trusted(id: string, inputs: readonly Input[]): CachedActor | undefined {
    for (const input of inputs) if (this.isRecent(input)) return undefined;
    const cached = this.get(id);
    if (cached === undefined)
      return this.#absences >= confirmationsMin && mayStart(inputs) ? noActor : undefined;
    return this.#options.alone || this.#confirmations >= confirmationsMin ? cached : undefined;
  }

  /** Whether the message was handled here a moment ago. */
  isRecent(input: Input): boolean {
    const message = identityOf(input);
    return message !== undefined && this.#recent.has(message);
  }

  /** The journal was asked: `version` is the stored one. */
  loaded(inputs: readonly Input[], cached: CachedActor | undefined, version: number): void {
    if (cached !== undefined)
      this.#confirmations = cached.version === version ? this.#confirmations + 1 : 0;
    else if (mayStart(inputs)) this.#absences = version === 0 ? this.#absences + 1 : 0;
  }

  /** Trust was wrong: the runs of loads are counted anew. */
  distrust(): void {
    this.#confirmations = 0;
    this.#absences = 0;
  }
}

function openAsks(
  known: readonly AskRow[],
  { asks, answered, askersEnded }: TurnCommit,
): readonly AskRow[] {
  if (known.length === 0) return asks.length <= asksMax ? asks : asks.slice(-asksMax);
  if (asks.length === 0 && answered.length === 0 && askersEnded.length === 0) return known;
  const over = new Set([...answered, ...asks.map(({ correlationId }) => correlationId)]);
  const ended: ReadonlySet<number | undefined> = new Set(askersEnded);
  const isOpen = ({ correlationId, asker }: AskRow): boolean =>
    !over.has(correlationId) && !ended.has(asker);
  const open = [...known.filter(isOpen), ...asks];
  return open.length <= asksMax ? open : open.slice(-asksMax);
}

function mayStart([first]: readonly Input[]): boolean {
  return first?.kind === 'event' && first.starts;
}

/**
 * One identity for all actors that get the message, so a later one of several actors asks the
 * journal without need.
 */
function identityOf(input: Input): string | undefined {
  return input.kind === 'event' ? input.identity : undefined;
}
