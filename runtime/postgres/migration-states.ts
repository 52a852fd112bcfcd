/**
 * The migrations of a database as an operator sees them, and the check before migrations are undone.
 *
 * Invariants:
 * - A migration without a `down` is never undone: its data exists nowhere else.
 * - Migrations of one owner are undone from the newest on, without gaps.
 */
import { Refused } from '../ports/errors.ts';
import type { SqlMigration } from '../ports/store.ts';

/** One migration of the code or of the database. */
export type MigrationState = {
  /** `<owner>/<migration>`; the owner is `journal` or a store. */
  readonly name: string;
  /** Milliseconds since the epoch; null: the migration has not run. */
  readonly ranAtMs: number | null;
  /** False: newer code has run the migration. */
  readonly known: boolean;
  /** What undoing loses; null: the code cannot undo the migration. */
  readonly loses: string | null;
};

/** A migration of this code, with the schema of its owner. */
export interface OwnedMigration {
  readonly name: string;
  readonly schema: string;
  readonly migration: SqlMigration;
}

export function ownedMigrations(
  owner: string,
  schema: string,
  migrations: readonly SqlMigration[],
): readonly OwnedMigration[] {
  return migrations.map((migration) => ({ name: `${owner}/${migration.name}`, schema, migration }));
}

/** In the order of the code, then those of newer code. `recorded`: when each has run. */
export function migrationStates(
  owned: readonly OwnedMigration[],
  recorded: ReadonlyMap<string, number>,
): readonly MigrationState[] {
  const names = new Set(owned.map(({ name }) => name));
  return [
    ...owned.map(({ name, migration }) => ({
      name,
      ranAtMs: recorded.get(name) ?? null,
      known: true,
      loses: migration.down?.loses ?? null,
    })),
    ...[...recorded]
      .filter(([name]) => !names.has(name))
      .map(([name, ranAtMs]) => ({ name, ranAtMs, known: false, loses: null })),
  ];
}

/**
 * The statements that undo these migrations, newest first. Throws `Refused` for a migration that
 * has not run or has no `down`, and for a newer one of the same owner that is not among `names`.
 */
export function undoingStatements(
  names: readonly string[],
  owned: readonly OwnedMigration[],
  recorded: ReadonlyMap<string, number>,
): readonly string[] {
  for (const name of names) {
    const found = owned.find((each) => each.name === name);
    if (found === undefined || !recorded.has(name))
      throw new Refused('not-found', `the migration ${name} has not run here`);
    if (found.migration.down === undefined)
      throw new Refused(
        'not-supported',
        `the migration ${name} cannot be undone, because its data is nowhere else; to start anew, drop the schema ${found.schema}`,
      );
    const newer = newerThan(name, owned, recorded).find((each) => !names.includes(each));
    if (newer !== undefined)
      throw new Refused('not-permitted', `the migration ${newer} is newer than ${name} and stays`);
  }
  return owned
    .filter(({ name }) => names.includes(name))
    .toReversed()
    .flatMap(({ migration, schema }) => migration.down?.statements(schema) ?? []);
}

function newerThan(
  name: string,
  owned: readonly OwnedMigration[],
  recorded: ReadonlyMap<string, number>,
): readonly string[] {
  const owner = name.slice(0, name.indexOf('/') + 1);
  const ours = owned.map((each) => each.name).filter((each) => each.startsWith(owner));
  const foreign = [...recorded.keys()].filter(
    (each) => each.startsWith(owner) && !ours.includes(each),
  );
  const later = ours.slice(ours.indexOf(name) + 1).filter((each) => recorded.has(each));
  return [...later, ...foreign];
}
