/**
 * The commands `dead-letters …`: messages nobody handled.
 *
 * 1. Replaying marks letters in the journal; the process that runs their service handles them at its next beat.
 * 2. What does not exist is named and exits 1; the others are done all the same.
 */
import type { Command } from 'commander';
import type { DeadLetters } from '../runtime/duties/dead-letters.ts';
import type { DeadLetterSelection, StoredDeadLetter } from '../runtime/ports/dead-letter.ts';
import type { LoadConfigs } from './config-commands.ts';
import { type StoredOptions, storedOptions } from './stored-options.ts';

interface ListOptions extends StoredOptions {
  readonly service?: string;
  readonly json?: boolean;
  readonly limit: string;
}

interface SelectOptions extends StoredOptions {
  readonly service?: string;
  readonly all?: boolean;
}

const exitUsage = 2;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function atDesk<T>(
  load: LoadConfigs,
  { config = [], data }: StoredOptions,
  work: (desk: DeadLetters) => Promise<T>,
): Promise<T> {
  const { withStored } = await import('./stored-services.ts');
  return withStored(load(config), data, async ({ groups, deadLetters }) => {
    for (const { database } of groups) await database.journal.open();
    return work(deadLetters);
  });
}

/** Milliseconds since the epoch as a person reads them. */
function moment(atMs: number): string {
  return new Date(atMs).toISOString();
}

function lineOf({
  id,
  service,
  kind,
  reason,
  firstAtMs,
  lastAtMs,
  count,
  replayRequested,
  properties,
}: StoredDeadLetter): string {
  const what = kind === 'message' ? (properties.type ?? kind) : kind;
  const times =
    count === 1 ? moment(lastAtMs) : `${count} times, ${moment(firstAtMs)} to ${moment(lastAtMs)}`;
  return `${id}  ${service}  ${what}  ${times}${replayRequested ? '  to be replayed' : ''}\n    ${reason}`;
}

/** The body as text where it is text. */
function readable(letter: StoredDeadLetter): object {
  const { body, ...rest } = letter;
  const bytes = Buffer.from(body, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes)
    ? { ...rest, body: text }
    : { ...rest, bodyBase64: body };
}

async function list(load: LoadConfigs, options: ListOptions, command: Command): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1)
    command.error(`error: --limit is ${options.limit}; allowed is a whole number from 1`, {
      exitCode: exitUsage,
    });
  const { service } = options;
  const letters = await atDesk(load, options, (desk) =>
    desk.list(service === undefined ? { limit } : { service, limit }),
  );
  if (options.json === true) print(JSON.stringify(letters.map(readable)));
  else for (const letter of letters) print(lineOf(letter));
  if (letters.length === 0 && options.json !== true) print('no dead letters');
}

async function show(load: LoadConfigs, id: string, options: StoredOptions): Promise<void> {
  const letter = await atDesk(load, options, (desk) => desk.show(id));
  if (letter !== undefined) return print(JSON.stringify(readable(letter), null, 2));
  missing([id]);
}

function missing(ids: readonly string[]): void {
  for (const id of ids) process.stderr.write(`there is no dead letter ${id}\n`);
  if (ids.length > 0) process.exitCode = 1;
}

async function absent(desk: DeadLetters, ids: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(ids.map((id) => desk.show(id)));
  return ids.filter((_, index) => found[index] === undefined);
}

function selectionOf(
  ids: readonly string[],
  { all = false, service }: SelectOptions,
  command: Command,
): DeadLetterSelection {
  if (ids.length > 0 && !all) return { ids };
  if (ids.length === 0 && all && service !== undefined) return { service };
  return command.error(
    'error: name letters by their ids, or all of a service with --all --service <name>',
    { exitCode: exitUsage },
  );
}

type Work = (desk: DeadLetters, selection: DeadLetterSelection) => Promise<number>;

async function change(
  load: LoadConfigs,
  ids: readonly string[],
  options: SelectOptions,
  command: Command,
  done: string,
  work: Work,
): Promise<void> {
  const selection = selectionOf(ids, options, command);
  const [count, unknown] = await atDesk(load, options, async (desk) => {
    const gone = await absent(desk, ids);
    return [await work(desk, selection), gone] as const;
  });
  print(`${count} ${done}`);
  missing(unknown);
}

function changing(
  parent: Command,
  name: string,
  load: LoadConfigs,
  description: string,
  done: string,
  work: Work,
): void {
  storedOptions(parent.command(name))
    .description(description)
    .argument('[ids...]', 'ids of letters')
    .option('--all', 'all of one service')
    .option('--service <name>', 'with --all: the service')
    .action((ids: string[], options: SelectOptions, command: Command) =>
      change(load, ids, options, command, done, work),
    );
}

/** Adds them to the program. `load` throws `ConfigError`. */
export function deadLetterCommands(program: Command, load: LoadConfigs): void {
  const letters = program
    .command('dead-letters')
    .description('messages nobody handled: list, show, replay, drop');
  storedOptions(letters.command('list'))
    .description('list them, newest first')
    .option('--service <name>', 'of this service')
    .option('--limit <count>', 'at most so many', '100')
    .option('--json', 'print a JSON array')
    .action((options: ListOptions, command: Command) => list(load, options, command));
  storedOptions(letters.command('show'))
    .description('show one with its reason, stack, properties and body')
    .argument('<id>', 'id of a letter')
    .action((id: string, options: StoredOptions) => show(load, id, options));
  const replayed = 'to be handled again by who runs the service';
  changing(
    letters,
    'replay',
    load,
    'have letters handled again, by their own service',
    replayed,
    (desk, selection) => desk.replay(selection),
  );
  changing(letters, 'drop', load, 'forget letters', 'dropped', (desk, selection) =>
    desk.drop(selection),
  );
}
