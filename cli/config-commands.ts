/**
 * The commands `config …`: look at exchange configs, by themselves and beside a broker.
 *
 * 1. What was asked for goes to stdout; warnings go to stderr and change no exit code.
 * 2. `config diff` exits 1 on a difference, 0 without.
 */
import { type Command, Option } from 'commander';
import { sections } from '../actors/sections.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { redactText } from '../config/redact.ts';
import { exchangeConfigSchema } from '../config/schema.ts';
import { topologyOf } from '../config/topology.ts';
import { topologyDiagram } from '../config/topology-diagram.ts';
import { topologyDifference } from '../transports/rabbitmq/topology-difference.ts';
import { looseEnds } from './loose-ends.ts';

export type LoadConfigs = (files: readonly string[]) => readonly ExchangeConfig[];

interface DiffOptions {
  readonly broker?: string;
  readonly management?: string;
}

const exitUsage = 2;
const filesArgument = [
  '[files...]',
  'exchange config files; without any, those of the package',
] as const;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}

function check(configs: readonly ExchangeConfig[]): void {
  const { exchanges, queues, bindings } = topologyOf(configs);
  const valid = configs.length === 1 ? '1 config is valid' : `${configs.length} configs are valid`;
  print(
    `${valid}: ${counted(exchanges.length, 'exchange')}, ${counted(queues.length, 'queue')}, ${counted(bindings.length, 'binding')}`,
  );
}

function showTopology(configs: readonly ExchangeConfig[], format: 'mermaid' | 'json'): void {
  const topology = topologyOf(configs);
  print(format === 'json' ? JSON.stringify(topology, null, 2) : topologyDiagram(topology));
  for (const end of looseEnds(configs)) process.stderr.write(`warning: ${end}\n`);
}

function isUrl(text: string, ...schemes: readonly string[]): boolean {
  return URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1));
}

/** The broker that is named, else the one of the configs. */
function brokerUrls(
  configs: readonly ExchangeConfig[],
  { broker }: DiffOptions,
  command: Command,
): readonly string[] {
  const urls =
    broker === undefined
      ? configs.find(({ amqpUrls }) => amqpUrls !== undefined)?.amqpUrls
      : [broker];
  if (urls?.every((url) => isUrl(url, 'amqp', 'amqps'))) return urls;
  return command.error(
    'error: name the broker with --broker amqp://… or in the environment as amqp_url',
    { exitCode: exitUsage },
  );
}

async function showDifference(
  configs: readonly ExchangeConfig[],
  options: DiffOptions,
  command: Command,
): Promise<void> {
  const { management } = options;
  if (management !== undefined && !isUrl(management, 'http', 'https'))
    command.error('error: --management needs a URL, like http://127.0.0.1:15672', {
      exitCode: exitUsage,
    });
  const urls = brokerUrls(configs, options, command);
  const found = await topologyDifference(topologyOf(configs), {
    urls,
    ...(management === undefined ? {} : { managementUrl: management }),
  });
  for (const line of found.differences) print(redactText(line));
  for (const line of found.unseen) print(redactText(`not looked at: ${line}`));
  print(
    found.differences.length === 0
      ? 'no difference'
      : counted(found.differences.length, 'difference'),
  );
  if (found.differences.length > 0) process.exitCode = 1;
}

function brokerCommand(config: Command, load: LoadConfigs): void {
  config
    .command('diff')
    .description('compare a broker with the files; exits 1 when they differ')
    .argument(...filesArgument)
    .option(
      '--broker <url>',
      'amqp://user:password@host:port/vhost; default: amqp_url in the environment',
    )
    .option(
      '--management <url>',
      "http://host:15672, RabbitMQ's management API: to see bindings, and what the files do not name",
    )
    .action((files: string[], options: DiffOptions, command: Command) =>
      showDifference(load(files), options, command),
    );
}

/** Adds them to the program. `load` throws `ConfigError`. */
export function configCommands(program: Command, load: LoadConfigs): void {
  const config = program.command('config').description('look at exchange configs');
  config
    .command('check')
    .description('validate exchange configs together')
    .argument(...filesArgument)
    .action((files: string[]) => check(load(files)));
  config
    .command('schema')
    .description('print the JSON Schema of an exchange config')
    .action(() => print(JSON.stringify(exchangeConfigSchema(sections), null, 2)));
  config
    .command('topology')
    .description(
      'print exchanges, queues and bindings; warn of routing keys nobody is bound to and queues nobody feeds',
    )
    .argument(...filesArgument)
    .addOption(
      new Option('--format <format>', 'how to print them')
        .choices(['mermaid', 'json'])
        .default('mermaid'),
    )
    .action((files: string[], { format }: { format: 'mermaid' | 'json' }) =>
      showTopology(load(files), format),
    );
  brokerCommand(config, load);
}
