/**
 * The commands `migrate …`: the tables of every journal and store of the configs.
 *
 * - late: the drivers are loaded only when one of the commands is called.
 */
import type { Command } from 'commander';
import { exitCodes, failsWhen } from './exit-codes.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface StatusOptions extends StorageOptions {
  readonly json?: boolean;
}

interface DownOptions extends StorageOptions {
  readonly yes?: boolean;
}

function work() {
  return import('./migrations.ts');
}

/** Adds the commands to the program. */
export function migrateCommands(program: Command): void {
  const migrate = program
    .command('migrate')
    .description('make, list and undo the tables of the journals and stores');
  withStorageOptions(migrate.command('up'))
    .description(
      'run the migrations that have not run; processes that do so at once wait for each other',
    )
    .action(async (options: StorageOptions) => (await work()).migrateUp(options));
  withStorageOptions(migrate.command('status'))
    .description('list each migration of every database, with the time at which it ran')
    .option('--json', 'print one line of JSON')
    .action(async (options: StatusOptions) => (await work()).migrationStatus(options));
  const down = withStorageOptions(migrate.command('down'))
    .description(
      'undo migrations, the newest of their journal or store; without --yes, tell what is lost',
    )
    .argument('<migrations...>', '<owner>/<migration>, as `migrate status` prints it')
    .option('--yes', 'undo them')
    .action(async (names: readonly string[], { yes = false, ...options }: DownOptions) => {
      const isDone = await (await work()).migrateDown(names, yes, options);
      if (!isDone) process.exitCode = exitCodes.failed;
    });
  failsWhen(down, '--yes is missing, or a migration cannot be undone');
}
