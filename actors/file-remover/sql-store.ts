/**
 * The receipts in PostgreSQL or PGlite. Each write is a single statement and does not touch a final
 * receipt.
 */
import type { EntityManager, InferEntity } from '@mikro-orm/sql';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { ReceiptEntity } from './entity.ts';
import { filesMigrations } from './migrations.ts';
import {
  type FilesRead,
  type FilesWrite,
  type FilesWrites,
  filesStoreName,
  filesWriteOf,
  queuedReceipt,
  type Receipt,
  type ReceiptFilter,
  unknownOperation,
} from './store.ts';

class SqlFilesStore implements Store<EntityManager> {
  readonly name = filesStoreName;
  readonly #read: () => EntityManager;

  constructor(read: () => EntityManager) {
    this.#read = read;
  }

  async read(op: string, args: Json): Promise<Json> {
    const found = await find(this.#read(), { op, args } as FilesRead);
    return found.map(receiptOf);
  }

  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    for (const write of writes) await apply(tx, filesWriteOf(write));
  }
}

function find(em: EntityManager, read: FilesRead): Promise<InferEntity<typeof ReceiptEntity>[]> {
  const orderBy = { id: 'asc' } as const;
  switch (read.op) {
    case 'receipts':
      return em.find(ReceiptEntity, conditionOf(read.args), { orderBy });
    case 'page': {
      const { after, limit } = read.args;
      return em.find(ReceiptEntity, { id: { $gt: after } }, { orderBy, limit });
    }
    default:
      throw unknownOperation(read satisfies never);
  }
}

/**
 * The condition is made of known members only, because a sender may give members that are no
 * columns.
 */
function conditionOf({ id, card, url }: ReceiptFilter): ReceiptFilter {
  return {
    ...(id === undefined ? {} : { id }),
    ...(card === undefined ? {} : { card }),
    ...(url === undefined ? {} : { url }),
  };
}

function receiptOf({
  id,
  url,
  card = null,
  state,
  attempts,
  ...rest
}: InferEntity<typeof ReceiptEntity>): Receipt {
  const { bytes = null, sha256 = null, removedAtMs = null, failedAtMs = null } = rest;
  const { note = null, evidence = null } = rest;
  const content = { bytes, sha256, removedAtMs, failedAtMs, attempts, note, evidence };
  return { id, url, card, state, ...content };
}

async function apply(tx: EntityManager, write: FilesWrite): Promise<void> {
  switch (write.op) {
    case 'queue':
      return queue(tx, write.args);
    case 'hold':
      return change(tx, write.args.id, { ...write.args, state: 'quarantined' });
    case 'restore':
      return change(tx, write.args.id, { state: 'restored' });
    case 'remove':
      return change(tx, write.args.id, { ...write.args, state: 'removed' });
    case 'fail':
      return change(tx, write.args.id, { ...write.args, state: 'failed' });
    default:
      throw unknownOperation(write satisfies never);
  }
}

async function queue(tx: EntityManager, args: FilesWrites['queue']['args']): Promise<void> {
  const row = queuedReceipt(args);
  const { affectedRows } = await tx
    .createQueryBuilder(ReceiptEntity)
    .insert(row)
    .onConflict('id')
    .ignore()
    .execute('run');
  if (affectedRows === 0) await change(tx, args.id, row);
}

/** MikroORM assigns to members of the given row, and the arguments of a write are frozen. */
async function change(tx: EntityManager, id: string, row: Partial<Receipt>): Promise<void> {
  const given = structuredClone(row);
  await tx.nativeUpdate(ReceiptEntity, { id, state: { $nin: ['removed', 'restored'] } }, given);
}

/** The store and its table, in the form that `runtime/postgres/` takes. */
export const filesSqlStore = {
  name: filesStoreName,
  entities: [ReceiptEntity],
  migrations: filesMigrations,
  create: ({ read }: { readonly read: () => EntityManager }): Store<EntityManager> =>
    new SqlFilesStore(read),
};
