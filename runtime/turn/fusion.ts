/**
 * The chains of one batch (`chain.ts`): opens the actors that messages of the batch reach, and gives
 * them free when the batch is over.
 *
 * Invariants:
 * - Bounded: a batch makes at most `stepsMax` steps beside those of its roots.
 * - All or none: the turns of a chain are committed with their roots, or not at all. When the commit
 *   fails, the caller does the roots again without chains.
 */
import type { EventInput } from '../messages/input.ts';
import type { ServiceDefinition } from '../messages/service-definition.ts';
import type { ActorAddress } from '../ports/address.ts';
import type { Journal, Loaded } from '../ports/journal.ts';
import type { InboxEntry } from '../ports/journal-rows.ts';
import type { Rooted } from './begun-turns.ts';
import { Chain, type ChainPorts, type Link } from './chain.ts';
import { ChainCommit, type ChainCommitPorts } from './chain-commit.ts';
import type { Eventually } from './eventually.ts';
import type { CachedActor, FamilyCache } from './family-cache.ts';
import type { FusedCounts } from './fused-counts.ts';
import type { Slot } from './mailbox.ts';
import type { StoreReads } from './store-reads.ts';
import type { OpenTurn } from './turn.ts';
import type { Opened, TurnOpening } from './turn-opening.ts';

/** The actors of one turn loop, to be taken and given free. */
export interface Claims {
  /** Undefined for an actor with other work. */
  claim(address: ActorAddress): Slot | undefined;
  release(slot: Slot): void;
}

/** The actors of a turn loop that chains run in. */
export interface LoopClaims extends Claims {
  /** How many actors have work. */
  readonly busy: number;
}

/** The ephemeral actors of the process, which run over another journal. */
export interface EphemeralActors extends Claims {
  /** Whether there is such an actor. */
  lives(address: ActorAddress): Promise<boolean>;
  /** The entry of the message, if it was handled before. */
  seen(input: EventInput): readonly InboxEntry[];
  handled(input: EventInput): void;
}

export interface FusionPorts extends Pick<ChainPorts, 'find' | 'publishes'> {
  readonly ephemeral: EphemeralActors;
  readonly counts: FusedCounts;
}

export interface FusionOptions extends FusionPorts {
  readonly journal: ChainCommitPorts['journal'];
  readonly read: StoreReads;
  readonly services: ReadonlyMap<string, Pick<ServiceDefinition, 'machines'>>;
  readonly families: FamilyCache;
  readonly claims: LoopClaims;
  readonly opening: TurnOpening;
  /** As in `ChainPorts`. */
  readonly rereads: ChainPorts['rereads'];
}

const stepsMax = 1_024;
const noAsks: ReadonlySet<string> = new Set();
const nothing = (): void => undefined;

export class Fusion {
  readonly #options: FusionOptions;
  readonly #ports: ChainPorts;
  #stepsLeft = stepsMax;

  constructor(options: FusionOptions) {
    this.#options = options;
    this.#ports = this.#chainPorts();
  }

  /** Hands over the messages of a root, and those that follow from them. */
  async grow(slot: Slot, turn: OpenTurn): Promise<Rooted> {
    const root = { slot, turn, isEphemeral: false, noted: [], isUsed: true, release: nothing };
    const chain = new Chain(root, new ChainCommit(this.#options), this.#ports);
    try {
      await chain.run();
    } catch (error) {
      await chain.commit.rollBack();
      chain.release();
      throw error;
    }
    return { turn, chain };
  }

  #chainPorts(): ChainPorts {
    const { find, publishes, families, claims, rereads, counts } = this.#options;
    return {
      find,
      publishes,
      open: (input, journal) => this.#open(input, journal),
      othersWork: (links) => claims.busy > links.filter(({ isEphemeral }) => !isEphemeral).length,
      rereads,
      isRecent: (input) => families.isRecent(input),
      spend: (steps) => this.#spend(steps),
      counts,
    };
  }

  #spend(steps: number): boolean {
    if (this.#stepsLeft < steps) return false;
    this.#stepsLeft -= steps;
    return true;
  }

  /** An actor that cannot be loaded or read now gets the message the ordinary way. */
  async #open(input: EventInput, journal: Pick<Journal, 'load'>): Promise<Link | undefined> {
    const { services, claims, ephemeral } = this.#options;
    const { service, machine } = input.address;
    const isEphemeral = services.get(service)?.machines.get(machine)?.ephemeral ?? false;
    const owner = isEphemeral ? ephemeral : claims;
    const slot = owner.claim(input.address);
    if (slot === undefined) return undefined;
    const begun = isEphemeral ? this.#absent(input) : this.#stored(slot, input, journal);
    const turn = await begun.then((known) => this.#turn(slot, known)).catch(() => undefined);
    if (turn === undefined) {
      owner.release(slot);
      return undefined;
    }
    const release = (): void => owner.release(slot);
    return { slot, turn, isEphemeral, noted: [], isUsed: false, release };
  }

  #turn(
    { address }: Slot,
    begun: Pick<Opened, 'loaded' | 'cached'> | undefined,
  ): Eventually<OpenTurn | undefined> {
    if (begun === undefined) return undefined;
    return this.#options.opening.open({ address, inputs: [], closedAsks: noAsks, ...begun });
  }

  async #absent(input: EventInput): Promise<Pick<Opened, 'loaded' | 'cached'> | undefined> {
    const { ephemeral } = this.#options;
    if (await ephemeral.lives(input.address)) return undefined;
    return { loaded: { version: 0, seen: ephemeral.seen(input) }, cached: undefined };
  }

  async #stored(
    { id, address }: Slot,
    input: EventInput,
    journal: Pick<Journal, 'load'>,
  ): Promise<Pick<Opened, 'loaded' | 'cached'> | undefined> {
    const { families } = this.#options;
    const trusted = families.trusted(id, [input]);
    const cached = trusted ?? families.get(id);
    const loaded =
      trusted === undefined
        ? await loadedActor(journal, address, input, cached)
        : { version: trusted.version, seen: [] };
    if (trusted === undefined) families.loaded([input], cached, loaded.version);
    const isCached = loaded.version !== 0 && loaded.record === undefined;
    const isKnown = input.remembered !== true || families.ask(input.asked ?? '') !== undefined;
    return isKnown && (isCached || input.remembered !== true) ? { loaded, cached } : undefined;
  }
}

async function loadedActor(
  journal: Pick<Journal, 'load'>,
  address: ActorAddress,
  { identity }: EventInput,
  cached: CachedActor | undefined,
): Promise<Loaded> {
  const messageIds = identity === undefined ? [] : [identity];
  const request = { address, messageIds };
  const [loaded] = await journal.load([
    cached === undefined ? request : { ...request, cachedVersion: cached.version },
  ]);
  return loaded ?? { version: 0, seen: [] };
}
