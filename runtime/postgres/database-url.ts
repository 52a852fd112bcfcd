/**
 * Parses a `database_url`. There are two forms, both with an optional `?schema=<prefix>`:
 *
 * - `postgresql://user:password@host:port/database` (or `postgres://…`): a server. Without a host,
 *   the driver's default; `?host=/folder` for a local socket. The other parameters are those that
 *   the driver knows; any other is refused, because the driver would ignore a misspelt `schema`.
 * - `pglite://<folder>`: embedded, in that folder (relative to the working directory unless it
 *   starts with `/`). `pglite://` alone keeps everything in memory. `?`, `#` and `%` in the name of
 *   a folder are written `%3F`, `%23` and `%25`.
 */
import {
  decodedPart,
  parseServerUrl,
  refuseOtherParameters,
  UrlProblem,
  wholeNumber,
} from '../../config/server-url.ts';
import { Broken } from '../ports/errors.ts';

export type DatabaseUrl = {
  /** The first part of all schema names. */
  readonly prefix: string;
} & (ServerDatabase | { readonly kind: 'pglite' /** `''` for memory. */; readonly folder: string });

export interface ServerDatabase {
  readonly kind: 'postgresql';
  /** The URL for the driver. */
  readonly connectionString: string;
  readonly database: string;
  readonly connectTimeoutMs: number;
  /** False behind a pooler that gives each transaction another connection. */
  readonly prepare: boolean;
}

const prefixDefault = 'unanimous';
/** Lower case, so it needs no quotes; short, so a store's name fits behind it. */
const prefixPattern = /^[a-z_][a-z0-9_]{0,30}$/;
const connectTimeoutDefault = 10;
const numbers: readonly string[] = [
  'port',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'query_timeout',
];
const driverParameters: readonly string[] = [
  ...['host', 'user', 'password', 'ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert'],
  ...['sslnegotiation', 'uselibpqcompat', 'application_name', 'fallback_application_name'],
  ...['client_encoding', 'options', ...numbers],
];

/** @throws Broken `config-invalid` when the URL has neither form */
export function parseDatabaseUrl(url: string): DatabaseUrl {
  try {
    return url.startsWith('pglite://') ? embedded(url) : onServer(url);
  } catch (cause) {
    if (!(cause instanceof UrlProblem)) throw cause;
    throw new Broken('config-invalid', `the URL of a database: ${cause.message}`, {
      at: 'database_url',
      cause,
    });
  }
}

/** The URL of an embedded database in a folder, with any name that a folder may have. */
export function embeddedDatabaseUrl(folder: string): string {
  return `pglite://${folder.split('/').map(encodeURIComponent).join('/')}`;
}

function embedded(url: string): DatabaseUrl {
  const [, path = '', query = '', fragment] =
    /^pglite:\/\/([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(url) ?? [];
  if (fragment !== undefined)
    throw new UrlProblem('a # in the URL', 'folder: # as %23, ? as %3F, % as %25');
  // The folder is no host: only the query is read as that of a server's URL.
  const parsed = parseServerUrl(`pglite://folder?${query}`);
  refuseOtherParameters(parsed, ['schema']);
  return {
    kind: 'pglite',
    folder: decodedPart('folder', path),
    prefix: checkedPrefix(parsed.parameters.get('schema')),
  };
}

function onServer(url: string): DatabaseUrl {
  const parsed = parseServerUrl(url);
  const { scheme, path = '' } = parsed;
  if (scheme !== 'postgresql' && scheme !== 'postgres')
    throw new UrlProblem(`the scheme ${scheme}://`, 'scheme: postgresql:// or pglite://');
  if (path.includes('/'))
    throw new UrlProblem('more than one / behind the host', 'database: one name, / as %2F');
  refuseOtherParameters(parsed, ['schema', 'connect_timeout', 'prepare', ...driverParameters]);
  const remaining = new Map(parsed.parameters);
  for (const name of numbers) numberOf(name, remaining);
  const { schema, seconds = connectTimeoutDefault, prepare } = ownParameters(remaining);
  const query = new URLSearchParams([...remaining]).toString();
  const [address = ''] = url.slice(url.indexOf('://')).split('?');
  return {
    kind: 'postgresql',
    connectionString: `postgresql${address}${query === '' ? '' : `?${query}`}`,
    database: decodedPart('database', path) || 'postgres',
    connectTimeoutMs: seconds * 1_000,
    prepare,
    prefix: checkedPrefix(schema),
  };
}

/** Takes the parameters that the driver does not get out of `parameters`. */
function ownParameters(parameters: Map<string, string>): {
  schema?: string;
  seconds?: number;
  prepare: boolean;
} {
  const schema = parameters.get('schema');
  const seconds = numberOf('connect_timeout', parameters);
  const prepare = parameters.get('prepare') ?? 'on';
  if (prepare !== 'on' && prepare !== 'off')
    throw new UrlProblem(`prepare ${JSON.stringify(prepare)}`, 'prepare: on or off');
  for (const name of ['schema', 'connect_timeout', 'prepare']) parameters.delete(name);
  return {
    prepare: prepare === 'on',
    ...(schema === undefined ? {} : { schema }),
    ...(seconds === undefined ? {} : { seconds }),
  };
}

function numberOf(name: string, parameters: ReadonlyMap<string, string>): number | undefined {
  const text = parameters.get(name);
  const max = name === 'port' ? 65_535 : 2_147_483;
  return text === undefined ? undefined : wholeNumber(name, text, { min: 0, max });
}

function checkedPrefix(prefix = prefixDefault): string {
  if (prefixPattern.test(prefix)) return prefix;
  throw new UrlProblem(`schema ${JSON.stringify(prefix)}`, `schema: ${prefixPattern.source}`);
}
