/**
 * The commands `cards …`: requests to a running service of cards.
 *
 * - late: the way to the service is loaded only when one of the commands is called.
 */
import type { Command } from 'commander';
import { failsWhen } from './exit-codes.ts';
import { print } from './print.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

type UndeleteOptions = StorageOptions & { readonly owner: string; readonly service: string };

async function undelete(id: string, options: UndeleteOptions): Promise<void> {
  const { requestService } = await import('./service-requests.ts');
  const { owner, service } = options;
  const answer = await requestService(service, options, 'undelete', { id, owner });
  print(String(answer['id']));
}

/** Adds the commands to the program. */
export function cardCommands(program: Command): void {
  const cards = program.command('cards').description('undelete a card');
  const command = withStorageOptions(cards.command('undelete'))
    .description('undelete a card and print the id of the active card')
    .argument('<id>', 'id of the card')
    .requiredOption('--owner <name>', 'owner of the card')
    .option('--service <name>', 'svc_name of the service of cards', 'mcards')
    .action(undelete);
  failsWhen(command, 'the card is not active: its content or one of its files is gone');
}
