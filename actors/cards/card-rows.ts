/**
 * The rows of the cards and their tombstones in PostgreSQL or PGlite: one statement changes the rows of
 * all writes of one kind. A row that the statement does not return is a row whose expectation does not
 * hold.
 */
import type { Token } from '../chain/token.ts';
import type { SqlStatements } from '../consent/ledger/sql/sql-statements.ts';
import {
  deleteGiven,
  type FoundRows,
  givenKeys,
  givenRows,
  givenText,
  selectGiven,
  updateGiven,
} from '../rows/given-rows.ts';
import {
  type Card,
  type CardFilter,
  type CardLookup,
  type CardsWrites,
  type CardTombstone,
  cardChanged,
  cardGone,
  cardKnown,
  cardTaken,
  unknownOwner,
} from './store.ts';

type Expected = {
  readonly args: { readonly id: string };
  readonly expect: { readonly version: number };
};
type Removal = Expected & { readonly args: { readonly atMs: number } };
type RemovedCard = Pick<Card, 'id' | 'owner' | 'metadata'>;
type StoredCard = Omit<Card, 'token'> & { readonly token: Token | null };
type NewCard = CardsWrites['add']['args'];

const given = 'id text, version integer';
const isGiven = 't.id = given.id';
const isExpected = `${isGiven} and t.version = given.version`;
const isDeleted = `${isExpected} and t.state = 'deleted'`;

export class CardRows {
  readonly #statements: SqlStatements;
  readonly #cards: string;
  readonly #tombstones: string;

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#cards = `${schema}.cards`;
    this.#tombstones = `${schema}.tombstones`;
  }

  /** Without the unknown ids. */
  async cards(ids: readonly string[]): Promise<ReadonlyMap<string, Card>> {
    const found = await this.#statements.run<StoredCard>(
      selectGiven('found.*', this.#found(isGiven)),
      [givenKeys(ids, 'id')],
    );
    return new Map(found.map((row) => [row.id, cardOf(row)]));
  }

  /** By id. */
  async list({ owner, state, after, limit }: CardFilter): Promise<readonly Card[]> {
    const conditions = Object.entries({ 'owner =': owner, 'state =': state, 'id >': after });
    const wanted = conditions.filter(([, value]) => value !== undefined);
    const where = ['true', ...wanted.map(([condition]) => `${condition} ?`)].join(' and ');
    const found = await this.#statements.run<StoredCard>(
      `select * from ${this.#cards} where ${where} order by id limit ?`,
      [...wanted.map(([, value]) => value ?? null), limit],
    );
    return found.map(cardOf);
  }

  /** Deletes old tombstones. Resolves to their number. */
  async prune(beforeMs: number, limit: number): Promise<number> {
    const pruned = await this.#statements.run(
      `delete from ${this.#tombstones} where ctid = any(array(select ctid from ${this.#tombstones}
        where at_ms < ? order by at_ms limit ? for update skip locked)) returning 1`,
      [beforeMs, limit],
    );
    return pruned.length;
  }

  /** Both of one snapshot: a card that is removed meanwhile is never missed. */
  async lookUps(ids: readonly string[]): Promise<readonly CardLookup[]> {
    type Row = { readonly id: string; readonly card: StoredCard; readonly tombstone: Tombstone };
    const found = await this.#statements.run<Row>(
      `select given.id, (select to_jsonb(t.*) from ${this.#cards} t where ${isGiven}) as card,
        (select to_jsonb(t.*) from ${this.#tombstones} t where ${isGiven}) as tombstone
        from ${givenRows(given)}`,
      [givenKeys(ids, 'id')],
    );
    const byId = new Map(found.map((row) => [row.id, row]));
    return ids.map((id) => {
      const { card = null, tombstone = null } = byId.get(id) ?? {};
      return { card: card && cardOf(card), tombstone: tombstone && tombstoneOf(tombstone) };
    });
  }

  /**
   * The insert comes first: a concurrent removal of the same id has then ended, and its tombstone is
   * visible.
   */
  async add(cards: readonly NewCard[]): Promise<void> {
    if (cards.length === 0) return;
    const added = this.#insert(cards);
    const gone = this.#gone(cards.map(({ id }) => id));
    const [ids, removed] = await Promise.all([added, gone]);
    for (const { id } of cards) {
      if (!ids.has(id)) throw cardTaken(id);
      if (removed.has(id)) throw cardGone(id);
    }
  }

  /** Writes the tombstone of an unknown card, with an insert first, as `add`. */
  async addTombstone({ id, atMs }: CardsWrites['tombstone']['args']): Promise<void> {
    const card = { id, owner: unknownOwner, kind: 'db', transaction: null, metadata: {} } as const;
    const [added, removed] = await Promise.all([this.#insert([card]), this.#gone([id])]);
    if (!added.has(id) || removed.has(id)) throw cardKnown(id);
    await this.#statements.run(deleteGiven('old.id', this.#found(isGiven)), [
      givenKeys([id], 'id'),
    ]);
    await this.#addTombstones([{ id, owner: unknownOwner, atMs }]);
  }

  markDeleted(writes: readonly Expected[]): Promise<void> {
    return this.#change(writes, `state = 'deleted'`, isExpected);
  }

  restore(writes: readonly Expected[]): Promise<void> {
    return this.#change(writes, `state = 'active'`, isDeleted);
  }

  /** Resolves to the removed cards, in the order of the writes. */
  async remove(writes: readonly Removal[]): Promise<readonly RemovedCard[]> {
    if (writes.length === 0) return [];
    const removed = await this.#statements.run<RemovedCard>(
      deleteGiven('old.id, old.owner, old.metadata', this.#found(isDeleted)),
      [expectedText(writes)],
    );
    const byId = new Map(removed.map((card) => [card.id, card]));
    const gone = writes.map(({ args: { id, atMs }, expect: { version } }) => {
      const card = byId.get(id);
      if (card === undefined) throw cardChanged(id, version);
      return { ...card, atMs };
    });
    await this.#addTombstones(gone);
    return gone;
  }

  async #addTombstones(tombstones: readonly CardTombstone[]): Promise<void> {
    if (tombstones.length === 0) return;
    const rows = tombstones.map(({ id, owner, atMs }) => ({ id, owner, at_ms: atMs }));
    const added = this.#statements.run(
      `insert into ${this.#tombstones} (id, owner, at_ms) select id, owner, at_ms
        from ${givenRows('id text, owner text, at_ms double precision')}`,
      [givenText(rows, 'id')],
    );
    await this.#statements.ahead(added);
  }

  async #change(writes: readonly Expected[], set: string, where: string): Promise<void> {
    if (writes.length === 0) return;
    const changed = await this.#statements.run<{ readonly id: string }>(
      updateGiven(`${set}, version = old.version + 1`, 'old.id', this.#found(where)),
      [expectedText(writes)],
    );
    const ids = new Set(changed.map(({ id }) => id));
    for (const { args, expect } of writes)
      if (!ids.has(args.id)) throw cardChanged(args.id, expect.version);
  }

  async #insert(cards: readonly NewCard[]): Promise<ReadonlySet<string>> {
    const columns = 'id text, owner text, kind text, transaction text, token jsonb, metadata jsonb';
    const names = 'id, owner, kind, transaction, token, metadata';
    const added = await this.#statements.run<{ readonly id: string }>(
      `insert into ${this.#cards} (${names}, state, version) select ${names}, 'active', 1
        from ${givenRows(columns)} on conflict (id) do nothing returning id`,
      [givenText(cards, 'id')],
    );
    return new Set(added.map(({ id }) => id));
  }

  async #gone(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = { table: this.#tombstones, given, where: isGiven };
    const found = await this.#statements.run<{ readonly id: string }>(
      selectGiven('found.id', rows),
      [givenKeys(ids, 'id')],
    );
    return new Set(found.map(({ id }) => id));
  }

  #found(where: string): FoundRows {
    return { table: this.#cards, given, where };
  }
}

type Tombstone = { readonly id: string; readonly owner: string; readonly at_ms: number };

function cardOf({ token, ...card }: StoredCard): Card {
  return token === null ? card : { ...card, token };
}

function tombstoneOf({ id, owner, at_ms }: Tombstone): CardTombstone {
  return { id, owner, atMs: at_ms };
}

function expectedText(writes: readonly Expected[]): string {
  const rows = writes.map(({ args: { id }, expect: { version } }) => ({ id, version }));
  return givenText(rows, 'id');
}
