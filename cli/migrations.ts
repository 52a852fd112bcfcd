/**
 * The work of the commands `migrate …`.
 *
 * - one-owner: a running `unanimous up` holds its embedded database. Such a process has migrated at
 *   its start, and tells its migrations; no migration is undone while it runs.
 */
import type { DatabaseMigrations } from '../composition/deployment-databases.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { MigrationState } from '../runtime/postgres/migration-states.ts';
import { print } from './print.ts';
import { RunningProcess } from './running-process.ts';
import type { StorageOptions } from './storage-options.ts';
import { withMigratedDatabases } from './stored-services.ts';

export async function migrateUp(options: StorageOptions): Promise<void> {
  const running = await RunningProcess.find(options.data);
  if (running !== undefined) {
    print('the running up has migrated its databases at its start');
    return;
  }
  const ran = await withMigratedDatabases(options, 'made', async (databases) => {
    const before = pendingIn(await databases.migrations());
    for (const { migrations } of databases.all) await migrations?.migrate();
    return before;
  });
  for (const { name } of ran) print(`${name} has run`);
  print(ran.length === 0 ? 'nothing to run' : `${ran.length} migrations have run`);
}

export async function migrationStatus({
  json,
  ...options
}: StorageOptions & { readonly json?: boolean }): Promise<void> {
  const running = await RunningProcess.find(options.data);
  const found = await (running?.migrations() ??
    withMigratedDatabases(options, 'there', (databases) => databases.migrations()));
  if (json === true) return print(JSON.stringify(found));
  for (const { services, migrations } of found) {
    print(`database of ${services.join(', ')}`);
    for (const migration of migrations) print(`  ${lineOf(migration)}`);
  }
  const pending = pendingIn(found).length;
  print(pending === 0 ? 'every migration has run' : `${pending} to run: unanimous migrate up`);
}

/**
 * Undoes migrations in every database where they have run. False without `isSure`: only the losses
 * are printed. Rejects with `Refused` for a migration that no database can undo.
 */
export async function migrateDown(
  names: readonly string[],
  isSure: boolean,
  options: StorageOptions,
): Promise<boolean> {
  if ((await RunningProcess.find(options.data)) !== undefined)
    throw new Refused('not-permitted', 'an up runs with this data folder; stop it first');
  await withMigratedDatabases(options, 'there', async (databases) => {
    const found = await databases.migrations();
    const unknown = names.find((name) => !found.some(({ migrations }) => hasRun(name, migrations)));
    if (unknown !== undefined)
      throw new Refused('not-found', `no database has run the migration ${unknown}`);
    for (const [index, { migrations }] of databases.all.entries()) {
      const states = found[index]?.migrations ?? [];
      const own = names.filter((name) => hasRun(name, states));
      if (own.length === 0) continue;
      if (isSure) await migrations?.undo(own);
      for (const name of own) print(lossOf(name, states, isSure));
    }
  });
  if (!isSure) print('nothing is undone; --yes undoes it, once every process has stopped');
  return isSure;
}

function lossOf(name: string, states: readonly MigrationState[], isDone: boolean): string {
  const { loses } = states.find((each) => each.name === name) ?? { loses: null };
  if (loses === null) return `${name} cannot be undone`;
  return isDone ? `${name} is undone; lost: ${loses}` : `${name} would lose: ${loses}`;
}

function hasRun(name: string, states: readonly MigrationState[]): boolean {
  return states.some((each) => each.name === name && each.ranAtMs !== null);
}

function pendingIn(found: readonly DatabaseMigrations[]): readonly MigrationState[] {
  return found.flatMap(({ migrations }) => migrations.filter(({ ranAtMs }) => ranAtMs === null));
}

function lineOf({ name, ranAtMs, known, loses }: MigrationState): string {
  const ran = ranAtMs === null ? 'to run' : new Date(ranAtMs).toISOString();
  const origin = known ? '' : '  of newer code';
  const way = loses === null && known ? '  no way back' : '';
  return `${ran.padEnd(24)}  ${name}${origin}${way}`;
}
