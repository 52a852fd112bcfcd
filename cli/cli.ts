#!/usr/bin/env node
/**
 * The command `unanimous`.
 *
 * Exit codes: 0 done · 1 failed · 2 wrong usage · 78 wrong configuration (EX_CONFIG of sysexits.h).
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { sections } from '../actors/sections.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { configPaths, loadExchangeConfigs, serviceConfigPaths } from '../config/load.ts';
import { redactText } from '../config/redact.ts';
import { UnanimousError } from '../runtime/ports/errors.ts';
import { configCommands } from './config-commands.ts';
import { deadLetterCommands } from './dead-letter-commands.ts';
import { machineCommands } from './machine-commands.ts';
import { planCommand } from './plan-command.ts';
import { sagaCommands } from './saga-commands.ts';
import type { ServeOptions } from './serve.ts';

const exitUsage = 2;
const exitConfig = 78;

function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(
        readFileSync(new URL(place, import.meta.url), 'utf8'),
      ) as { name: string; version: string };
      if (name === 'unanimous') return version;
    } catch {
      // The sources stand beside package.json, the built files one folder below it.
    }
  }
  return 'unknown';
}

function load(files: readonly string[]): readonly ExchangeConfig[] {
  return loadExchangeConfigs(configPaths(files, process.env), { env: process.env, sections });
}

function named(services: readonly string[]): readonly ExchangeConfig[] {
  const configs = loadExchangeConfigs(serviceConfigPaths(), { env: process.env, sections });
  return services.map((service) => {
    const found = configs.find(({ svcName }) => svcName === service);
    if (found !== undefined) return found;
    const allowed = configs.map(({ svcName }) => svcName).join(', ');
    throw new ConfigError([
      { file: 'config/services', pointer: '/svc_name', found: service, allowed },
    ]);
  });
}

function checkComplete(configs: readonly ExchangeConfig[]): void {
  const missing = configs.flatMap(({ file, amqpUrls, databaseUrl }) => [
    ...(amqpUrls === undefined
      ? [
          {
            file,
            pointer: '/amqp_url',
            found: 'nothing',
            allowed: 'the broker, in the environment as amqp_url: separate processes need one',
          },
        ]
      : []),
    ...(databaseUrl === undefined
      ? [
          {
            file,
            pointer: '/database_url',
            found: 'nothing',
            allowed:
              'the database, in the environment as database_url: separate processes need one',
          },
        ]
      : []),
  ]);
  if (missing.length > 0) throw new ConfigError(missing);
}

/** Loaded only here: who looks at a config need not wait for the actors and the drivers. */
async function run(configs: readonly ExchangeConfig[], options: ServeOptions): Promise<void> {
  const { serve } = await import('./serve.ts');
  await serve(configs, options);
}

function serviceCommands(program: Command): void {
  program
    .command('up')
    .description('run all services in this process until it is stopped (SIGINT, SIGTERM)')
    .option('--data <folder>', 'keep the embedded database in this folder', '.unanimous')
    .option('--config <files...>', 'exchange config files instead of those of the package')
    .option('--strict', 'refuse a database server that may lose what it has committed', false)
    .action(({ data, config = [], strict }: { data: string; config?: string[]; strict: boolean }) =>
      run(load(config), { databaseUrl: `pglite://${encodeURI(data)}`, data, strict }),
    );
  program
    .command('start')
    .description(
      'run these services in this process; needs amqp_url and database_url in the environment',
    )
    .argument('[services...]', 'names of services of the package')
    .option('--config <files...>', 'exchange config files')
    .option('--strict', 'refuse a database server that may lose what it has committed', false)
    .action(
      (services: string[], { config = [], strict }: { config?: string[]; strict: boolean }) => {
        if (services.length + config.length === 0)
          throw new CommanderError(
            exitUsage,
            'unanimous.nothing',
            'name at least one service or --config file',
          );
        const configs = [...named(services), ...(config.length === 0 ? [] : load(config))];
        checkComplete(configs);
        return run(configs, { strict });
      },
    );
  program
    .command('demo')
    .description(
      'build a metalworking shop, delete parts of it, kill the process on the way, and check what is left',
    )
    .option(
      '--rabbitmq <url>',
      'over a real broker, services in separate processes (needs --database)',
    )
    .option('--database <url>', 'on a real PostgreSQL')
    .action(async (options: { rabbitmq?: string; database?: string }) =>
      (await import('./demo/demo.ts')).runDemo(options),
    );
}

function buildProgram(): Command {
  const program = new Command('unanimous')
    .description('nothing is deleted until everyone who depends on it agrees')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  serviceCommands(program);
  configCommands(program, load);
  sagaCommands(program, load);
  planCommand(program, load);
  deadLetterCommands(program, load);
  machineCommands(program, load);
  for (const command of program.commands) command.exitOverride();
  return program;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage;
  if (error instanceof ConfigError) return exitConfig;
  return error instanceof UnanimousError && error.code === 'config-invalid' ? exitConfig : 1;
}

function isPrinted(error: unknown): boolean {
  return error instanceof CommanderError && error.code !== 'unanimous.nothing';
}

function textOf(error: unknown): string {
  if (error instanceof UnanimousError && error.code === 'config-invalid' && error.at !== undefined)
    return `${error.at}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

try {
  await buildProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  if (!isPrinted(error)) process.stderr.write(`${redactText(textOf(error))}\n`);
}
