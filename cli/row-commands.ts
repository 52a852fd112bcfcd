/**
 * The commands `actors …`, `timers list`, `outbox list` and `machines list`: what is stored of the
 * services, read through a running `up` or from the databases.
 *
 * - late: the actors and the drivers are loaded only when one of the commands is called.
 */
import type { Command } from 'commander';
import { exitCodes, failsWhen } from './exit-codes.ts';
import type { RowOptions } from './row-queries.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

type Given = Omit<RowOptions, 'limit'> & { readonly limit: string };

const jsonOption = ['--json', 'print one line of JSON'] as const;

function queries() {
  return import('./row-queries.ts');
}

function withLimit({ limit: text, ...options }: Given, command: Command): RowOptions {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1) return { ...options, limit };
  return command.error(`error: --limit is ${text}; allowed is a whole number from 1`, {
    exitCode: exitCodes.usage,
  });
}

function listCommand(
  parent: Command,
  description: string,
  run: (options: RowOptions) => Promise<void>,
): void {
  withStorageOptions(parent.command('list'))
    .description(description)
    .option('--service <name>', 'only the rows of this service')
    .option('--limit <count>', 'number of rows at most', '100')
    .option(...jsonOption)
    .action((options: Given, command: Command) => run(withLimit(options, command)));
}

/** Adds the commands to the program; `machines` has the command `machines check` already. */
export function rowCommands(program: Command, machines: Command): void {
  const actors = program
    .command('actors')
    .description('list actors that have not ended, and show one with its state');
  listCommand(
    actors,
    'list actors that have not ended, with the states of their machines',
    (options) => queries().then(({ listActors }) => listActors(options)),
  );
  const show = withStorageOptions(actors.command('show'))
    .description('print the state, the context, the timers and the activities of an actor')
    .argument('<address>', '<service>/<machine>/<key>, as `actors list` prints it')
    .option(...jsonOption)
    .action(async (address: string, options: StorageOptions & { readonly json?: boolean }) =>
      (await queries()).showActor(address, options),
    );
  failsWhen(show, 'no journal has the actor');
  const timers = program.command('timers').description('list timers that are not due yet');
  listCommand(timers, 'list timers with their actors and when they are due', (options) =>
    queries().then(({ listTimers }) => listTimers(options)),
  );
  const outbox = program.command('outbox').description('list messages that wait to be published');
  listCommand(outbox, 'list messages that wait to be published, the oldest first', (options) =>
    queries().then(({ listOutbox }) => listOutbox(options)),
  );
  withStorageOptions(machines.command('list'))
    .description('list the machines of the code, with the number of their actors by stored version')
    .option(...jsonOption)
    .action(async (options: StorageOptions & { readonly json?: boolean }) =>
      (await queries()).listMachines(options),
    );
}
