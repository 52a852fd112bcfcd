/**
 * The transactions in PostgreSQL or PGlite. Each write is one statement: the row changes, or the
 * expectation does not hold.
 */
import type { EntityManager } from '@mikro-orm/sql';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { TransactionEntity } from './entity.ts';
import { transactionsMigrations } from './migrations.ts';
import {
  type Transaction,
  type TransactionFilter,
  type TransactionsRead,
  type TransactionsWrite,
  transactionChanged,
  transactionsStoreName,
  transactionsWriteOf,
  unknownOperation,
} from './store.ts';

class SqlTransactionsStore implements Store<EntityManager> {
  readonly name = transactionsStoreName;
  readonly #read: () => EntityManager;

  constructor(read: () => EntityManager) {
    this.#read = read;
  }

  async read(op: string, args: Json): Promise<Json> {
    return await this.#found({ op, args } as TransactionsRead);
  }

  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    for (const write of writes) {
      if (write.op !== 'put') throw unknownOperation(write);
      await put(tx, transactionsWriteOf(write));
    }
  }

  async #found(read: TransactionsRead): Promise<Transaction | null | readonly Transaction[]> {
    switch (read.op) {
      case 'transaction': {
        const [found = null] = await find(this.#read(), { addresses: [read.args.address] });
        return found;
      }
      case 'transactions':
        return find(this.#read(), read.args);
      default:
        throw unknownOperation(read satisfies never);
    }
  }
}

async function find(
  em: EntityManager,
  { addresses, card, state }: TransactionFilter,
): Promise<readonly Transaction[]> {
  const where = {
    ...(addresses === undefined ? {} : { address: { $in: [...addresses] } }),
    ...(card === undefined ? {} : { card }),
    ...(state === undefined ? {} : { state }),
  };
  const found = await em.find(TransactionEntity, where, { orderBy: { address: 'asc' } });
  return found.map(({ address, state, card = null, reason, version, atMs }) => ({
    address,
    state,
    card,
    ...(reason == null ? {} : { reason }),
    version,
    atMs,
  }));
}

type TransactionRow = Omit<Transaction, 'reason'> & { readonly reason: string | null };

async function put(
  tx: EntityManager,
  { args, expect: { version } }: TransactionsWrite,
): Promise<void> {
  const row = { ...args, reason: args.reason ?? null, version: version + 1 };
  const changed =
    version === 0
      ? await inserted(tx, row)
      : await tx.nativeUpdate(TransactionEntity, { address: args.address, version }, row);
  if (changed !== 1) throw transactionChanged(args.address, version);
}

async function inserted(tx: EntityManager, row: TransactionRow): Promise<number> {
  const { affectedRows } = await tx
    .createQueryBuilder(TransactionEntity)
    .insert(row)
    .onConflict('address')
    .ignore()
    .execute('run');
  return affectedRows;
}

/** The store and its table, in the form that `runtime/postgres/` takes. */
export const transactionsSqlStore = {
  name: transactionsStoreName,
  entities: [TransactionEntity],
  migrations: transactionsMigrations,
  create: ({ read }: { readonly read: () => EntityManager }): Store<EntityManager> =>
    new SqlTransactionsStore(read),
};
