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
import { loadConfigs, packageConfigs } from './config-files.ts';
import { exitCodes } from './exit-codes.ts';
import { configOption } from './storage-options.ts';

export const strictOption = [
  '--strict',
  'refuse a database server that may lose what it has committed; default: print a warning',
  false,
] as const;

interface StartOptions {
  readonly config?: readonly string[];
  readonly strict: boolean;
}

async function start(
  services: readonly string[],
  { config = [], strict }: StartOptions,
  command: Command,
): Promise<void> {
  if (services.length + config.length === 0)
    command.error('error: name at least one service or --config file', {
      exitCode: exitCodes.usage,
    });
  const configs = [
    ...packageConfigs(services),
    ...(config.length === 0 ? [] : loadConfigs(config)),
  ];
  const missing = configs.flatMap(missingServers);
  if (missing.length > 0) throw new ConfigError(missing);
  const { serve } = await import('./serve.ts');
  await serve(configs, { strict });
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
  program
    .command('start')
    .description(
      'run the named services in this process; the environment must give amqp_url and database_url',
    )
    .argument('[services...]', 'names of services of the package')
    .option(...configOption)
    .option(...strictOption)
    .action(start);
}
