/**
 * The cards in PostgreSQL or PGlite. Each write is one statement: the row changes, or the
 * expectation does not hold.
 */
import type { EntityManager, InferEntity } from '@mikro-orm/sql';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { CardEntity, CardTombstoneEntity } from './entity.ts';
import { cardsMigrations } from './migrations.ts';
import {
  type Card,
  type CardLookup,
  type CardsRead,
  type CardsWrite,
  cardChanged,
  cardGone,
  cardsStoreName,
  cardsWriteOf,
  cardTaken,
  unknownOperation,
} from './store.ts';

class SqlCardsStore implements Store<EntityManager> {
  readonly name = cardsStoreName;
  readonly #read: () => EntityManager;

  constructor(read: () => EntityManager) {
    this.#read = read;
  }

  async read(op: string, args: Json): Promise<Json> {
    return await this.#found({ op, args } as CardsRead);
  }

  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    for (const write of writes) await apply(tx, cardsWriteOf(write));
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

  #found(read: CardsRead): Promise<CardLookup | readonly Card[]> {
    switch (read.op) {
      case 'card':
        return lookUp(this.#read(), read.args.id);
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
  metadata,
  version,
}: InferEntity<typeof CardEntity>): Card {
  return { id, owner, kind, state, transaction, metadata, version };
}

async function apply(tx: EntityManager, write: CardsWrite): Promise<void> {
  switch (write.op) {
    case 'add':
      return add(tx, write.args);
    case 'markDeleted':
      return markDeleted(tx, write.args.id, write.expect.version);
    case 'remove':
      return remove(tx, write.args, write.expect.version);
    default:
      throw unknownOperation(write satisfies never);
  }
}

/**
 * The insert comes first: a concurrent removal of the same id has then ended, and its tombstone is
 * visible.
 */
async function add(tx: EntityManager, card: Omit<Card, 'state' | 'version'>): Promise<void> {
  const row = { ...card, state: 'active' as const, version: 1 };
  const { affectedRows } = await tx
    .createQueryBuilder(CardEntity)
    .insert(row)
    .onConflict('id')
    .ignore()
    .execute('run');
  if (affectedRows !== 1) throw cardTaken(card.id);
  if ((await tx.count(CardTombstoneEntity, { id: card.id })) > 0) throw cardGone(card.id);
}

async function markDeleted(tx: EntityManager, id: string, version: number): Promise<void> {
  const changed = await tx.nativeUpdate(
    CardEntity,
    { id, version },
    { state: 'deleted', version: version + 1 },
  );
  if (changed !== 1) throw cardChanged(id, version);
}

async function remove(
  tx: EntityManager,
  { id, atMs }: { id: string; atMs: number },
  version: number,
): Promise<void> {
  const card = await tx.findOne(CardEntity, { id, version, state: 'deleted' });
  const removed = await tx.nativeDelete(CardEntity, { id, version, state: 'deleted' });
  if (card === null || removed !== 1) throw cardChanged(id, version);
  await tx.insert(CardTombstoneEntity, { id, owner: card.owner, atMs });
}

/** The store and its tables, as `runtime/postgres/` takes them. */
export const cardsSqlStore = {
  name: cardsStoreName,
  entities: [CardEntity, CardTombstoneEntity],
  migrations: cardsMigrations,
  create: ({ read }: { readonly read: () => EntityManager }): Store<EntityManager> =>
    new SqlCardsStore(read),
};
