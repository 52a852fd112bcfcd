/**
 * Statements and transactions on MikroORM's connections.
 *
 * Boundary: knows no schema and no error of this project. `database.ts` gives driver errors their
 * meaning.
 */
import {
  type EntityManager,
  IsolationLevel,
  type Kysely,
  type MikroORM,
  type Transaction,
} from '@mikro-orm/sql';
import type { SqlParameter } from './store-module.ts';

export type Row = Readonly<Record<string, unknown>>;
export type SqlClient = Pick<Kysely<unknown>, 'executeQuery'>;

export function clientOf(orm: MikroORM): Kysely<unknown> {
  return orm.em.getConnection().getClient();
}

/**
 * Runs a statement in the form of a compiled Kysely query. MikroORM's own `execute` would write the
 * parameters into the text.
 */
export async function run(
  client: SqlClient,
  sql: string,
  parameters: readonly SqlParameter[],
): Promise<readonly Row[]> {
  const compiled = {
    sql,
    parameters,
    query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
    queryId: { queryId: '' },
  } as const;
  const { rows } = await client.executeQuery<Row>(compiled);
  return rows;
}

/**
 * Runs a transaction on a connection of its own. MikroORM's `transactional` never gives a
 * connection back to the pool when the rollback fails, which happens each time that a server goes
 * away.
 */
export async function inTransaction<T>(
  client: Kysely<unknown>,
  work: (context: Transaction) => Promise<T>,
): Promise<T> {
  return client.connection().execute(async (connection) => {
    const context = await connection.startTransaction().execute();
    const result = await work(context).catch(async (error: unknown) => {
      // A failed rollback must not hide its reason. The transaction ends with its lost connection.
      await context
        .rollback()
        .execute()
        .catch(() => undefined);
      throw error;
    });
    await context.commit().execute();
    return result;
  });
}

/**
 * Runs reads in a transaction that sees one snapshot. `em.transactional` would switch on the hooks of
 * `AsyncLocalStorage`, which every promise of a process on Node 20 pays for from then on.
 */
export function inSnapshot<T>(
  em: EntityManager,
  reads: (em: EntityManager) => Promise<T>,
): Promise<T> {
  const oneSnapshot = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true };
  return em.getConnection().transactional((transaction) => {
    em.setTransactionContext(transaction);
    return reads(em);
  }, oneSnapshot);
}
