/**
 * What a `database_url` says. Two forms, both with an optional `?schema=<prefix>`:
 *
 * 1. `postgresql://…` (or `postgres://…`): a server; whatever else is in the URL is for the driver.
 * 2. `pglite://<folder>`: embedded, in that folder (relative to the working directory unless it starts with `/`);
 *    `pglite://` alone keeps everything in memory.
 */
import { Broken } from '../ports/errors.ts';

export interface DatabaseUrl {
  readonly kind: 'postgresql' | 'pglite';
  /** For `postgresql`: the URL for the driver; for `pglite`: the folder, `''` when in memory. */
  readonly target: string;
  /** Start of the name of every schema. */
  readonly prefix: string;
}

const prefixDefault = 'unanimous';
/** Lower case, so that it needs no quotes, and short enough to be followed by a store's name. */
const prefixPattern = /^[a-z_][a-z0-9_]{0,30}$/;

/** @throws Broken `config-invalid` when it is neither form. */
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
