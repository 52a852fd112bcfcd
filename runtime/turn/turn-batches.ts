/**
 * Computes the turns of a batch, and commits the turns that are known, all or none. Tells for each
 * actor which inputs the commit contains and which are left.
 *
 * Invariants:
 * - Trust is checked: a turn that began from the cache without a load is decided by the version at
 *   the commit. After a conflict the batch is done again from the stored actors.
 * - Committed actors are kept in the cache of live families.
 */
import type { Correlation } from '../messages/correlation.ts';
import type { EventInput, Input } from '../messages/input.ts';
import type { ServiceDefinition, ServiceMachine } from '../messages/service-definition.ts';
import { addressId } from '../ports/address.ts';
import type { Clock } from '../ports/clock.ts';
import type { Draft } from '../ports/draft.ts';
import { Broken, Conflict, errorText, Refused } from '../ports/errors.ts';
import { type FailpointName, type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import type { Ids } from '../ports/ids.ts';
import type { InstanceName } from '../ports/instance-name.ts';
import type { Journal, Loaded, LoadRequest } from '../ports/journal.ts';
import type { TurnCommit } from '../ports/journal-rows.ts';
import type { Log } from '../ports/log.ts';
import type { Tracer } from '../ports/tracing.ts';
import type { PublishRule } from '../ports/transport.ts';
import type { AfterCommit } from '../step/effects.ts';
import { BegunTurns, type Known, type Rooted } from './begun-turns.ts';
import type { Chain, Link } from './chain.ts';
import type { EphemeralInbox } from './ephemeral-inbox.ts';
import { type Eventually, whenKnown } from './eventually.ts';
import type { CachedActor, FamilyCache } from './family-cache.ts';
import { type Claims, Fusion, type FusionPorts } from './fusion.ts';
import type { Setback } from './input-steps.ts';
import type { Slot } from './mailbox.ts';
import { readStores, type StoreReads, storeReads } from './store-reads.ts';
import type { OpenTurn, Turn, TurnPorts } from './turn.ts';
import { TurnOpening } from './turn-opening.ts';

export interface TurnBatchesOptions {
  readonly journal: Journal;
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  /** The machine in the version in which its actors are stored now. Default: the newest version. */
  readonly machine?: (service: string, machine: string) => ServiceMachine | undefined;
  /**
   * The name under which outbox rows and activities are committed. Put in doubt when a failed
   * commit may have happened.
   */
  readonly instance: InstanceName;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** As in `TurnDraftPorts`. */
  readonly tracer?: Tracer | undefined;
  readonly failpoints: Failpoints;
  /** Outbox rows whose messages are published, for a commit to delete. */
  readonly confirmed: Confirmed;
  /** Live actors. */
  readonly families: FamilyCache;
  /** For ephemeral machines, whose messages are in no stored inbox. */
  readonly ephemeralInbox?: EphemeralInbox;
  /** Hands messages over within a batch. Undefined: all messages are carried. */
  readonly fusing?: FusionPorts;
  /** As in `TurnDraftPorts`. */
  readonly ownReplyQueue?: (service: string) => string | undefined;
  /** As in `TurnDraftPorts`. */
  readonly correlation?: (service: string) => Correlation;
  /** As in `TurnDraftPorts`. */
  readonly unpublishable?: PublishRule;
}

/** Confirmed outbox rows: a commit takes them, and then says whether it has deleted them. */
export interface Confirmed {
  take(): readonly string[];
  forgotten(ids: readonly string[]): void;
  giveBack(ids: readonly string[]): void;
}

/** The inputs of one actor. */
export interface Work {
  readonly slot: Slot;
  readonly inputs: readonly Input[];
}

export interface CommittedTurn {
  readonly commit: TurnCommit;
  /** The inputs in the commit. */
  readonly handled: readonly Input[];
  /** The inputs after them: the turn ended before. */
  readonly left: readonly Input[];
  /** Functions that its machines run now. */
  readonly afterCommit: readonly AfterCommit[];
}

/** A turn under way. `trusted`: the cached actor that is not compared with the stored one. */
export interface BegunWork<W extends Work = Work> {
  readonly work: W;
  readonly trusted: CachedActor | undefined;
}

/** For each actor of a batch the cached actor that is not compared with the stored one. */
type Trusted = readonly (CachedActor | undefined)[];

/** How long no chains are begun after a batch with chains could not be committed, milliseconds. */
const restMs = 50;
const noAsks: ReadonlySet<string> = new Set();
const noInputs: readonly Input[] = [];

export class TurnBatches {
  readonly #options: TurnBatchesOptions;
  readonly #read: StoreReads;
  readonly #opening: TurnOpening;
  readonly #claims: Claims;
  /** Chains are begun again from this time on, after a batch with chains could not be committed. */
  #fusesFromMs = 0;

  /** `claims`: the actors of the loop that the batches belong to. */
  constructor(options: TurnBatchesOptions, claims: Claims) {
    this.#options = options;
    this.#read = storeReads(options.services);
    this.#opening = new TurnOpening(options, turnPorts(options, this.#read));
    this.#claims = claims;
  }

  /**
   * Begins the turns of a batch. Known turns are committed with `together`. A batch whose actors
   * cannot be loaded has turns that are known by their error. `commitAlone`: commits a turn that is not
   * taken, with `together` too.
   */
  async begin<W extends Work>(
    batch: readonly W[],
    commitAlone: (part: ReturnType<BegunTurns<BegunWork<W>>['take']>) => Promise<void>,
  ): Promise<BegunTurns<BegunWork<W>>> {
    const { families } = this.#options;
    const trusted = batch.map(({ slot, inputs }) => families.trusted(slot.id, inputs));
    const computed = await this.#begun(batch, trusted).catch((error: unknown) =>
      batch.map(() => Promise.reject(error)),
    );
    const begun = new BegunTurns<BegunWork<W>>(commitAlone);
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
    const ports = { find, publishes, ephemeral, counts, read: this.#read };
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
      this.#reach('turn.stepped', batch);
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
      return await this.#commit(batch, turns, chains);
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
    const [committed] = await this.#commit([work], turns, []);
    return committed as CommittedTurn;
  }

  /** From the stored actors. */
  async #compute(batch: readonly Work[], setback?: Setback): Promise<readonly Turn[]> {
    const open = await Promise.all(await this.#begun(batch, [], setback));
    this.#reach('turn.stepped', batch);
    return open.map((turn) => turn.turn());
  }

  async #begun(
    batch: readonly Work[],
    trusted: Trusted,
    setback?: Setback,
  ): Promise<readonly Eventually<OpenTurn>[]> {
    const { families } = this.#options;
    const cached = batch.map(({ slot }, index) => trusted[index] ?? families.get(slot.id));
    const loaded = await this.#load(batch, cached, trusted);
    this.#reach('turn.loaded', batch);
    const closed = await this.#closedAsks(batch, loaded);
    return batch.map((work, index) =>
      this.#computeOne(work, loaded[index] as Loaded, cached[index], closed, setback),
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

  #computeOne(
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

  async #commit(
    batch: readonly Work[],
    turns: readonly Turn[],
    chains: readonly Chain[],
  ): Promise<readonly CommittedTurn[]> {
    for (const { commit } of chains) commit.check();
    const links = chains.flatMap((chain) => chain.committed);
    const further = links.map(({ turn }) => turn.turn());
    const all = links.length === 0 ? turns : [...turns, ...further];
    const works = links.length === 0 ? batch : [...batch, ...links.map(linkWork)];
    this.#reach('turn.before-commit', works);
    const open = chains.find(({ commit }) => commit.isOpen);
    await this.#write(
      all.map(({ commit }) => commit),
      open?.commit ?? this.#options.journal,
    );
    const committed = works.map((work, index) => committedTurn(work, all[index] as Turn));
    if (this.#options.tracer !== undefined) endSpans(turns, chains);
    this.#note(committed);
    this.#noteChains(chains);
    this.#reach('turn.committed', works, all);
    for (const [index, { slot }] of batch.entries()) this.#keep(slot.id, turns[index] as Turn);
    for (const [index, { slot, isEphemeral }] of links.entries())
      if (!isEphemeral) this.#keep(slot.id, further[index] as Turn);
    return committed;
  }

  async #write(commits: readonly TurnCommit[], journal: Pick<Journal, 'commit'>): Promise<void> {
    const { instance, confirmed } = this.#options;
    const rows = confirmed.take();
    await journal.commit(instance.current, commits, rows).catch((error: unknown) => {
      confirmed.giveBack(rows);
      if (!(error instanceof Conflict || error instanceof Refused || error instanceof Broken))
        instance.doubt();
      throw error;
    });
    confirmed.forgotten(rows);
  }

  #noteChains(chains: readonly Chain[]): void {
    const { families, fusing } = this.#options;
    for (const { links, delivered } of chains) {
      for (const message of delivered) message.delivered();
      for (const { noted, isEphemeral } of links)
        for (const input of noted) {
          families.handled(input);
          if (isEphemeral) fusing?.ephemeral.handled(input);
        }
    }
  }

  #note(committed: readonly CommittedTurn[]): void {
    const { families, ephemeralInbox } = this.#options;
    for (const { handled } of committed)
      for (const input of handled) {
        families.handled(input);
        ephemeralInbox?.handled(input);
      }
  }

  #reach(name: FailpointName, batch: readonly Work[], turns?: readonly Turn[]): void {
    const { failpoints } = this.#options;
    if (failpoints === noFailpoints) return;
    const addresses = batch.map(({ slot }) => slot.address);
    failpoints.reach(
      name,
      turns === undefined ? { addresses } : { addresses, states: turns.map(stateOf) },
    );
  }

  #keep(id: string, { commit, family }: Turn): void {
    const { families } = this.#options;
    if (commit.record === null || family === undefined) families.drop(id);
    else families.put(id, commit, family);
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

/** A link that was not used has no span. */
function endSpans(turns: readonly Turn[], chains: readonly Chain[]): void {
  for (const { spans } of turns) spans?.end();
  for (const { links } of chains) for (const { turn } of links.slice(1)) turn.spans?.end();
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

/** The messages of a chain have no delivery to be acknowledged. */
function linkWork({ slot }: Link): Work {
  return { slot, inputs: noInputs };
}

function committedTurn(
  { inputs }: Work,
  { commit, outcomes: { length }, afterCommit }: Turn,
): CommittedTurn {
  return length === inputs.length
    ? { commit, handled: inputs, left: noInputs, afterCommit }
    : { commit, handled: inputs.slice(0, length), left: inputs.slice(length), afterCommit };
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

function stateOf({ family }: Turn): string {
  return family === undefined ? '' : JSON.stringify(family.root.snapshot.value);
}
