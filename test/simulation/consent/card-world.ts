/**
 * The cards services of a run: their stores, the lock, the listed files, and the invariants of
 * cards and files (`applied once`, `row before file`, `fences rise`).
 *
 * 1. Machines, configs and stores are the production ones, each service over a database of its own.
 *    Only the outside world is replaced: the disk by a set of URLs, the lock server by locks in
 *    virtual time.
 * 2. The only fence of a write here is the version of its row. So the rising numbers of `fences rise` are
 *    these versions.
 */

import { cardLister } from '../../../actors/cards/card-lister.ts';
import { lockActivities } from '../../../actors/cards/lock-activities.ts';
import { MemoryCardsStore } from '../../../actors/cards/memory-store.ts';
import { defineCardsService } from '../../../actors/cards/service.ts';
import {
  type Card,
  type CardLookup,
  type CardsWrite,
  cardsStoreName,
} from '../../../actors/cards/store.ts';
import type { Token } from '../../../actors/chain/token.ts';
import { fileListings } from '../../../actors/file-remover/file-listings.ts';
import type { FileInput } from '../../../actors/file-remover/file-place.ts';
import { MemoryFilesStore } from '../../../actors/file-remover/memory-store.ts';
import { defineFileRemoverService } from '../../../actors/file-remover/service.ts';
import { filesStoreName } from '../../../actors/file-remover/store.ts';
import type { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import type { MemoryTables } from '../../../actors/hierarchy/memory/memory-tables.ts';
import { nodeLister } from '../../../actors/model-crud/node-lister.ts';
import type { CallbackPost } from '../../../actors/transactions/callback-post.ts';
import { MemoryTransactionsStore } from '../../../actors/transactions/memory-store.ts';
import { defineTransactionsService } from '../../../actors/transactions/service.ts';
import {
  type Transaction,
  type TransactionsWrite,
  transactionsStoreName,
} from '../../../actors/transactions/store.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { Locks } from '../../../runtime/ports/locks.ts';
import { noUndo } from '../../../runtime/ports/undo-log.ts';
import { type Activity, activityOf } from '../../../runtime/step/activity.ts';
import type { StandIns } from '../../../testing/simulation/stand-ins.ts';
import type { Database, Invariant, Problem } from '../../../testing/simulation/system.ts';
import { Callback, callbackSection } from './callback.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { packageConfig } from './entities.ts';
import type { StandIn } from './mutants/mutant.ts';
import { type CardsWithFiles, nodeListing } from './node-files.ts';
import { sentIn } from './sent.ts';
import { withStores } from './services.ts';

export type CardOperation = Extract<ConsentOperation, { readonly what: 'card' }>;

export const cardServices = ['mcards', 'transactions', 'file_remover'] as const;
export const cardOwner = 'its owner';
const lockTtlMs = 60_000;
const bytes = 3;
/** The answer of a place that carries a removal out on its own. */
const stillAtWork = {
  kind: 'later',
  delayMs: 1_000,
  note: 'accepted',
  accepted: { status: null },
} as const;

export function cardIdOf({ name }: Pick<CardOperation, 'name'>): string {
  return `card-${name}`;
}

function addressOf({ name }: CardOperation): string {
  return `transaction-${name}`;
}

export function fileOfCard({ name }: Pick<CardOperation, 'name'>, at: number): string {
  return `file:///of-cards/${name}/${at}`;
}

function filesOf(card: CardOperation): readonly string[] {
  return Array.from({ length: card.files }, (_, at) => fileOfCard(card, at));
}

function tokenOf({ name }: CardOperation): Token {
  const [contract, holder] = [`0x${'22'.repeat(20)}`, `0x${'33'.repeat(20)}`];
  const id = String(BigInt(`0x${Buffer.from(name).toString('hex')}`));
  return { chain: 1, contract, standard: 'erc1155', id, account: holder };
}

const notHere = (): Promise<never> => Promise.reject(new Error('it is given with the run'));
const defined = new Map<string, readonly ServiceDefinition[]>();

/** The files are in quarantine for a shorter time than a card can be undeleted, so some are lost. */
const windows = {
  mcards: { cards: { undelete_ms: 20_000 } },
  file_remover: { file_remover: { quarantine_ms: 10_000 } },
} as const;

type Settings = { readonly isWindowed: boolean; readonly isTold: boolean };

function configOf(
  name: (typeof cardServices)[number],
  { isWindowed, isTold }: Settings,
): ExchangeConfig {
  const config = packageConfig(name);
  const told = isTold ? { transactions: { callback: callbackSection } } : {};
  const window = isWindowed && name !== 'transactions' ? windows[name] : {};
  const more = name === 'transactions' ? told : window;
  return { ...config, sections: { ...config.sections, ...more } };
}

/** The services, defined once. Each run gives them its stores and activities. */
function definitions(settings: Settings): readonly ServiceDefinition[] {
  const key = JSON.stringify(settings);
  const known = defined.get(key);
  if (known !== undefined) return known;
  const made = [
    defineCardsService({
      config: configOf('mcards', settings),
      store: { name: cardsStoreName, read: notHere },
      locks: { acquire: notHere, keep: () => undefined, release: notHere },
    }),
    defineTransactionsService({
      config: configOf('transactions', settings),
      store: { name: transactionsStoreName, read: notHere },
      clock: { now: () => 0 },
    }),
    defineFileRemoverService({
      config: configOf('file_remover', settings),
      store: { name: filesStoreName, read: notHere },
      places: { roots: [] },
    }),
  ];
  defined.set(key, made);
  return made;
}

/** The tree whose nodes list files of cards too. */
type SharedTree = { readonly tables: MemoryTables; readonly store: MemoryHierarchyStore };

export class CardWorld {
  readonly #operations: readonly CardOperation[];
  readonly #cards = new MemoryCardsStore();
  readonly #transactions = new MemoryTransactionsStore();
  readonly #receipts = new MemoryFilesStore();
  readonly #files: Set<string>;
  /** Files in quarantine, by the id of the record. */
  readonly #held = new Map<string, string>();
  /** Undefined: no node lists files of cards. */
  readonly #tree: SharedTree | undefined;
  /** Files that nodes list too: `node-files.ts` has their rules. */
  readonly #shared: ReadonlySet<string>;
  /** Whether cards can be undeleted in this world. */
  readonly #isWindowed: boolean;
  /** Undefined: nobody is told the ends of transactions. */
  readonly #callback: Callback | undefined;
  /** The ids of the new cards that callers were told, by the ids of the removed cards. */
  readonly undeleted = new Map<string, string>();
  /** Effects that may happen only once. */
  readonly #done = new Set<string>();
  /** Files whose removal the place has accepted and not carried out. */
  readonly #accepted = new Set<string>();
  /** The last written version by store and row. */
  readonly #versions = new Map<string, number>();
  /** The cards whose rows are gone. */
  readonly #removed = new Set<string>();
  #locks: Locks | undefined;
  /** A violation that an activity has seen. */
  #seen: { readonly invariant: string; readonly problem: string } | undefined;

  /** `through`: the post of a defect to the callback. */
  constructor(
    {
      seed,
      operations,
      callback,
      files,
    }: Pick<ConsentPlan, 'seed' | 'operations' | 'callback' | 'files'>,
    tree?: SharedTree,
    through?: (post: CallbackPost) => CallbackPost,
  ) {
    this.#tree = files === undefined ? undefined : tree;
    this.#shared = new Set(Object.values(files?.urls ?? {}).flat());
    this.#callback =
      callback === true ? new Callback(seed, this.#transactions, through) : undefined;
    this.#operations = operations.filter(
      (operation): operation is CardOperation => operation.what === 'card',
    );
    this.#isWindowed = operations.some(({ what }) => what === 'undelete');
    this.#files = new Set([...this.#operations.flatMap(filesOf), ...this.#shared]);
  }

  get #settings(): Settings {
    return { isWindowed: this.#isWindowed, isTold: this.#callback !== undefined };
  }

  get services(): readonly ServiceDefinition[] {
    const [cards, transactions, files] = definitions(this.#settings) as [
      ServiceDefinition,
      ServiceDefinition,
      ServiceDefinition,
    ];
    return [
      withStores(cards, [this.#cards]),
      withStores(transactions, [this.#transactions]),
      this.#asking(withStores(files, [this.#receipts])),
    ];
  }

  /** The file remover, which looks among the rows of its database. */
  #asking(files: ServiceDefinition): ServiceDefinition {
    if (this.#tree === undefined) return files;
    const view = fileListings([cardLister(this.#cards), nodeLister(this.#tree.store, [])]);
    return { ...files, views: new Map([[view.name, view]]) };
  }

  /** The stores in the database of the tree. */
  get storesBesideNodes(): readonly StandIn[] {
    return this.#tree === undefined ? [] : [this.#cards, this.#receipts];
  }

  get databases(): readonly Database[] {
    const [cards, transactions, files] = cardServices;
    const apart = [{ services: [transactions], stores: [this.#transactions] }];
    return this.#tree !== undefined
      ? apart
      : [
          { services: [cards], stores: [this.#cards] },
          ...apart,
          { services: [files], stores: [this.#receipts] },
        ];
  }

  /** For the files of nodes; undefined where no node lists files of cards. */
  get withFiles(): CardsWithFiles | undefined {
    if (this.#tree === undefined) return undefined;
    const lists = async (url: string) => (await this.#listing(url)) !== undefined;
    return { disk: this.#files, lists };
  }

  /** Functions in place of the disk and the lock server. */
  get activities(): StandIns {
    return {
      ...(this.#callback === undefined ? {} : { 'transactions/tell': this.#callback.tell }),
      'mcards/acquireLock': (input, context) =>
        this.#lockActivity('acquireLock').run(input, context),
      'mcards/releaseLock': (input, context) =>
        this.#lockActivity('releaseLock').run(input, context),
      'file_remover/prepareFile': async (input, { attempt: attempts }) => {
        const { id, url } = input as FileInput;
        await this.#expectGone(url);
        if (this.#files.delete(url)) this.#held.set(id, url);
        return this.#held.has(id)
          ? { kind: 'present', bytes, sha256: url, attempts }
          : { kind: 'absent', note: 'absent', attempts };
      },
      'file_remover/restoreFile': async (input) => {
        const { id, url } = input as FileInput;
        if (this.#held.delete(id)) this.#files.add(url);
        return this.#files.has(url)
          ? { kind: 'restored' }
          : { kind: 'not restored', note: 'the file is removed' };
      },
      'file_remover/removeFile': async (input, { attempt: attempts }) => {
        const { id, url } = input as FileInput;
        await this.#expectGone(url);
        if (url.endsWith('1') && !this.#accepted.has(url)) {
          this.#accepted.add(url);
          return { ...stillAtWork, attempts };
        }
        this.#held.delete(id);
        return { kind: 'removed', note: null, attempts };
      },
    };
  }

  #lockActivity(name: 'acquireLock' | 'releaseLock'): Activity {
    if (this.#locks === undefined) throw new Error('the world is not open yet');
    const locks = this.#locks;
    const unkept: Pick<Locks, 'acquire' | 'keep' | 'release'> = {
      acquire: (...lock) => locks.acquire(...lock),
      // Every holder is as one that was paused: its lock ends, and the fence alone excludes.
      keep: () => undefined,
      release: (...lock) => locks.release(...lock),
    };
    return activityOf(lockActivities(unkept, lockTtlMs)[name]) as Activity;
  }

  /** Writes the cards before the run. */
  async open(clock: Clock): Promise<void> {
    this.#locks = new MemoryLocks(clock);
    this.#callback?.begin(clock);
    for (const operation of this.#operations) {
      const [id, address] = [cardIdOf(operation), addressOf(operation)];
      const metadata = { must_be_deleted_files: filesOf(operation) };
      const card = {
        ...{ id, owner: cardOwner, transaction: address, metadata },
        ...(operation.hasToken ? { kind: 'erc', token: tokenOf(operation) } : { kind: 'db' }),
      };
      await this.#cards.apply(noUndo, [{ store: cardsStoreName, op: 'add', args: card }]);
      const args = { address, state: 'PENDING', card: id, atMs: clock.now() };
      await this.#transactions.apply(noUndo, [
        { store: transactionsStoreName, op: 'put', args, expect: { version: 0 } },
      ]);
    }
  }

  /** The content of the cards that are there, and the files that are there. */
  async contents(): Promise<readonly string[]> {
    const cards = (await this.#cards.read('list', { limit: 1_000 })) as unknown as readonly Card[];
    const contents = cards.map(({ state, metadata }) => `${state} ${JSON.stringify(metadata)}`);
    return [...contents, ...this.#files, ...this.#held.values()].sort();
  }

  async #lookup(operation: CardOperation): Promise<CardLookup> {
    return (await this.#cards.read('card', { id: cardIdOf(operation) })) as unknown as CardLookup;
  }

  /** `row before file`: when a file is prepared, the row that listed the file is gone. */
  async #expectGone(url: string): Promise<void> {
    const lister = this.#operations.find((operation) => filesOf(operation).includes(url));
    const { card, tombstone } =
      lister === undefined ? { card: null, tombstone: null } : await this.#lookup(lister);
    if (lister !== undefined && (card !== null || tombstone === null))
      this.#seen ??= {
        invariant: 'row before file',
        problem: `${url} is to go, and its card is there`,
      };
    const again = (await this.#listing(url))?.id ?? this.#nodeListing(url);
    if (again !== undefined)
      this.#seen ??= {
        invariant: 'row before file',
        problem: `${url} is to go, and ${again} lists it`,
      };
  }

  /** The invariants of cards after every commit, and the required final state of every card. */
  get invariants(): readonly Invariant[] {
    const fromActivities = (name: string): Problem =>
      this.#seen?.invariant === name ? this.#seen.problem : undefined;
    return [
      {
        name: 'applied once',
        committed: (turns) => firstOf(turns, (turn) => this.#appliedTwice(turn)),
      },
      {
        name: 'row before file',
        committed: (turns) =>
          fromActivities('row before file') ?? firstOf(turns, (turn) => this.#publishedEarly(turn)),
      },
      { name: 'fences rise', committed: (turns) => firstOf(turns, (turn) => this.#fallen(turn)) },
      { name: 'every saga ends', atEnd: () => this.#ended() },
      ...(this.#callback?.invariants ?? []),
    ];
  }

  /**
   * The removal of a file is published in the commit that removes the row which lists the file, or
   * later, where the removal is asked for again.
   */
  #publishedEarly(turn: TurnCommit): Problem {
    const { address, writes } = turn;
    for (const { store, op, args } of writes)
      if (store === cardsStoreName && op === 'remove')
        this.#removed.add((args as { readonly id: string }).id);
    const asksFor = sentIn(turn).some(
      ({ properties }) => address.service === 'mcards' && properties.type === 'remove',
    );
    return asksFor && !this.#removed.has(address.key)
      ? `${address.key} lets files go before its row`
      : undefined;
  }

  #appliedTwice({ writes }: TurnCommit): Problem {
    for (const write of writes) {
      const effect = effectOf(write as unknown as Written);
      const undone = undoneBy(write as unknown as Written);
      if (undone !== undefined) this.#done.delete(undone);
      if (effect === undefined) continue;
      if (this.#done.has(effect)) return `${effect} for the second time`;
      this.#done.add(effect);
    }
    return undefined;
  }

  #fallen({ writes }: TurnCommit): Problem {
    for (const { store, args, expect } of writes) {
      const version = (expect as { version?: number } | null | undefined)?.version;
      if (version === undefined || (store !== cardsStoreName && store !== transactionsStoreName))
        continue;
      const { id, address } = args as { id?: string; address?: string };
      const row = `${store} ${id ?? address}`;
      if (version <= (this.#versions.get(row) ?? 0))
        return `${row} is written again upon version ${version}`;
      this.#versions.set(row, version);
    }
    return undefined;
  }

  async #ended(): Promise<Problem> {
    for (const operation of this.#operations) {
      const problem = (await this.#lost(operation)) ?? (await this.#endedFalsely(operation));
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  async #endedFalsely(operation: CardOperation): Promise<Problem> {
    const { card } = await this.#lookup(operation);
    // The owner may have called the deletion off.
    const isCalledOff = this.#isWindowed && card !== null;
    if (!operation.isOwners || isCalledOff) return this.#touched(operation);
    return this.undeleted.has(cardIdOf(operation)) ? undefined : this.#notGone(operation);
  }

  /** A caller was told that the card is back with its files. */
  async #lost(operation: CardOperation): Promise<Problem> {
    const id = this.undeleted.get(cardIdOf(operation));
    if (id === undefined) return undefined;
    const [card] = (await this.#cards.read('cards', { ids: [id] })) as unknown as readonly Card[];
    if (card?.state !== 'active')
      return `the undeleted card ${id} is ${card?.state ?? 'not there'}`;
    const gone = filesOf(operation).find((url) => !this.#files.has(url));
    return gone && `${gone} is gone, and the undeleted card ${id} is there`;
  }

  /** The card that lists the file. */
  async #listing(url: string): Promise<Card | undefined> {
    const cards = (await this.#cards.read('list', { limit: 1_000 })) as unknown as readonly Card[];
    return cards.find(({ metadata }) => metadata.must_be_deleted_files?.includes(url));
  }

  #nodeListing(url: string): string | undefined {
    return this.#tree && nodeListing(this.#tree.tables, url);
  }

  async #notGone(operation: CardOperation): Promise<Problem> {
    const { card } = await this.#lookup(operation);
    if (card !== null) return `the card ${card.id} was to go and is there`;
    const present = new Set([...this.#files, ...this.#held.values()]);
    const left = filesOf(operation).find((url) => present.has(url) && !this.#shared.has(url));
    if (left !== undefined) return `${left} is there, and its card is gone`;
    const address = addressOf(operation);
    const transaction = (await this.#transactions.read('transaction', {
      address,
    })) as unknown as Transaction | null;
    return transaction?.state === 'CONFIRMED'
      ? undefined
      : `${address} is ${transaction?.state}, and its card is gone`;
  }

  async #touched(operation: CardOperation): Promise<Problem> {
    const { card } = await this.#lookup(operation);
    if (card?.state !== 'active')
      return `the card ${cardIdOf(operation)} is ${card?.state ?? 'gone'}, and it was refused to delete it`;
    const gone = filesOf(operation).find((url) => !this.#files.has(url));
    return gone && `${gone} is gone, and its card is there`;
  }
}

type Written =
  | (CardsWrite & { readonly store: 'cards' })
  | (TransactionsWrite & { readonly store: 'transactions' });

/** The effect that may happen again after this write: the card is deleted anew. */
function undoneBy(write: Written): string | undefined {
  if (write.store === 'transactions') {
    const { address, state } = write.args;
    if (state === 'FAILED') return `${address} becomes DELETE`;
    return state === 'DELETE' ? `${address} becomes FAILED` : undefined;
  }
  const isBack = write.store === 'cards' && (write.op === 'withdraw' || write.op === 'restore');
  return isBack ? `${write.args.id} is marked` : undefined;
}

/** The effects that may happen only once: the burn and each step of its transaction. */
function effectOf(write: Written): string | undefined {
  if (write.store === 'transactions') return `${write.args.address} becomes ${write.args.state}`;
  if (write.store !== 'cards' || write.op === 'add' || write.op === 'tombstone') return undefined;
  if (write.op === 'remove') return `${write.args.id} is burned`;
  return write.op === 'markDeleted' ? `${write.args.id} is marked` : undefined;
}

function firstOf(turns: readonly TurnCommit[], look: (turn: TurnCommit) => Problem): Problem {
  for (const turn of turns) {
    const problem = look(turn);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
