/**
 * The command `up`: all services in this process, with the embedded database and the memory
 * transport unless configured.
 */
import type { Command } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { httpSettingsOrDefault } from '../edge/http/settings.ts';
import { embeddedDatabaseUrl } from '../runtime/postgres/database-url.ts';
import { allConfigs, loadServices } from './config-files.ts';
import { type InspectorFlags, wantedInspector, withInspectorOptions } from './inspector-options.ts';
import { strictOption } from './start-command.ts';
import { configOption, dataOption, moduleOption, type StorageOptions } from './storage-options.ts';
import { lostRequests } from './topology-gaps.ts';

interface UpOptions extends StorageOptions, InspectorFlags {
  readonly strict: boolean;
  readonly http: boolean;
}

async function up({ data, strict, http, ...rest }: UpOptions): Promise<void> {
  const services = await loadServices(rest);
  const lost = lostRequests(allConfigs(services));
  if (lost.length > 0) throw new ConfigError(lost);
  const settings = http ? httpSettingsOrDefault(allConfigs(services)) : undefined;
  const { serve } = await import('./serve.ts');
  await serve(services, {
    databaseUrl: embeddedDatabaseUrl(data),
    dataFolder: data,
    strict,
    http: settings,
    inspector: wantedInspector(allConfigs(services), rest),
  });
}

/** Adds the command to the program. */
export function upCommand(program: Command): void {
  const command = program
    .command('up')
    .description('run all services in this process until SIGINT or SIGTERM')
    .showHelpAfterError(
      '(configs are named with --config, modules with --module; all options: unanimous up --help)',
    )
    .option(...dataOption)
    .option(...configOption)
    .option(...moduleOption)
    .option(...strictOption)
    .option('--no-http', 'do not serve HTTP; default: on a port of the loopback address');
  withInspectorOptions(command).action(up);
}
