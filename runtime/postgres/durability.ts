/**
 * Whether a server keeps what it has committed: with these settings off, a commit that was answered may be gone after a power cut or a
 * crash of the server, and the promises of the runtime with it.
 */
import { Broken } from '../ports/errors.ts';
import type { SqlParameter } from './database.ts';

type Query = (
  sql: string,
  parameters: readonly SqlParameter[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

const settings: ReadonlyMap<string, string> = new Map([
  ['fsync', 'a crash of the machine may destroy the database'],
  ['full_page_writes', 'a crash of the machine may leave half-written pages'],
  [
    'synchronous_commit',
    'a crash of the server may lose the last commits, though they were answered',
  ],
]);

/** What is off, for the role and connection that asks, and what may come of it. */
export async function durabilityGaps(query: Query): Promise<readonly string[]> {
  const rows = await query(
    "select name from pg_settings where setting = 'off' and name in ('fsync', 'full_page_writes', 'synchronous_commit')",
    [],
  );
  return rows.map(({ name }) => `${name} is off: ${settings.get(String(name)) ?? ''}`).sort();
}

/** @throws Broken `config-invalid` when `strict` and anything is off; else tells `warn`. */
export async function checkDurability(
  query: Query,
  strict: boolean,
  warn: (text: string) => void,
): Promise<void> {
  const gaps = await durabilityGaps(query);
  if (gaps.length === 0) return;
  const text = `the database does not keep what it commits: ${gaps.join('; ')}`;
  if (strict) throw new Broken('config-invalid', text, { at: 'database_url' });
  warn(text);
}
