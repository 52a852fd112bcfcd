/**
 * The commands `files …`: the files of cards beside the rows and the receipts.
 *
 * - late: the way to the services is loaded only when one of the commands is called.
 */
import type { Command } from 'commander';
import { exitCodes, failsWhen } from './exit-codes.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

type Given = StorageOptions & {
  readonly olderThan: string;
  readonly apply?: boolean;
  readonly json?: boolean;
};

async function reconciled(
  { olderThan, apply = false, json = false, ...options }: Given,
  command: Command,
): Promise<void> {
  const agedMs = Number(olderThan) * 1_000;
  if (!(agedMs >= 0 && agedMs <= Number.MAX_SAFE_INTEGER))
    return command.error(`error: --older-than is ${olderThan}; allowed is a number of seconds`, {
      exitCode: exitCodes.usage,
    });
  const { reconcileFiles } = await import('./file-reconciliation.ts');
  return reconcileFiles({ agedMs, apply, json }, options);
}

/** Adds the commands to the program. */
export function fileCommands(program: Command): void {
  const files = program.command('files').description('compare files with rows and receipts');
  const command = withStorageOptions(files.command('reconcile'))
    .description(
      'list rows without files, files without rows, and receipts without either; local files and S3',
    )
    .option('--older-than <seconds>', 'list only files without rows that are older', '3600')
    .option('--apply', 'remove the files without rows, and end the receipts without either')
    .option('--json', 'print one line of JSON')
    .action(reconciled);
  failsWhen(command, 'a difference is left');
}
