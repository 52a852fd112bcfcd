/**
 * The command `subscribers`: who is asked before a node goes, and which engagements and promises
 * stand.
 *
 * - late: the actors and the drivers are loaded only when the command is called.
 */
import type { Command } from 'commander';
import { failsWhen } from './exit-codes.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface SubscribersOptions extends StorageOptions {
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function subscribersCommand(program: Command): void {
  const command = withStorageOptions(program.command('subscribers'))
    .description(
      'list the subscribers of a node, and the engagements and promises that stand, of every database',
    )
    .argument('<node>', 'id of the node')
    .option('--json', 'print one line of JSON')
    .action(async (node: string, options: SubscribersOptions) =>
      (await import('./subscriber-list.ts')).listSubscribers(node, options),
    );
  failsWhen(command, 'no service owns the node, and nobody is subscribed to it');
}
