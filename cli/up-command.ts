/**
 * The command `up`: all services in this process, with the embedded database and the memory
 * transport unless configured.
 */
import type { Command } from 'commander';
import { embeddedDatabaseUrl } from '../runtime/postgres/database-url.ts';
import { loadServices } from './config-files.ts';
import { strictOption } from './start-command.ts';
import { configOption, dataOption, moduleOption, type StorageOptions } from './storage-options.ts';

interface UpOptions extends StorageOptions {
  readonly strict: boolean;
}

async function up({ data, strict, ...files }: UpOptions): Promise<void> {
  const services = await loadServices(files);
  const { serve } = await import('./serve.ts');
  await serve(services, { databaseUrl: embeddedDatabaseUrl(data), dataFolder: data, strict });
}

/** Adds the command to the program. */
export function upCommand(program: Command): void {
  program
    .command('up')
    .description('run all services in this process until SIGINT or SIGTERM')
    .option(...dataOption)
    .option(...configOption)
    .option(...moduleOption)
    .option(...strictOption)
    .action(up);
}
