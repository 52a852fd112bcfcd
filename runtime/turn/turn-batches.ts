/**
 * Computes the turns of a batch (`batch-opening.ts`), and commits the turns that are known, all or
 * none (`batch-commit.ts`). Decides when a batch is done again.
 *
 * Invariants:
 * - Trust is checked: a turn that began from the cache without a load is decided by the version at
 *   the commit. After a conflict the batch is done again from the stored actors.
 * - Without chains again: a batch with chains that cannot be committed is done again without them.
 */
import type { Correlation } from '../messages/correlation.ts';
import type { ServiceDefinition, ServiceMachine } from '../messages/service-definition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Draft } from '../ports/draft.ts';
import { Conflict, errorText } from '../ports/errors.ts';
import type { Ids } from '../ports/ids.ts';
import type { Journal } from '../ports/journal.ts';
import type { Log } from '../ports/log.ts';
import type { PublishRule } from '../ports/transport.ts';
import { BatchCommit, type BatchCommitOptions, type CommittedTurn } from './batch-commit.ts';
import { reachBatch } from './batch-failpoints.ts';
import { BatchOpening, type BatchOpeningOptions, type Trusted } from './batch-opening.ts';
import { BegunTurns, type Known, type Rooted } from './begun-turns.ts';
import type { Chain } from './chain.ts';
import { type Eventually, whenKnown } from './eventually.ts';
import type { CachedActor } from './family-cache.ts';
import { Fusion, type LoopClaims } from './fusion.ts';
import type { Setback } from './input-steps.ts';
import type { Work } from './mailbox.ts';
import { RecentMap } from './recent-map.ts';
import { readStores, type StoreReads, storeReads } from './store-reads.ts';
import type { OpenTurn, Turn, TurnPorts } from './turn.ts';
import { TurnOpening } from './turn-opening.ts';

export interface TurnBatchesOptions extends BatchOpeningOptions, BatchCommitOptions {
  readonly journal: Journal;
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  /** The machine in the version in which its actors are stored now. Default: the newest version. */
  readonly machine?: (service: string, machine: string) => ServiceMachine | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** As in `TurnDraftPorts`. */
  readonly ownReplyQueue?: (service: string) => string | undefined;
  /** As in `TurnDraftPorts`. */
  readonly correlation?: (service: string) => Correlation;
  /** As in `TurnDraftPorts`. */
  readonly unpublishable?: PublishRule;
}

/** A turn under way. `trusted`: the cached actor that is not compared with the stored one. */
export interface BegunWork {
  readonly work: Work;
  readonly trusted: CachedActor | undefined;
}

/** How long no chains are begun after a batch with chains could not be committed, milliseconds. */
const restMs = 50;

/** A routing key may be the id of a node, so the kinds of messages have no bound of their own. */
const rereadsMax = 1_000;

export class TurnBatches {
  readonly #options: TurnBatchesOptions;
  readonly #read: StoreReads;
  readonly #opening: TurnOpening;
  readonly #batchOpening: BatchOpening;
  readonly #batchCommit: BatchCommit;
  readonly #claims: LoopClaims;
  readonly #rereads = new RecentMap<readonly string[]>(rereadsMax);
  /** Chains are begun again from this time on, after a batch with chains could not be committed. */
  #fusesFromMs = 0;

  /** `claims`: the actors of the loop that the batches belong to. */
  constructor(options: TurnBatchesOptions, claims: LoopClaims) {
    this.#options = options;
    this.#read = storeReads(options.services);
    this.#opening = new TurnOpening(options, turnPorts(options, this.#read));
    this.#batchOpening = new BatchOpening(options, this.#opening);
    this.#batchCommit = new BatchCommit(options);
    this.#claims = claims;
  }

  /**
   * Begins the turns of a batch. Known turns are committed with `together`. A batch whose actors
   * cannot be loaded has turns that are known by their error. `commitAlone`: commits a turn that is
   * not taken, with `together` too.
   */
  async begin(
    batch: readonly Work[],
    commitAlone: (part: ReturnType<BegunTurns<BegunWork>['take']>) => Promise<void>,
  ): Promise<BegunTurns<BegunWork>> {
    const { families } = this.#options;
    const trusted = batch.map(({ slot, inputs }) => families.trusted(slot.id, inputs));
    const computed = await this.#batchOpening
      .open(batch, trusted)
      .catch((error: unknown) => batch.map(() => Promise.reject(error)));
    const begun = new BegunTurns<BegunWork>(commitAlone);
    const fusion = this.#fusion();
    for (const [index, work] of batch.entries()) {
      const turn = computed[index] as Eventually<OpenTurn>;
      begun.add({ work, trusted: trusted[index] }, rooted(work, turn, fusion));
    }
    return begun;
  }

  #fusion(): Fusion | undefined {
    const { fusing, clock, services, journal, families } = this.#options;
    if (fusing === undefined || clock.now() < this.#fusesFromMs) return undefined;
    const { find, publishes, ephemeral, counts } = fusing;
    const [claims, opening] = [this.#claims, this.#opening];
    const ports = { find, publishes, ephemeral, counts, read: this.#read, rereads: this.#rereads };
    return new Fusion({ ...ports, journal, services, families, claims, opening });
  }

  /**
   * Known turns of a batch in one commit, with their chains; the turns of the chains come last in the
   * result. Undefined when the turns must be done one by one. A conflict over trusted actors is done
   * again, and so is a batch with chains, without its chains. A turn whose chain holds a commit open is
   * a part of its own.
   */
  async together(
    part: readonly { readonly of: BegunWork; readonly known: Known }[],
  ): Promise<readonly CommittedTurn[] | undefined> {
    const batch = part.map(({ of: { work } }) => work);
    const trusted = part.map(({ of }) => of.trusted);
    const chains = part.flatMap(({ known }) => ('turn' in known ? (known.chain ?? []) : []));
    const turns = async (): Promise<readonly Turn[]> => {
      reachBatch(this.#options.failpoints, 'turn.stepped', batch);
      return part.map(({ known }) => turnOf(known));
    };
    try {
      return await this.#tried(batch, trusted, turns, chains);
    } finally {
      for (const chain of chains) chain.release();
    }
  }

  async #tried(
    batch: readonly Work[],
    trusted: Trusted,
    compute: () => Promise<readonly Turn[]>,
    chains: readonly Chain[],
  ): Promise<readonly CommittedTurn[] | undefined> {
    const isFused = chains.some((chain) => chain.isUsed || chain.commit.isOpen);
    try {
      const turns = await compute();
      if (turns.some(({ unnoted }, index) => unnoted && trusted[index] !== undefined)) {
        throw new Conflict(
          'version-conflict',
          'a message failed, and the inbox was not asked whether it was handled before',
        );
      }
      return await this.#batchCommit.commit(batch, turns, chains);
    } catch (error) {
      for (const chain of chains) await chain.commit.rollBack();
      const anyTrusted = trusted.some((each) => each !== undefined);
      this.#options.log('debug', 'a batch failed', {
        turns: batch.length,
        trusted: anyTrusted,
        chains: isFused,
        error: errorText(error),
      });
      if (!isFused && !(anyTrusted && error instanceof Conflict)) return undefined;
    }
    if (isFused) this.#rest();
    this.#options.families.distrust();
    return this.#tried(batch, [], () => this.#compute(batch), []);
  }

  /** Chains that meet other work again and again would do everything twice. */
  #rest(): void {
    const { fusing, clock } = this.#options;
    if (fusing !== undefined) fusing.counts.redone += 1;
    this.#fusesFromMs = clock.now() + restMs;
  }

  /**
   * The turn of one actor, from the stored actor. Rejects with the error of its commit. `setback`:
   * the earlier failure of the only input.
   */
  async alone(work: Work, setback: Setback | undefined): Promise<CommittedTurn> {
    const turns = await this.#compute([work], setback);
    const [committed] = await this.#batchCommit.commit([work], turns, []);
    return committed as CommittedTurn;
  }

  /** From the stored actors. */
  async #compute(batch: readonly Work[], setback?: Setback): Promise<readonly Turn[]> {
    const open = await Promise.all(await this.#batchOpening.open(batch, [], setback));
    reachBatch(this.#options.failpoints, 'turn.stepped', batch);
    return open.map((turn) => turn.turn());
  }
}

function turnPorts(options: TurnBatchesOptions, read: StoreReads): TurnPorts {
  const { services, clock, ids, log, tracer } = options;
  const { ownReplyQueue, correlation, unpublishable } = options;
  const ports: Draft<TurnPorts> = {
    now: () => clock.now(),
    newId: () => ids.next(),
    rowId: () => ids.next(),
    log,
    read,
    readStores: readStores(services),
  };
  if (tracer !== undefined) ports.tracer = tracer;
  if (ownReplyQueue !== undefined) ports.ownReplyQueue = ownReplyQueue;
  if (correlation !== undefined) ports.correlation = correlation;
  if (unpublishable !== undefined) ports.unpublishable = unpublishable;
  return ports;
}

function turnOf(known: Known): Turn {
  if ('error' in known) throw known.error;
  return known.turn.turn();
}

/** The turn of a root, with its chain. */
function rooted(
  { slot }: Work,
  open: Eventually<OpenTurn>,
  fusion: Fusion | undefined,
): Eventually<Rooted> {
  return whenKnown(open, (turn) => (fusion === undefined ? { turn } : fusion.grow(slot, turn)));
}
