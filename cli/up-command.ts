/**
 * The command `up`: all services in this process, with the embedded database and the memory
 * transport unless configured.
 */
import type { Command } from 'commander';
import { embeddedDatabaseUrl } from '../runtime/postgres/database-url.ts';
import { loadConfigs } from './config-files.ts';
import { strictOption } from './start-command.ts';
import { configOption, dataOption, type StorageOptions } from './storage-options.ts';

interface UpOptions extends StorageOptions {
  readonly strict: boolean;
}

async function up({ data, config, strict }: UpOptions): Promise<void> {
  const configs = loadConfigs(config);
  const { serve } = await import('./serve.ts');
  await serve(configs, { databaseUrl: embeddedDatabaseUrl(data), dataFolder: data, strict });
}

/** Adds the command to the program. */
export function upCommand(program: Command): void {
  program
    .command('up')
    .description('run all services in this process until SIGINT or SIGTERM')
    .option(...dataOption)
    .option(...configOption)
    .option(...strictOption)
    .action(up);
}
