/**
 * Compares the migrations that a database has recorded with those of this code, before any runs.
 *
 * Invariants, for each owner (the journal or a store):
 * - A database that lacks migrations of this code is migrated.
 * - A database with more migrations than this code was migrated by newer code, and older processes
 *   go on beside it.
 * - A database with both differences has another history: its tables are those of other code. This
 *   code refuses it.
 */
import { Broken } from '../ports/errors.ts';

/**
 * Names are `<owner>/<migration>`. Owners that this code does not list are another process's.
 * @throws Broken `config-invalid` when the histories of an owner differ
 */
export function checkHistory(
  recorded: ReadonlySet<string>,
  listed: readonly string[],
  journalSchema: string,
): void {
  for (const owner of new Set(listed.map(ownerOf))) {
    const ours = listed.filter((name) => ownerOf(name) === owner);
    const missing = ours.filter((name) => !recorded.has(name));
    const unknown = [...recorded].filter((name) => ownerOf(name) === owner && !ours.includes(name));
    if (missing.length === 0 || unknown.length === 0) continue;
    throw new Broken(
      'config-invalid',
      [
        `the tables of '${owner}' in this database were made by other code`,
        `it has the migrations ${unknown.join(', ')} and lacks ${missing.join(', ')}`,
        `take another ?schema= prefix, or drop the schemas beside ${journalSchema} and start anew`,
      ].join('; '),
      { at: 'database_url' },
    );
  }
}

function ownerOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}
