/**
 * The command `why`: what a saga, a node, a card or an actor waits for.
 *
 * - late: the actors and the drivers are loaded only when the command is called.
 */
import type { Command } from 'commander';
import { failsWhen } from './exit-codes.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface WhyOptions extends StorageOptions {
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function whyCommand(program: Command): void {
  const command = withStorageOptions(program.command('why'))
    .description(
      'tell what a saga, a node, a card or an actor waits for: since when, until when, and for whom',
    )
    .argument(
      '<id>',
      'id of a saga, of a request, of a node or of a card; key of an actor; <service>/<machine>/<key>',
    )
    .option('--json', 'print one line of JSON')
    .action(async (id: string, options: WhyOptions) =>
      (await import('./why-queries.ts')).printWhy(id, options),
    );
  failsWhen(command, 'nothing has the id');
}
