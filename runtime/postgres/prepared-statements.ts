/**
 * Statements with parameters, each prepared once per connection, and connections without `jit`.
 *
 * MikroORM's own `execute` writes the parameters into the text, so a server parses and plans each
 * statement anew. A named statement is parsed once a connection, and planned as the server chooses
 * (`plan_cache_mode`). Look-ups of many ids have no name.
 */
import type { EntityManager, SqlEntityManager } from '@mikro-orm/sql';
import { systemClock } from '../ports/clock.ts';
import { Broken } from '../ports/errors.ts';
import { holdBeginnings, pipelineOf, type ServerClient } from './pipeline.ts';
import { isOver } from './sql-client.ts';
import type { SqlParameter } from './store-module.ts';
import { writeTogether } from './writes-together.ts';

interface ServerPool {
  on(event: 'connect', listener: (client: ServerClient) => void): unknown;
}

/**
 * Most names of one connection. The server keeps each named statement as long as the connection
 * lives, so texts beyond this number stay without a name.
 */
export const namesMax = 300;

/** Characters of a parameter from which a statement over lists is planned for itself: about 200 ids. */
export const largeList = 8_000;
/** Every statement that looks each id of a list up has this text (`text-list.ts`, `uuid-list.ts`). */
const looksUp = 'jsonb_array_elements_text(';

/**
 * Changes a client in place, because its pool has already made the client.
 *
 * A look-up of many ids has no name, and is planned without sequential scans, where an index serves
 * it. The plan of a name may be of the time when the table was empty. A plan of its own takes the
 * density of the rows from the last look at the table: after a deletion, few rows in many pages. A
 * sequential scan looks cheap by both, and reads the whole table for each id.
 */
export function nameStatements(client: ServerClient): void {
  const names = new Map<string, string>();
  const query = client.query.bind(client);
  client.query = (statement, values, callback) => {
    if (typeof statement !== 'string' || !Array.isArray(values) || values.length === 0)
      return query(statement, values, callback);
    if (statement.includes(looksUp) && values.some(isLarge)) {
      // Both settings are undone with a transaction that fails, and a connection that is lost here
      // fails the statement.
      const set = (sql: string) => void Promise.resolve(query(sql)).catch(() => undefined);
      set('set enable_seqscan = off');
      const sent = query(statement, values, callback);
      set('reset enable_seqscan');
      return sent;
    }
    const name = nameOf(statement, names);
    if (name === undefined) return query(statement, values, callback);
    return query({ name, text: statement, values }, callback);
  };
}

function isLarge(value: unknown): boolean {
  return typeof value === 'string' && value.length >= largeList;
}

function nameOf(text: string, names: Map<string, string>): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= namesMax) return known;
  const name = `unanimous_${names.size}`;
  names.set(text, name);
  return name;
}

/** The longest life of a plan, milliseconds. */
export const planMs = 30_000;

/**
 * Changes a client in place. The server plans the statements of the connection anew from time to time,
 * because a plan for a small table reads all of the table, also when the table has grown. PostgreSQL
 * would keep the plan until the table is analyzed.
 */
export function renewPlans(client: ServerClient, now = systemClock.now): void {
  const query = client.query.bind(client);
  let renewedAtMs = now();
  client.query = (statement, values, callback) => {
    if (now() - renewedAtMs >= planMs) {
      renewedAtMs = now();
      // A connection that is lost here fails the next statement, which somebody waits for.
      Promise.resolve(query('discard plans')).catch(() => undefined);
    }
    return query(statement, values, callback);
  };
}

/**
 * Names the statements of each connection that the pool makes, renews their plans, holds the beginnings
 * of its transactions back, writes the statements of one moment together, and switches off the
 * compilation of statements (`jit`): compiling takes the server a tenth of a second and more, and the
 * planner decides for it by estimates of whole sets that a statement here reads by an index.
 */
export function prepareConnections(pool: ServerPool): void {
  pool.on('connect', (client) => {
    // The client sends its statements in their order. A connection that is lost here fails the next
    // statement, which somebody waits for.
    Promise.resolve(client.query('set jit = off')).catch(() => undefined);
    writeTogether(client);
    renewPlans(client);
    nameStatements(client);
    holdBeginnings(client);
  });
}

/**
 * Runs a statement with `?` for its parameters in the entity manager's transaction; without one, on
 * a connection of its own. The errors are those of MikroORM's `execute`.
 */
export async function executePrepared(
  em: SqlEntityManager,
  sql: string,
  parameters: readonly SqlParameter[],
): Promise<readonly unknown[]> {
  const named = (error: unknown): unknown =>
    error instanceof Error ? em.getDriver().convertException(error) : error;
  const pipeline = pipelineOf(em);
  if (pipeline !== undefined) return pipeline.query(numbered(sql), parameters, named);
  refuseOver(em);
  const compiled = {
    sql: numbered(sql),
    parameters,
    query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
    queryId: { queryId: '' },
  } as const;
  try {
    const { rows } = await em.getKysely().executeQuery<unknown>(compiled);
    return rows;
  } catch (error) {
    throw named(error);
  }
}

/** Writes the parameters into the text: an embedded server takes one call for a text alone. */
export async function executeWritten(
  em: EntityManager,
  sql: string,
  parameters: readonly SqlParameter[],
): Promise<readonly unknown[]> {
  refuseOver(em);
  return em.execute(sql, [...parameters]);
}

/** One failed statement of several ends a transaction while the others wait for their turn. */
function refuseOver(em: EntityManager): void {
  if (isOver(em.getTransactionContext()))
    throw new Broken('broken', 'a statement comes after its transaction');
}

/** The statements of the stores have no `?` in a string or an operator. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => {
    count += 1;
    return `$${count}`;
  });
}
