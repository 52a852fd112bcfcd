/**
 * The folder of an embedded database in which all migrations of the package have run, made once for all files of a test run.
 *
 * Job: give a new data folder a copy of that database. An `up` over the copy needs half the processor time of a first start.
 * Boundary: without the runner of tests, which names the folder of the run, nothing is copied, and `up` makes its own database.
 *
 * - The command `migrate up` makes the database. A migrated database is the same for each choice of services: `up` finds nothing left
 *   to run, or runs the migrations of a module's own stores.
 * - One process makes the database. Others that come meanwhile do not wait; their `up` is a first start.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Does nothing when `data` is there. `command`: the arguments with which Node runs `unanimous`; `env`: its whole environment. */
export function copyMigrated(
  data: string,
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): void {
  const run = process.env['TEST_RUN_FOLDER'];
  if (run === undefined || existsSync(data)) return;
  const migrated = join(run, 'migrated');
  const unfinished = join(run, 'unfinished');
  if (!existsSync(migrated) && isFirst(unfinished)) {
    const made = join(unfinished, 'data');
    const args = [...command, 'migrate', 'up', '--data', made];
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`migrate up ended with ${status}: ${stderr}`);
    renameSync(made, migrated);
  }
  if (existsSync(migrated)) cpSync(migrated, data, { recursive: true });
}

/** True for the one process that makes this folder. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
