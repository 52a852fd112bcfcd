/**
 * The transactions in PostgreSQL or PGlite. Writes of different transactions share statements, and so
 * do look-ups of one moment.
 */
import type { EntityManager } from '@mikro-orm/sql';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { SqlStatements } from '../consent/ledger/sql/sql-statements.ts';
import type { StatementAccess } from '../consent/ledger/sql/statement-store.ts';
import { GatheredReads } from '../rows/gathered-reads.ts';
import { wavesOf } from '../rows/write-waves.ts';
import { transactionsMigrations } from './migrations.ts';
import {
  type Transaction,
  type TransactionsRead,
  transactionsStoreName,
  transactionsWriteOf,
  unknownOperation,
} from './store.ts';
import { TransactionRows } from './transaction-rows.ts';

class SqlTransactionsStore implements Store<EntityManager> {
  readonly name = transactionsStoreName;
  readonly #access: StatementAccess;
  readonly #lookUps: GatheredReads<string, Transaction | null>;

  constructor(access: StatementAccess) {
    this.#access = access;
    this.#lookUps = new GatheredReads(async (addresses) => {
      const found = await this.#rows(access.read()).transactions(addresses);
      return addresses.map((address) => found.get(address) ?? null);
    });
  }

  async read(op: string, args: Json): Promise<Json> {
    return await this.#found({ op, args } as TransactionsRead);
  }

  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    const unknown = writes.find(({ op }) => op !== 'put');
    if (unknown !== undefined) throw unknownOperation(unknown);
    const rows = this.#rows(tx);
    for (const wave of wavesOf(writes.map(transactionsWriteOf), ({ args }) => args.address))
      await rows.put(wave);
  }

  #rows(em: EntityManager): TransactionRows {
    const { schema, isPipelined } = this.#access;
    const statements = new SqlStatements(
      (sql, parameters) => this.#access.execute(em, sql, parameters),
      { isPipelined },
    );
    return new TransactionRows(statements, schema);
  }

  async #found(read: TransactionsRead): Promise<Transaction | null | readonly Transaction[]> {
    switch (read.op) {
      case 'transaction':
        return this.#lookUps.read(read.args.address);
      case 'transactions':
        return this.#rows(this.#access.read()).fitting(read.args);
      default:
        throw unknownOperation(read satisfies never);
    }
  }
}

/** The store and its table, in the form that `runtime/postgres/` takes. */
export const transactionsSqlStore = {
  name: transactionsStoreName,
  // MikroORM manages no rows here: a statement changes many transactions.
  entities: [],
  migrations: transactionsMigrations,
  create: (access: StatementAccess): Store<EntityManager> => new SqlTransactionsStore(access),
};
