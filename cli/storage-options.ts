/**
 * The options with which a command finds services and databases: `--config`, `--module` and
 * `--data`.
 */
import type { Command } from 'commander';
import type { ServiceFiles } from './config-files.ts';

export interface StorageOptions extends ServiceFiles {
  readonly data: string;
}

export const configOption = [
  '--config <files...>',
  'exchange config files, or names of entities and services of the package; default: all of these',
] as const;
export const moduleOption = [
  '--module <file>',
  'module with services of your own, each with a config or <svc_name>.json beside it (repeatable)',
  (path: string, earlier: readonly string[] = []): readonly string[] => [...earlier, path],
] as const;
export const dataOption = [
  '--data <folder>',
  'folder of the embedded database, used by services without a database_url',
  '.unanimous',
] as const;

export function withStorageOptions(command: Command): Command {
  return command
    .option(...configOption)
    .option(...moduleOption)
    .option(...dataOption);
}
