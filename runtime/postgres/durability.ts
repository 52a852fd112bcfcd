/**
 * Checks whether a database server keeps what it has committed. With the settings below off, a
 * commit that was answered may be lost in a power cut or a crash of the server, and the promises of
 * the runtime with it.
 */
import { Broken } from '../ports/errors.ts';

type Query = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Settings that must not be off, and what may happen when they are. */
const settings: ReadonlyMap<string, string> = new Map([
  ['fsync', 'a crash of the machine may destroy the database'],
  ['full_page_writes', 'a crash of the machine may leave half-written pages'],
  [
    'synchronous_commit',
    'a crash of the server may lose the last commits, though they were answered',
  ],
]);

/** The settings that are off, for the role and connection of the query, with what may happen. */
export async function durabilityGaps(query: Query): Promise<readonly string[]> {
  const names = [...settings.keys()].map((name) => `'${name}'`).join(', ');
  const rows = await query(
    `select name from pg_settings where setting = 'off' and name in (${names})`,
  );
  return rows.map(({ name }) => `${name} is off: ${settings.get(String(name)) ?? ''}`).sort();
}

/** @throws Broken `config-invalid` when `strict` and a setting is off; otherwise calls `warn`. */
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
