/**
 * The commands `deletions export` and `deletions replay`: finished deletions, carried to a database
 * that was restored from an earlier backup.
 *
 * - late: the actors and the drivers are loaded only when one of the commands is called.
 */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { parseIsoTime } from '../config/iso-time.ts';
import type { ReplayOptions } from './deletion-replay.ts';
import { exitCodes, failsWhen } from './exit-codes.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface ExportOptions extends StorageOptions {
  readonly since: string;
  readonly out?: string;
}

type GivenReplay = Omit<ReplayOptions, 'timeoutMs'> & { readonly timeout: string };

async function exported(options: ExportOptions, command: Command): Promise<void> {
  const sinceMs = parseIsoTime(options.since);
  if (sinceMs === undefined)
    return command.error(
      `error: --since is ${options.since}; allowed is a date or a time of ISO 8601`,
      { exitCode: exitCodes.usage },
    );
  const { exportDeletions } = await import('./deletion-export.ts');
  return exportDeletions(sinceMs, options);
}

async function replayed({ timeout, ...options }: GivenReplay, command: Command): Promise<void> {
  const timeoutMs = Number(timeout) * 1_000;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1_000)
    return command.error(`error: --timeout is ${timeout}; allowed are seconds, from 1`, {
      exitCode: exitCodes.usage,
    });
  const { replayDeletions } = await import('./deletion-replay.ts');
  return replayDeletions({ ...options, timeoutMs });
}

/** Adds the commands to the program. */
export function deletionCommands(program: Command): void {
  const parent = program
    .command('deletions')
    .description('carry finished deletions to a database restored from an earlier backup');
  withStorageOptions(parent.command('export'))
    .description(
      'write the deletions that have finished, one JSON text a line: ids, services, times',
    )
    .requiredOption('--since <time>', 'the first removal to write, a date or a time of ISO 8601')
    .option('--out <file>', 'file to write; default: standard output')
    .action(exported);
  const replay = withStorageOptions(parent.command('replay'))
    .description('delete again what a file of `deletions export` names, without asking anybody')
    .requiredOption('--file <file>', 'file of `deletions export`; - reads standard input')
    .requiredOption('--why <reason>', 'the reason, for the record')
    .option('--by <name>', 'who replays, for the record', userInfo().username)
    .option('--without <services...>', 'services that do not come back: neither told nor asked')
    .option('--force', 'also while nodes that are not in the file stand below nodes of the file')
    .option('--timeout <seconds>', 'time for each service and saga', '60')
    .option('--json', 'print the report as one line of JSON')
    .action(replayed);
  failsWhen(replay, 'a deletion was refused, or has not finished in time; run the command again');
}
