/**
 * The commands `cards …`: requests to a running service of cards.
 *
 * - late: the way to the service is loaded only when one of the commands is called.
 */
import type { Command } from 'commander';
import type { BurnOptions } from './card-burn.ts';
import { exitCodes, failsWhen } from './exit-codes.ts';
import { print } from './print.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

type UndeleteOptions = StorageOptions & { readonly owner: string; readonly service: string };

async function undelete(id: string, options: UndeleteOptions): Promise<void> {
  const { requestService } = await import('./service-requests.ts');
  const { owner, service } = options;
  const answer = await requestService(service, options, 'undelete', { id, owner });
  print(String(answer['id']));
}

type GivenBurn = Omit<BurnOptions, 'atOnce'> & { readonly atOnce: string };

async function burn({ atOnce: text, ...options }: GivenBurn, command: Command): Promise<void> {
  const atOnce = Number(text);
  if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > 1_000)
    return command.error(`error: --at-once is ${text}; allowed is a whole number from 1 to 1000`, {
      exitCode: exitCodes.usage,
    });
  const { burnCards } = await import('./card-burn.ts');
  return burnCards({ ...options, atOnce });
}

/** Adds the commands to the program. */
export function cardCommands(program: Command): void {
  const cards = program.command('cards').description('delete many cards, undelete a card');
  const command = withStorageOptions(cards.command('undelete'))
    .description('undelete a card and print the id of the active card')
    .argument('<id>', 'id of the card')
    .requiredOption('--owner <name>', 'owner of the card')
    .option('--service <name>', 'svc_name of the service of cards', 'mcards')
    .action(undelete);
  failsWhen(command, 'the card is not active: its content or one of its files is gone');
  const burning = withStorageOptions(cards.command('burn'))
    .description('delete the cards of a list; a run that was stopped is gone on with')
    .requiredOption('--file <file>', 'list of cards, one JSON text a line: an id, or id and owner')
    .option('--record <file>', 'file for the end of each card; default: the list, with .ends')
    .option('--owner <name>', 'owner of the cards whose lines name none')
    .option('--service <name>', 'svc_name of the service of cards', 'mcards')
    .option('--at-once <count>', 'number of deletions at the same time', '200')
    .option('--json', 'print the report as one line of JSON')
    .action(burn);
  failsWhen(burning, 'a card is not deleted; another run tries it again');
}
