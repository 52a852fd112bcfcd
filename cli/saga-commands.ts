/**
 * The commands `sagas …` (also `saga …`) and their options.
 *
 * - late: the actors and the drivers are loaded only when one of the commands is called.
 */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { exitCodes, failsWhen } from './exit-codes.ts';
import type { ListOptions } from './saga-lists.ts';
import type { OverrideOptions } from './saga-overrides.ts';
import type { ShowOptions } from './saga-queries.ts';
import { withStorageOptions } from './storage-options.ts';

interface ServiceOverrideOptions extends OverrideOptions {
  readonly service: string;
}

interface RetireOptions extends ServiceOverrideOptions {
  readonly force?: boolean;
}

const sagaArgument = ['<id>', 'id of the saga'] as const;
const jsonOption = ['--json', 'print one line of JSON'] as const;

function queries() {
  return import('./saga-queries.ts');
}

function lists() {
  return import('./saga-lists.ts');
}

function overrides() {
  return import('./saga-overrides.ts');
}

async function list(
  { limit: text, ...options }: Omit<ListOptions, 'limit'> & { readonly limit: string },
  command: Command,
): Promise<void> {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    return command.error(`error: --limit is ${text}; allowed is a whole number from 1`, {
      exitCode: exitCodes.usage,
    });
  return (await lists()).listSagas({ ...options, limit });
}

function queryCommands(saga: Command): void {
  withStorageOptions(saga.command('list'))
    .description('list the sagas under way, the oldest first, with age and what each waits for')
    .option(
      '--held',
      'deletions that wait for the end of a hold: who says no, until when, next try',
    )
    .option('--limit <count>', 'number of sagas at most', '100')
    .option(...jsonOption)
    .action(list);
  const show = withStorageOptions(saga.command('show'))
    .description('print the record of a saga: votes, decisions, removals, and open questions')
    .argument(...sagaArgument)
    .option(...jsonOption)
    .action(async (id: string, options: ShowOptions) => (await queries()).showSaga(id, options));
  failsWhen(show, 'no journal knows the saga');
  saga
    .command('schema')
    .description('print the JSON Schema of the record of a saga')
    .action(async () => (await queries()).showSagaSchema());
}

function overrideCommand(saga: Command, name: string, description: string): Command {
  const command = withStorageOptions(saga.command(name))
    .description(description)
    .requiredOption('--why <reason>', 'the reason, for the record')
    .option('--by <name>', 'who overrides, for the record', userInfo().username);
  return failsWhen(command, 'no service has a part in the saga, or the service refused');
}

function overrideCommands(saga: Command): void {
  overrideCommand(saga, 'cancel', 'cancel a saga that is not decided yet')
    .argument(...sagaArgument)
    .option('--service <name>', 'withdraw only the part of this voter; default: the whole saga')
    .action(async (id: string, options: OverrideOptions) =>
      (await overrides()).overrideSaga('cancel', { saga: id }, options),
    );
  overrideCommand(saga, 'cancel-held', 'end the waiting of a deletion for the end of a hold')
    .argument('<node>', 'id of the node, as `sagas list --held` prints it')
    .option('--service <name>', 'owner of the node; default: found by the node')
    .action(async (id: string, options: OverrideOptions) => {
      const service = options.service ?? (await (await lists()).ownerOfHeld(id, options));
      await (await overrides()).overrideAt([service], 'cancelHeld', { id }, options);
    });
  overrideCommand(saga, 'skip', 'after the decision, stop waiting for a voter')
    .argument(...sagaArgument)
    .argument('<voter>', 'service that is not waited for any longer')
    .option(
      '--service <name>',
      'service that waits; default: every service that waits for the voter',
    )
    .action(async (id: string, voter: string, options: OverrideOptions) =>
      (await overrides()).overrideSaga('skip', { saga: id, voter }, options),
    );
  overrideCommand(
    saga,
    'retire',
    'remove a subscriber from every list of a service, and cancel the sagas that ask it',
  )
    .argument('<subscriber>', 'service that is removed from the lists')
    .requiredOption('--service <name>', 'service whose lists are changed')
    .option('--force', 'also while nodes of the subscriber are left behind')
    .action(async (subscriber: string, { force, ...options }: RetireOptions) => {
      const data = { service: subscriber, ...(force === true ? { force } : {}) };
      await (await overrides()).overrideAt([options.service], 'retire', data, options);
    });
  overrideCommand(saga, 'adopt', 'hand all nodes of a retired service to another service')
    .argument('<service>', 'service that does not come back')
    .argument('<successor>', 'service that keeps the nodes from now on')
    .action(async (service: string, successor: string, options: OverrideOptions) =>
      (await overrides()).overrideAt([successor], 'adopt', { service }, options),
    );
  overrideCommand(
    saga,
    'release',
    'release the promise of a service to a saga whose owner has lost its journal',
  )
    .argument(...sagaArgument)
    .requiredOption('--service <name>', 'service whose promise is released')
    .action(async (id: string, options: ServiceOverrideOptions) =>
      (await overrides()).overrideAt([options.service], 'release', { saga: id }, options),
    );
}

/** Adds the commands to the program. */
export function sagaCommands(program: Command): void {
  const saga = program
    .command('sagas')
    .alias('saga')
    .description('show deletions and updates that are under way or over, and override them');
  queryCommands(saga);
  overrideCommands(saga);
}
