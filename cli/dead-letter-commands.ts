/**
 * The commands `dead-letters …`: messages that no machine handled.
 *
 * - later: `replay` only marks dead letters in the journal. A process that runs their service
 *   handles them within about a second.
 * - partial: an id without a dead letter is named and leads to exit code 1; the other dead letters
 *   are replayed or dropped all the same.
 * - redacted: reasons, stacks and headers are printed without secrets, and a body only with
 *   `--body`.
 */
import type { Command } from 'commander';
import type { DeadLetterSelection } from '../runtime/ports/dead-letter.ts';
import type { EditOptions } from './dead-letter-edit.ts';
import { linesOf, readable } from './dead-letter-text.ts';
import { exitCodes, failsWhen } from './exit-codes.ts';
import { print, printError } from './print.ts';
import { type DeadLetterWork, RunningProcess } from './running-process.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface ListOptions extends StorageOptions {
  readonly service?: string;
  readonly json?: boolean;
  readonly body?: boolean;
  readonly limit: string;
}

interface ShowOptions extends StorageOptions {
  readonly body?: boolean;
}

interface SelectOptions extends StorageOptions {
  readonly service?: string;
  readonly all?: boolean;
}

/** A command that changes the selected dead letters. */
interface Change {
  readonly name: string;
  readonly description: string;
  /** Printed after the number of dead letters. */
  readonly done: string;
  readonly apply: (deadLetters: DeadLetterWork, selection: DeadLetterSelection) => Promise<number>;
}

const changes: readonly Change[] = [
  {
    name: 'replay',
    description: 'let the service of each dead letter handle it again',
    done: 'marked: the process that runs the service handles them again',
    apply: (deadLetters, selection) => deadLetters.replay(selection),
  },
  {
    name: 'drop',
    description: 'delete dead letters',
    done: 'dropped',
    apply: (deadLetters, selection) => deadLetters.drop(selection),
  },
];

const idArgument = 'id of a dead letter, as `dead-letters list` prints it';

const bodyOption = [
  '--body',
  'with the body as it came, which may hold secrets; default: only its length',
] as const;

/** Adds the commands to the program. */
export function deadLetterCommands(program: Command): void {
  const parent = program
    .command('dead-letters')
    .description('list, show, edit, replay and drop messages that no machine handled');
  withStorageOptions(parent.command('list'))
    .description('list dead letters, newest first')
    .option('--service <name>', 'only the dead letters of this service')
    .option('--limit <count>', 'number of dead letters at most', '100')
    .option('--json', 'print a JSON array')
    .option(...bodyOption)
    .action(list);
  const showCommand = withStorageOptions(parent.command('show'))
    .description('print a dead letter as JSON, with its reason, stack and properties')
    .argument('<id>', idArgument)
    .option(...bodyOption)
    .action(show);
  failsWhen(showCommand, 'the dead letter does not exist');
  addEdit(parent);
  for (const change of changes) addChange(parent, change);
}

function addEdit(parent: Command): void {
  const edit = withStorageOptions(parent.command('edit'))
    .description(
      'copy a dead letter with another body or other headers; without options, in $EDITOR',
    )
    .argument('<id>', idArgument)
    .option('--body <file>', 'file with the whole body; - reads standard input')
    .option('--headers <file>', 'file with all headers, a JSON object; - reads standard input')
    .option(
      '--set <pointer=json>',
      'change one value of {"headers": …, "body": …} (repeatable)',
      (set: string, earlier: readonly string[] = []): readonly string[] => [...earlier, set],
    )
    .option('--replay', 'also let the service handle the copy')
    .action(async (id: string, options: EditOptions, self: Command) => {
      const { editDeadLetter } = await import('./dead-letter-edit.ts');
      await withDeadLetters(options, async (deadLetters) => {
        const found = await deadLetters.show(id);
        if (found === undefined) reportUnknown([id]);
        else await editDeadLetter(found, options, deadLetters, self);
      });
    });
  failsWhen(edit, 'the dead letter does not exist, or nobody can edit it');
}

function addChange(parent: Command, change: Change): void {
  const command = withStorageOptions(parent.command(change.name))
    .description(change.description)
    .argument('[ids...]', idArgument)
    .option('--all', 'all dead letters of one service (needs --service)')
    .option('--service <name>', 'the service for --all')
    .action((ids: string[], options: SelectOptions, self: Command) =>
      applyChange(change, ids, options, self),
    );
  failsWhen(command, 'one of the dead letters does not exist');
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1)
    command.error(`error: --limit is ${options.limit}; allowed is a whole number from 1`, {
      exitCode: exitCodes.usage,
    });
  const { service } = options;
  const found = await withDeadLetters(options, (deadLetters) =>
    deadLetters.list(service === undefined ? { limit } : { service, limit }),
  );
  if (options.json === true)
    return print(JSON.stringify(found.map((each) => readable(each, options.body))));
  if (found.length === 0) print('no dead letters');
  for (const deadLetter of found) print(linesOf(deadLetter));
}

async function show(id: string, options: ShowOptions): Promise<void> {
  const found = await withDeadLetters(options, (deadLetters) => deadLetters.show(id));
  if (found === undefined) reportUnknown([id]);
  else print(JSON.stringify(readable(found, options.body), null, 2));
}

async function applyChange(
  { apply, done }: Change,
  ids: readonly string[],
  options: SelectOptions,
  command: Command,
): Promise<void> {
  const selection = selectionOf(ids, options, command);
  const { count, unknown } = await withDeadLetters(options, async (deadLetters) => {
    const known = await Promise.all(ids.map((id) => deadLetters.show(id)));
    return {
      count: await apply(deadLetters, selection),
      unknown: ids.filter((_, index) => known[index] === undefined),
    };
  });
  print(`${count} ${done}`);
  reportUnknown(unknown);
}

function selectionOf(
  ids: readonly string[],
  { all = false, service }: SelectOptions,
  command: Command,
): DeadLetterSelection {
  if (ids.length > 0 && !all) return { ids };
  if (ids.length === 0 && all && service !== undefined) return { service };
  return command.error(
    'error: name dead letters by their ids, or all of a service with --all --service <name>',
    { exitCode: exitCodes.usage },
  );
}

/** The dead letters of a running `up` with the data folder, else of the databases. */
async function withDeadLetters<Result>(
  options: StorageOptions,
  work: (deadLetters: DeadLetterWork) => Promise<Result>,
): Promise<Result> {
  const running = await RunningProcess.find(options.data);
  if (running !== undefined) return work(running.deadLetters);
  const { withStoredDeadLetters } = await import('./stored-services.ts');
  return withStoredDeadLetters(options, work);
}

function reportUnknown(ids: readonly string[]): void {
  for (const id of ids) printError(`there is no dead letter ${id}`);
  if (ids.length > 0) process.exitCode = exitCodes.failed;
}
