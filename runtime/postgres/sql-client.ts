/**
 * Statements and transactions on MikroORM's connections.
 *
 * Boundary: knows no schema and no error of this project. `database.ts` gives driver errors their
 * meaning.
 */
import type { EntityManager, Kysely, MikroORM, Transaction } from '@mikro-orm/sql';
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
    return ended(context, work);
  });
}

/**
 * Runs reads in a transaction that sees one snapshot, on a connection of its own. `em.transactional`
 * would switch on the hooks of `AsyncLocalStorage`, which every promise of a process on Node 20 pays
 * for from then on.
 */
export function inSnapshot<T>(
  client: Kysely<unknown>,
  em: EntityManager,
  reads: (em: EntityManager) => Promise<T>,
): Promise<T> {
  return client.connection().execute(async (connection) => {
    const beginning = connection.startTransaction().setIsolationLevel('repeatable read');
    const context = await beginning.setAccessMode('read only').execute();
    em.setTransactionContext(context);
    return ended(context, () => reads(em));
  });
}

const over = new WeakSet<object>();

/**
 * Whether the work of the transaction has ended. A statement that is sent then would run behind the
 * rollback, in a transaction of its own.
 */
export function isOver(context: object | undefined): boolean {
  return context !== undefined && over.has(context);
}

/** Commits when `work` resolves, and rolls back when it rejects. */
async function ended<T>(
  context: Transaction,
  work: (context: Transaction) => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await work(context);
    over.add(context);
  } catch (error) {
    over.add(context);
    // A failed rollback must not hide its reason. The transaction ends with its lost connection.
    await context
      .rollback()
      .execute()
      .catch(() => undefined);
    throw error;
  }
  await context.commit().execute();
  return result;
}
