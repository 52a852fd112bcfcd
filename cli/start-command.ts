/**
 * The command `start`: some services in this process, over a broker and a database.
 *
 * - Processes find each other only over servers, so `amqp_url` and `database_url` must be
 *   configured.
 * - The actors and the drivers are loaded only after the configs are accepted.
 */
import type { Command } from 'commander';
import { isInProcess } from '../composition/transport-schemes.ts';
import { ConfigError, type ConfigIssue } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { httpSettingsOf } from '../edge/http/settings.ts';
import {
  allConfigs,
  type CommandServices,
  loadServices,
  type ServiceFiles,
  servicesNamed,
} from './config-files.ts';
import { exitCodes } from './exit-codes.ts';
import { type InspectorFlags, wantedInspector, withInspectorOptions } from './inspector-options.ts';
import { configOption, moduleOption } from './storage-options.ts';

export const strictOption = [
  '--strict',
  'refuse a database server that may lose what it has committed, and services without trust on a broker that other machines reach; default: print a warning',
  false,
] as const;

interface StartOptions extends ServiceFiles, InspectorFlags {
  readonly strict: boolean;
}

/**
 * Names choose from the services of the `--config` files and of the modules; without `--config`,
 * from the services of the package and of the modules.
 */
async function start(
  names: readonly string[],
  { strict, ...files }: StartOptions,
  command: Command,
): Promise<void> {
  const { config = [], module = [] } = files;
  if (names.length + config.length + module.length === 0)
    command.error('error: name at least one service or --config file, or a --module', {
      exitCode: exitCodes.usage,
    });
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined)
    command.error(`error: the service '${repeated}' is named twice`, {
      exitCode: exitCodes.usage,
    });
  const services = await chosenServices(names, files);
  const missing = allConfigs(services).flatMap(missingServers);
  if (missing.length > 0) throw new ConfigError(missing);
  const { serve } = await import('./serve.ts');
  const configs = allConfigs(services);
  const inspector = wantedInspector(configs, files);
  await serve(services, { strict, http: httpSettingsOf(configs), inspector });
}

async function chosenServices(
  names: readonly string[],
  files: ServiceFiles,
): Promise<CommandServices> {
  const services = await loadServices(files);
  if (names.length > 0) return servicesNamed(names, services);
  if (files.config !== undefined) return services;
  return servicesNamed(
    services.given.services.map(({ service }) => service.name),
    services,
  );
}

function missingServers({ file, brokerUrls, databaseUrl }: ExchangeConfig): readonly ConfigIssue[] {
  const servers = [
    { name: 'broker', key: 'amqp_url', isThere: !isInProcess(brokerUrls) },
    { name: 'database', key: 'database_url', isThere: databaseUrl !== undefined },
  ];
  const missing = servers.filter(({ isThere }) => !isThere);
  return missing.map(({ name, key }) => ({
    file,
    pointer: `/${key}`,
    found: 'nothing',
    allowed: `the ${name}, in the environment as ${key}: services in separate processes need one`,
  }));
}

/** Adds the command to the program. */
export function startCommand(program: Command): void {
  const command = program
    .command('start')
    .description(
      'run the named services in this process; the environment must give amqp_url and database_url',
    )
    .argument('[services...]', 'names of services; default: those of --config and --module')
    .option(...configOption)
    .option(...moduleOption)
    .option(...strictOption);
  withInspectorOptions(command).action(start);
}
