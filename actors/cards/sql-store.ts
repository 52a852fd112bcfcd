/**
 * The cards in PostgreSQL or PGlite. Each write is one statement: the row changes, or the
 * expectation does not hold.
 */
import { isDeepStrictEqual } from 'node:util';
import type { EntityManager, InferEntity } from '@mikro-orm/sql';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { CardEntity, CardTombstoneEntity } from './entity.ts';
import { ListedFiles } from './listed-files.ts';
import { LockQueue } from './lock-queue.ts';
import { cardsMigrations } from './migrations.ts';
import {
  type Card,
  type CardFilter,
  type CardLookup,
  type CardRemoval,
  type CardsRead,
  type CardsWrite,
  type CardsWrites,
  cardChanged,
  cardGone,
  cardKnown,
  cardsStoreName,
  cardsWriteOf,
  cardTaken,
  filesAt,
  filesOf,
  sharingChanged,
  type Turn,
  unknownOperation,
  unknownOwner,
} from './store.ts';

type CardsAccess = {
  /** The schema of the tables. */
  readonly schema: string;
  readonly read: () => EntityManager;
};

class SqlCardsStore implements Store<EntityManager> {
  readonly name = cardsStoreName;
  readonly #read: () => EntityManager;
  readonly #files: ListedFiles;
  readonly #queue: LockQueue;

  constructor({ schema, read }: CardsAccess) {
    this.#read = read;
    this.#files = new ListedFiles(schema);
    this.#queue = new LockQueue(schema);
  }

  async read(op: string, args: Json): Promise<Json> {
    return await this.#found({ op, args } as CardsRead);
  }

  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    for (const write of writes) await this.#apply(tx, cardsWriteOf(write));
  }

  async prune(tx: EntityManager, beforeMs: number, limit: number): Promise<number> {
    const old = await tx.find(
      CardTombstoneEntity,
      { atMs: { $lt: beforeMs } },
      { orderBy: { atMs: 'asc' }, limit },
    );
    return tx.nativeDelete(CardTombstoneEntity, {
      id: { $in: old.map(({ id }) => id) },
      atMs: { $lt: beforeMs },
    });
  }

  async #removal(id: string): Promise<CardRemoval> {
    const em = this.#read();
    const found = await em.findOne(CardEntity, { id });
    if (found === null) return { card: null, shared: [] };
    const card = cardOf(found);
    const listed = filesOf(card);
    return { card, shared: urlsIn(listed, await this.#files.listed(em, [...listed.keys()], 2)) };
  }

  async #unlisted(urls: readonly string[]): Promise<readonly string[]> {
    const files = filesAt(urls);
    const listed = await this.#files.listed(this.#read(), [...files.keys()], 1);
    return [...files].flatMap(([digest, url]) => (listed.has(digest) ? [] : [url]));
  }

  async #apply(tx: EntityManager, write: CardsWrite): Promise<void> {
    const { id } = write.args;
    switch (write.op) {
      case 'add':
        return add(tx, write.args, write.expect?.listed ?? [], this.#files);
      case 'markDeleted':
        await markDeleted(tx, id, write.expect.version);
        return this.#queue.join(tx, id, write.args.lock);
      case 'withdraw':
        return restore(tx, id, write.expect.version);
      case 'leave':
        return this.#queue.leave(tx, id);
      case 'restore':
        await this.#queue.requireFirst(tx, id, write.expect.ticket);
        return restore(tx, id, write.expect.version);
      case 'remove':
        await this.#queue.requireFirst(tx, id, write.expect.ticket);
        return remove(tx, write.args, write.expect.version, this.#files);
      case 'tombstone':
        return addTombstone(tx, write.args);
      default:
        throw unknownOperation(write satisfies never);
    }
  }

  #found(read: CardsRead): Promise<CardLookup | CardRemoval | Turn | readonly (Card | string)[]> {
    switch (read.op) {
      case 'card':
        return lookUp(this.#read(), read.args.id);
      case 'removal':
        return this.#removal(read.args.id);
      case 'unlisted':
        return this.#unlisted(read.args.urls);
      case 'turn':
        return this.#queue.turn(this.#read(), read.args.id);
      case 'list':
        return list(this.#read(), read.args);
      case 'cards':
        return cardsOf(this.#read(), read.args.ids);
      default:
        throw unknownOperation(read satisfies never);
    }
  }
}

/**
 * The tombstone is read second: a card that is removed between the two reads is then seen twice,
 * and never missed.
 */
async function lookUp(em: EntityManager, id: string): Promise<CardLookup> {
  const card = await em.findOne(CardEntity, { id });
  const tombstone = await em.findOne(CardTombstoneEntity, { id });
  return {
    card: card && cardOf(card),
    tombstone: tombstone && { id: tombstone.id, owner: tombstone.owner, atMs: tombstone.atMs },
  };
}

async function list(
  em: EntityManager,
  { owner, state, after, limit }: CardFilter,
): Promise<readonly Card[]> {
  const where = {
    ...(owner === undefined ? {} : { owner }),
    ...(state === undefined ? {} : { state }),
    ...(after === undefined ? {} : { id: { $gt: after } }),
  };
  const found = await em.find(CardEntity, where, { orderBy: { id: 'asc' }, limit });
  return found.map(cardOf);
}

async function cardsOf(em: EntityManager, ids: readonly string[]): Promise<readonly Card[]> {
  const found = await em.find(CardEntity, { id: { $in: [...ids] } });
  const byId = new Map(found.map((card) => [card.id, cardOf(card)]));
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}

function cardOf({
  id,
  owner,
  kind,
  state,
  transaction = null,
  token,
  metadata,
  version,
}: InferEntity<typeof CardEntity>): Card {
  const ofChain = token == null ? {} : { token };
  return { id, owner, kind, state, transaction, ...ofChain, metadata, version };
}

/**
 * The insert comes first: a concurrent removal of the same id has then ended, and its tombstone is
 * visible.
 */
async function add(
  tx: EntityManager,
  card: CardsWrites['add']['args'],
  listed: readonly string[],
  files: ListedFiles,
): Promise<void> {
  const row = { ...card, state: 'active' as const, version: 1 };
  const { affectedRows } = await tx
    .createQueryBuilder(CardEntity)
    .insert(row)
    .onConflict('id')
    .ignore()
    .execute('run');
  if (affectedRows !== 1) throw cardTaken(card.id);
  if ((await tx.count(CardTombstoneEntity, { id: card.id })) > 0) throw cardGone(card.id);
  await files.add(tx, [...filesOf(card).keys()]);
  const others = filesAt(listed);
  const found = await files.listed(tx, [...others.keys()], 2);
  if (found.size !== others.size) throw sharingChanged(card.id);
}

async function markDeleted(tx: EntityManager, id: string, version: number): Promise<void> {
  const changed = await tx.nativeUpdate(
    CardEntity,
    { id, version },
    { state: 'deleted', version: version + 1 },
  );
  if (changed !== 1) throw cardChanged(id, version);
}

async function restore(tx: EntityManager, id: string, version: number): Promise<void> {
  const changed = await tx.nativeUpdate(
    CardEntity,
    { id, version, state: 'deleted' },
    { state: 'active', version: version + 1 },
  );
  if (changed !== 1) throw cardChanged(id, version);
}

async function remove(
  tx: EntityManager,
  { id, atMs, shared }: CardsWrites['remove']['args'],
  version: number,
  files: ListedFiles,
): Promise<void> {
  const card = await tx.findOne(CardEntity, { id, version, state: 'deleted' });
  const removed = await tx.nativeDelete(CardEntity, { id, version, state: 'deleted' });
  if (card === null || removed !== 1) throw cardChanged(id, version);
  const listed = filesOf(cardOf(card));
  const left = await files.takeAway(tx, [...listed.keys()]);
  if (!isDeepStrictEqual(urlsIn(listed, left), shared)) throw sharingChanged(id);
  await tx.insert(CardTombstoneEntity, { id, owner: card.owner, atMs });
}

/**
 * The row is inserted and deleted first: an `add` of the same id then waits for this commit, and
 * sees the tombstone.
 */
async function addTombstone(
  tx: EntityManager,
  { id, atMs }: CardsWrites['tombstone']['args'],
): Promise<void> {
  const row = { id, owner: unknownOwner, kind: 'db' as const, metadata: {}, version: 1 };
  const { affectedRows } = await tx
    .createQueryBuilder(CardEntity)
    .insert({ ...row, state: 'active' as const })
    .onConflict('id')
    .ignore()
    .execute('run');
  if (affectedRows !== 1 || (await tx.count(CardTombstoneEntity, { id })) > 0) throw cardKnown(id);
  await tx.nativeDelete(CardEntity, { id });
  await tx.insert(CardTombstoneEntity, { id, owner: unknownOwner, atMs });
}

/** In the order of the card's list. */
function urlsIn(listed: ReadonlyMap<string, string>, digests: ReadonlySet<string>): string[] {
  return [...listed].flatMap(([digest, url]) => (digests.has(digest) ? [url] : []));
}

/** The store and its tables, in the form that `runtime/postgres/` takes. */
export const cardsSqlStore = {
  name: cardsStoreName,
  entities: [CardEntity, CardTombstoneEntity],
  migrations: cardsMigrations,
  create: (access: CardsAccess): Store<EntityManager> => new SqlCardsStore(access),
};
