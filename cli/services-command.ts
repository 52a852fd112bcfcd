/**
 * The command `services`: which processes live, which services they run, and how far they are
 * behind.
 *
 * - late: the actors and the drivers are loaded only when the command is called.
 */
import type { Command } from 'commander';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface ServicesOptions extends StorageOptions {
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function servicesCommand(program: Command): void {
  withStorageOptions(program.command('services'))
    .description(
      'list the living processes: their services, versions of machines, heartbeat and waiting messages',
    )
    .option('--json', 'print one line of JSON')
    .action(async (options: ServicesOptions) =>
      (await import('./living-processes.ts')).listServices(options),
    );
}
