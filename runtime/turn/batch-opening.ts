/**
 * Opens the turns of a batch: loads the stored actors, except those that are trusted, and finds out
 * which of the questions that answers belong to are no longer open.
 */
import type { EventInput, Input } from '../messages/input.ts';
import { addressId } from '../ports/address.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { Journal, Loaded, LoadRequest } from '../ports/journal.ts';
import { reachBatch } from './batch-failpoints.ts';
import type { EphemeralInbox } from './ephemeral-inbox.ts';
import type { Eventually } from './eventually.ts';
import type { CachedActor, FamilyCache } from './family-cache.ts';
import type { Setback } from './input-steps.ts';
import type { Work } from './mailbox.ts';
import type { OpenTurn } from './turn.ts';
import type { TurnOpening } from './turn-opening.ts';

export interface BatchOpeningOptions {
  readonly journal: Pick<Journal, 'load' | 'findAsks'>;
  /** Live actors. */
  readonly families: FamilyCache;
  /** For ephemeral machines, whose messages are in no stored inbox. */
  readonly ephemeralInbox?: EphemeralInbox;
  readonly failpoints: Failpoints;
}

/** For each actor of a batch the cached actor that is not compared with the stored one. */
export type Trusted = readonly (CachedActor | undefined)[];

const noAsks: ReadonlySet<string> = new Set();

export class BatchOpening {
  readonly #options: BatchOpeningOptions;
  readonly #opening: TurnOpening;

  constructor(options: BatchOpeningOptions, opening: TurnOpening) {
    this.#options = options;
    this.#opening = opening;
  }

  /**
   * Resolves to the turns, some of which may still wait for reads. Rejects when the actors cannot be
   * loaded. `setback`: the earlier failure of the only input.
   */
  async open(
    batch: readonly Work[],
    trusted: Trusted,
    setback?: Setback,
  ): Promise<readonly Eventually<OpenTurn>[]> {
    const { families, failpoints } = this.#options;
    const cached = batch.map(({ slot }, index) => trusted[index] ?? families.get(slot.id));
    const loaded = await this.#load(batch, cached, trusted);
    reachBatch(failpoints, 'turn.loaded', batch);
    const closed = await this.#closedAsks(batch, loaded);
    return batch.map((work, index) =>
      this.#openOne(work, loaded[index] as Loaded, cached[index], closed, setback),
    );
  }

  /** The stored actors. The journal is not asked for a trusted one. */
  async #load(
    batch: readonly Work[],
    cached: readonly (CachedActor | undefined)[],
    trusted: Trusted,
  ): Promise<readonly (Loaded | undefined)[]> {
    const asked = batch.flatMap((work, index) =>
      trusted[index] === undefined ? [{ work, cached: cached[index], index }] : [],
    );
    const loaded: (Loaded | undefined)[] = trusted.map(
      (each) => each && { version: each.version, seen: [] },
    );
    if (asked.length === 0) return loaded;
    const { journal, families } = this.#options;
    const found = await journal.load(asked.map((one) => loadRequest(one.work, one.cached)));
    for (const [position, { work, cached: one, index }] of asked.entries()) {
      loaded[index] = found[position];
      families.loaded(work.inputs, one, found[position]?.version ?? 0);
    }
    return loaded;
  }

  /**
   * Questions that were open when their answers came, and are not open any more. They were
   * remembered with a live family: when the turn does not begin from it, the journal is asked.
   */
  async #closedAsks(
    batch: readonly Work[],
    loaded: readonly (Loaded | undefined)[],
  ): Promise<ReadonlySet<string>> {
    const { families, journal } = this.#options;
    const doubtful = batch.flatMap(({ inputs }, index) => {
      const isCached = loaded[index]?.version !== 0 && loaded[index]?.record === undefined;
      return inputs.flatMap((input) =>
        isRemembered(input) && !(isCached && families.ask(input.asked)) ? [input] : [],
      );
    });
    if (doubtful.length === 0) return noAsks;
    const rows = await journal.findAsks(doubtful.map(({ asked }) => asked));
    const open = new Map(rows.map((row) => [row.correlationId, addressId(row.address)]));
    return new Set(
      doubtful
        .filter(({ asked, address }) => open.get(asked) !== addressId(address))
        .map(({ asked }) => asked),
    );
  }

  #openOne(
    { slot: { address }, inputs }: Work,
    stored: Loaded,
    cached: CachedActor | undefined,
    closedAsks: ReadonlySet<string>,
    setback: Setback | undefined,
  ): Eventually<OpenTurn> {
    const { ephemeralInbox } = this.#options;
    const loaded =
      ephemeralInbox === undefined ? stored : { ...stored, seen: ephemeralInbox.seen(inputs) };
    try {
      return this.#opening.open({ address, inputs, loaded, cached, closedAsks, setback });
    } catch (error) {
      // Other turns of the batch may be under way, and their errors must be awaited too.
      return Promise.reject(error);
    }
  }
}

type Remembered = EventInput & { readonly asked: string };

function isRemembered(input: Input): input is Remembered {
  return input.kind === 'event' && input.remembered === true && input.asked !== undefined;
}

function loadRequest({ slot, inputs }: Work, cached: CachedActor | undefined): LoadRequest {
  const messageIds = inputs.flatMap((input) =>
    input.kind === 'event' && input.identity !== undefined ? [input.identity] : [],
  );
  const { address } = slot;
  return cached === undefined
    ? { address, messageIds }
    : { address, messageIds, cachedVersion: cached.version };
}
