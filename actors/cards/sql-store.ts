/**
 * The cards in PostgreSQL or PGlite. Writes of different cards share statements, and so do reads of one
 * moment: the cards of a batch cost about as many statements as one card.
 *
 * 1. The rows of the cards change first, then the queues of the locks, then the numbers of listed
 *    files: rows that several cards share are locked in one order, and as late as possible.
 * 2. Cards that go give their files up before new cards list the files.
 */
import { isDeepStrictEqual } from 'node:util';
import type { EntityManager } from '@mikro-orm/sql';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { SqlStatements } from '../consent/ledger/sql/sql-statements.ts';
import type { StatementAccess } from '../consent/ledger/sql/statement-store.ts';
import { GatheredReads } from '../rows/gathered-reads.ts';
import { ofKind, wavesOf } from '../rows/write-waves.ts';
import { CardRows } from './card-rows.ts';
import { ListedFiles } from './listed-files.ts';
import { LockQueue } from './lock-queue.ts';
import { cardsMigrations } from './migrations.ts';
import {
  type Card,
  type CardLookup,
  type CardRemoval,
  type CardsRead,
  type CardsWrite,
  cardsStoreName,
  cardsWriteOf,
  filesAt,
  filesOf,
  sharingChanged,
  type Turn,
  unknownOperation,
} from './store.ts';

type Rows = {
  readonly cards: CardRows;
  readonly files: ListedFiles;
  readonly queue: LockQueue;
};

const noTurn: Turn = { ticket: null, ahead: null };
const operations: Readonly<Record<CardsWrite['op'], true>> = {
  add: true,
  markDeleted: true,
  withdraw: true,
  leave: true,
  restore: true,
  remove: true,
  tombstone: true,
};

class SqlCardsStore implements Store<EntityManager> {
  readonly name = cardsStoreName;
  readonly #access: StatementAccess;
  readonly #lookUps: GatheredReads<string, CardLookup>;
  readonly #turns: GatheredReads<string, Turn>;
  readonly #removals: GatheredReads<string, CardRemoval>;
  /** By digest of a file. */
  readonly #listed: GatheredReads<string, boolean>;

  constructor(access: StatementAccess) {
    this.#access = access;
    this.#lookUps = new GatheredReads((ids) => this.#rows().cards.lookUps(ids));
    this.#turns = new GatheredReads((ids) => this.#turnsOf(ids));
    this.#removals = new GatheredReads((ids) => this.#removalsOf(ids));
    this.#listed = new GatheredReads(async (digests) => {
      const listed = await this.#rows().files.listed(digests, 1);
      return digests.map((digest) => listed.has(digest));
    });
  }

  async read(op: string, args: Json): Promise<Json> {
    return await this.#found({ op, args } as CardsRead);
  }

  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    const rows = this.#rows(tx);
    for (const wave of wavesOf(writes.map(cardsWriteOf), ({ args }) => args.id)) {
      const unknown = wave.find(({ op }) => !Object.hasOwn(operations, op));
      if (unknown !== undefined) throw unknownOperation(unknown);
      await change(rows, wave);
    }
  }

  prune(tx: EntityManager, beforeMs: number, limit: number): Promise<number> {
    return this.#rows(tx).cards.prune(beforeMs, limit);
  }

  #rows(em: EntityManager = this.#access.read()): Rows {
    const { schema, isPipelined } = this.#access;
    const statements = new SqlStatements(
      (sql, parameters) => this.#access.execute(em, sql, parameters),
      { isPipelined },
    );
    return {
      cards: new CardRows(statements, schema),
      files: new ListedFiles(statements, schema),
      queue: new LockQueue(statements, schema),
    };
  }

  async #turnsOf(ids: readonly string[]): Promise<readonly Turn[]> {
    const turns = await this.#rows().queue.turns(ids);
    return ids.map((id) => turns.get(id) ?? noTurn);
  }

  async #removalsOf(ids: readonly string[]): Promise<readonly CardRemoval[]> {
    const { cards, files } = this.#rows();
    const found = await cards.cards(ids);
    const digests = [...found.values()].flatMap((card) => [...filesOf(card).keys()]);
    const shared = await files.listed(digests, 2);
    return ids.map((id) => {
      const card = found.get(id) ?? null;
      return { card, shared: card === null ? [] : urlsIn(filesOf(card), shared) };
    });
  }

  async #unlisted(urls: readonly string[]): Promise<readonly string[]> {
    const files = [...filesAt(urls)];
    const listed = await Promise.all(files.map(([digest]) => this.#listed.read(digest)));
    return files.flatMap(([, url], at) => (listed[at] ? [] : [url]));
  }

  async #cards(ids: readonly string[]): Promise<readonly Card[]> {
    const found = await this.#rows().cards.cards(ids);
    return [...new Set(ids)].flatMap((id) => found.get(id) ?? []);
  }

  #found(read: CardsRead): Promise<CardLookup | CardRemoval | Turn | readonly (Card | string)[]> {
    switch (read.op) {
      case 'card':
        return this.#lookUps.read(read.args.id);
      case 'removal':
        return this.#removals.read(read.args.id);
      case 'unlisted':
        return this.#unlisted(read.args.urls);
      case 'turn':
        return this.#turns.read(read.args.id);
      case 'list':
        return this.#rows().cards.list(read.args);
      case 'cards':
        return this.#cards(read.args.ids);
      default:
        throw unknownOperation(read satisfies never);
    }
  }
}

/** The writes of a wave are about different cards. */
async function change(rows: Rows, wave: readonly CardsWrite[]): Promise<void> {
  const { cards, queue } = rows;
  const [added, removed] = [ofKind(wave, 'add'), ofKind(wave, 'remove')];
  const [marked, restored] = [ofKind(wave, 'markDeleted'), ofKind(wave, 'restore')];
  const fenced = [...restored, ...removed];
  // All statements are sent before the first result is waited for. The error of a lost
  // ticket is thrown before the errors that follow from the lost ticket.
  const fence = queue.requireFirst(
    fenced.map(({ args: { id }, expect: { ticket } }) => ({ id, ticket })),
  );
  const changed = Promise.all([
    cards.remove(removed),
    cards.add(added.map(({ args }) => args)),
    cards.markDeleted(marked),
    cards.restore([...ofKind(wave, 'withdraw'), ...restored]),
  ]);
  changed.catch(() => undefined);
  await fence;
  const [gone] = await changed;
  for (const { args } of ofKind(wave, 'tombstone')) await cards.addTombstone(args);
  await queue.join(marked.map(({ args }) => args));
  await queue.leave(ofKind(wave, 'leave').map(({ args }) => args.id));
  await unlistFiles(rows, removed, gone);
  await listFiles(rows, added);
}

async function listFiles(
  { files }: Rows,
  added: readonly Extract<CardsWrite, { readonly op: 'add' }>[],
): Promise<void> {
  const others = await files.add(added.map(({ args }) => [...filesOf(args).keys()]));
  for (const [at, { args, expect }] of added.entries()) {
    const expected = [...filesAt(expect?.listed ?? []).keys()];
    if (!expected.every((digest) => others[at]?.has(digest))) throw sharingChanged(args.id);
  }
}

/** `gone`: the removed cards, in the order of the writes. */
async function unlistFiles(
  { files }: Rows,
  removed: readonly Extract<CardsWrite, { readonly op: 'remove' }>[],
  gone: readonly Pick<Card, 'metadata'>[],
): Promise<void> {
  const listed = gone.map(filesOf);
  const left = await files.takeAway(listed.map((urls) => [...urls.keys()]));
  for (const [at, { args }] of removed.entries()) {
    const shared = urlsIn(listed[at] ?? new Map(), left[at] ?? new Set());
    if (!isDeepStrictEqual(shared, args.shared)) throw sharingChanged(args.id);
  }
}

/** In the order of the card's list. */
function urlsIn(listed: ReadonlyMap<string, string>, digests: ReadonlySet<string>): string[] {
  return [...listed].flatMap(([digest, url]) => (digests.has(digest) ? [url] : []));
}

/** The store and its tables, in the form that `runtime/postgres/` takes. */
export const cardsSqlStore = {
  name: cardsStoreName,
  // MikroORM manages no rows here: a statement changes the rows of many cards.
  entities: [],
  migrations: cardsMigrations,
  create: (access: StatementAccess): Store<EntityManager> => new SqlCardsStore(access),
};
