/**
 * The meaning of a driver's error for the runtime. `pg`, PGlite and MikroORM keep the SQLSTATE of
 * PostgreSQL in `code`; Node's own errors have their code there too.
 *
 * Invariants:
 * - Transient: only what the world may mend, such as a lost connection, a lock, a full disk.
 * - Final: data that the database cannot take fails at every try.
 * - Undecided: every other error stays as it is. The caller tries a bounded number of times.
 */
import { Broken, Conflict, Transient, UnanimousError } from '../ports/errors.ts';

/** serialization_failure (also raised by `commit_traced_turns`), deadlock_detected. */
const conflictStates = new Set(['40001', '40P01']);
/** A duplicate key of these means that another process was faster. */
const contestedConstraints = new Set(['actors_pkey', 'inbox_pkey']);
/**
 * SQLSTATE classes: connection exception, insufficient resources, shutdown of the server, system
 * error; and lock_not_available, read_only_sql_transaction (a standby), statement_completion_unknown.
 * Not among them: protocol_violation, which a NUL in a statement causes, and query_canceled, which
 * may come at every try.
 */
const transientStates = /^(08(?!P01)...|53...|57P..|58...|55P03|25006|40003)$/;
/** SQLSTATE classes: cardinality violation, data exception, program limit exceeded. */
const dataStates = /^(21|22|54)...$/;
/** undefined_table, undefined_column, undefined_function. */
const missingStates = new Set(['42P01', '42703', '42883']);
const transientCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
/** Errors of `pg`, its pool, Kysely and PGlite that carry no code. */
const transientMessages = new RegExp(
  [
    'connection terminated',
    'timeout exceeded when trying to connect',
    'after calling end',
    'not queryable',
    'already been destroyed',
    'is closed',
  ].join('|'),
  'i',
);

function property(error: Error, name: string): string | undefined {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : undefined;
}

/** Whether the tables are not those that the statement expects. */
export function isOfOtherTables(error: unknown): boolean {
  return error instanceof Error && missingStates.has(property(error, 'code') ?? '');
}

/** `Conflict`, `Transient`, `Broken`, or the error itself. `schema` is the journal's. */
export function meaningOf(error: unknown, schema: string): unknown {
  if (!(error instanceof Error) || error instanceof UnanimousError) return error;
  const code = property(error, 'code') ?? '';
  if (conflictStates.has(code))
    return new Conflict('version-conflict', 'another process changed the same rows', {
      cause: error,
    });
  if (
    code === '23505' &&
    property(error, 'schema') === schema &&
    contestedConstraints.has(property(error, 'constraint') ?? '')
  ) {
    return new Conflict('version-conflict', 'another process was faster', { cause: error });
  }
  if (
    transientStates.test(code) ||
    transientCodes.has(code) ||
    transientMessages.test(error.message)
  ) {
    return new Transient('not-reachable', `the database cannot be reached: ${error.message}`, {
      cause: error,
    });
  }
  if (dataStates.test(code)) {
    const reason = `the database cannot take the data: ${error.message}`;
    return new Broken('write-failed', reason, { cause: error });
  }
  return error;
}

/**
 * SQLSTATEs with which a server refuses a connection or the creation of tables: invalid
 * authorization, invalid catalog name, insufficient privilege.
 */
const refusedStates = /^28...$|^3D000$|^42501$/;
const privilegeState = '42501';
const missingState = '3D000';
/** Errors of TLS, and of a server that speaks no TLS, that carry no SQLSTATE. */
const refusedTls = /^(ERR_TLS|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)|does not support SSL/;

/** The meaning of an error at the creation of a schema. A missing right names the schema. */
export function schemaError(schema: string, error: unknown): unknown {
  if (!(error instanceof Error) || property(error, 'code') !== privilegeState) return error;
  const reason = `the schema ${schema} is not there, and the user may not create it`;
  return new Broken('config-invalid', `${reason}: ${error.message}`, {
    at: 'database_url',
    cause: error,
  });
}

/**
 * The meaning of an error while a database is opened. A refusal by the server is `Broken`
 * `config-invalid`, because waiting does not help. `url`: of the database.
 */
export function openingError(error: unknown, schema: string, url: string): unknown {
  const meaning = meaningOf(error, schema);
  if (!(meaning instanceof Error) || meaning instanceof UnanimousError) return meaning;
  const code = property(meaning, 'code') ?? '';
  if (!refusedStates.test(code) && !refusedTls.test(code) && !refusedTls.test(meaning.message))
    return meaning;
  const text =
    code === missingState ? missingText(url) : `the database refuses: ${meaning.message}`;
  return new Broken('config-invalid', `${text} (${code})`, { at: 'database_url', cause: meaning });
}

/** Names the server and the database, and the command that makes the database. */
function missingText(url: string): string {
  const { hostname, port, pathname, username, searchParams } = new URL(url);
  const host = hostname || (searchParams.get('host') ?? 'localhost');
  const at = port || (searchParams.get('port') ?? '5432');
  const name = decodeURIComponent(pathname.slice(1));
  const user = username === '' ? '' : ` -U ${decodeURIComponent(username)}`;
  return `the server ${host}:${at} has no database '${name}'; make it with: createdb -h ${host} -p ${at}${user} ${name}`;
}
