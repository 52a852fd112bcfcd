/** The options by which a command finds services and their databases: `--config` and `--data`. */
import type { Command } from 'commander';

export interface StorageOptions {
  readonly config?: readonly string[];
  readonly data: string;
}

export const configOption = [
  '--config <files...>',
  'exchange config files; default: the services of the package',
] as const;
export const dataOption = [
  '--data <folder>',
  'folder of the embedded database, used by services without a database_url',
  '.unanimous',
] as const;

export function withStorageOptions(command: Command): Command {
  return command.option(...configOption).option(...dataOption);
}
