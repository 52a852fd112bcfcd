/**
 * Parses a `database_url`. There are two forms, both with an optional `?schema=<prefix>`:
 *
 * - `postgresql://…` (or `postgres://…`): a server. All other parameters are for the driver.
 * - `pglite://<folder>`: embedded, in that folder (relative to the working directory unless it
 *   starts with `/`). `pglite://` alone keeps everything in memory.
 */
import { Broken } from '../ports/errors.ts';

export interface DatabaseUrl {
  readonly kind: 'postgresql' | 'pglite';
  /** For `postgresql` the URL for the driver; for `pglite` the folder, or `''` for memory. */
  readonly target: string;
  /** The first part of all schema names. */
  readonly prefix: string;
}

const prefixDefault = 'unanimous';
/** Lower case, so it needs no quotes; short, so a store's name fits behind it. */
const prefixPattern = /^[a-z_][a-z0-9_]{0,30}$/;

/** @throws Broken `config-invalid` when the URL has neither form */
export function parseDatabaseUrl(url: string): DatabaseUrl {
  const [, scheme = '', rest = '', query = ''] =
    /^([a-z]+):\/\/([^?]*)(?:\?(.*))?$/.exec(url) ?? [];
  const parameters = new URLSearchParams(query);
  const prefix = checkedPrefix(parameters.get('schema') ?? prefixDefault);
  parameters.delete('schema');
  if (scheme === 'pglite') return { kind: 'pglite', target: decodeURIComponent(rest), prefix };
  if (scheme !== 'postgresql' && scheme !== 'postgres') {
    throw new Broken('config-invalid', 'a database URL starts with postgresql:// or pglite://', {
      at: 'database_url',
    });
  }
  const remaining = parameters.size === 0 ? '' : `?${parameters}`;
  return { kind: 'postgresql', target: `postgresql://${rest}${remaining}`, prefix };
}

function checkedPrefix(prefix: string): string {
  if (prefixPattern.test(prefix)) return prefix;
  throw new Broken(
    'config-invalid',
    `the schema prefix "${prefix}" does not match ${prefixPattern.source}`,
    { at: 'database_url' },
  );
}
