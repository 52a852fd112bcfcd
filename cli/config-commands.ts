/**
 * The commands `config …`: check and show exchange configs, and compare them with a broker.
 *
 * - separate: results go to standard output. Warnings go to standard error and change no exit code.
 */
import { type Command, Option } from 'commander';
import { exchangeConfigSchema } from '../composition/exchange-configs.ts';
import { transportModule, transportScheme } from '../composition/transport-schemes.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { serviceConfigPaths } from '../config/load.ts';
import { permissionCommands, permissionsByUser } from '../config/permissions.ts';
import { redactText } from '../config/redact.ts';
import { topologyOf } from '../config/topology.ts';
import { topologyDiagram } from '../config/topology-diagram.ts';
import type { TopologyComparison } from '../transports/transport-module.ts';
import { loadServices, type ServiceFiles, sectionsWith } from './config-files.ts';
import { exitCodes, failsWhen } from './exit-codes.ts';
import { loadModules } from './module-files.ts';
import { print, warn } from './print.ts';
import { configOption, moduleOption } from './storage-options.ts';
import { lostRequests, topologyGaps } from './topology-gaps.ts';

/** `config`: further files beside the argument. */
type ModuleOptions = ServiceFiles;

interface DiffOptions extends ModuleOptions {
  readonly broker?: string;
  readonly management?: string;
}
interface TopologyOptions extends ModuleOptions {
  readonly format: 'mermaid' | 'json';
}

interface PermissionsOptions extends ModuleOptions {
  readonly vhost: string;
  readonly format: 'rabbitmqctl' | 'json';
}

const filesArgument = [
  '[files...]',
  'exchange config files; default: the services of the package',
] as const;

const filesOption = ['--config <files...>', 'the same as the argument'] as const;

/** Adds the commands to the program. */
export function configCommands(program: Command): void {
  const config = program
    .command('config')
    .description('check and show exchange configs, and compare them with a broker');
  config
    .command('check')
    .description(
      'validate exchange configs, each by itself and all together; warn about routing keys that no ' +
        'queue is bound to, and about subscriptions that do not lead to their owner and back',
    )
    .argument(...filesArgument)
    .option(...filesOption)
    .option(...moduleOption)
    .action(check);
  config
    .command('schema')
    .description('print the JSON Schema of an exchange config')
    .option(...moduleOption)
    .action(showSchema);
  config
    .command('topology')
    .description(
      'print exchanges, queues and bindings; warn about routing keys that no queue is bound to',
    )
    .argument(...filesArgument)
    .option(...filesOption)
    .option(...moduleOption)
    .addOption(
      new Option('--format <format>', 'output format')
        .choices(['mermaid', 'json'])
        .default('mermaid'),
    )
    .action(showTopology);
  showCommand(config);
  permissionsCommand(config);
  diffCommand(config);
}

function showCommand(config: Command): void {
  const show = config
    .command('show')
    .description(
      'print every setting of a service: value, and file, variable or default behind the value',
    )
    .argument('<service>', 'svc_name of the service')
    .option(...configOption)
    .option(...moduleOption)
    .option('--json', 'print one line of JSON')
    .action(async (service: string, options: ServiceFiles & { readonly json?: boolean }) =>
      (await import('./config-show.ts')).showConfig(service, options),
    );
  failsWhen(show, 'no config is the one of the service');
}

function permissionsCommand(config: Command): void {
  config
    .command('permissions')
    .description(
      'print the permissions on RabbitMQ that the user of each service needs, and no others; ' +
        'the user has the name in broker_user, or else the name of the service',
    )
    .argument(...filesArgument)
    .option(...filesOption)
    .option(...moduleOption)
    .option('--vhost <name>', 'virtual host', '/')
    .addOption(
      new Option('--format <format>', 'output format: commands, or definitions to import')
        .choices(['rabbitmqctl', 'json'])
        .default('rabbitmqctl'),
    )
    .action(showPermissions);
}

function diffCommand(config: Command): void {
  const diff = config
    .command('diff')
    .description('compare the exchanges, queues and bindings of a broker with the files')
    .argument(...filesArgument)
    .option(...filesOption)
    .option(...moduleOption)
    .option(
      '--broker <url>',
      'amqp://user:password@host:port/vhost; default: amqp_url of the configs',
    )
    .option(
      '--management <url>',
      'management API of RabbitMQ, http://host:15672; without it, bindings cannot be compared',
    )
    .action(showDifference);
  failsWhen(diff, 'the broker differs from the files');
}

/** Configs of the files, and of the services of the modules. */
async function loadConfigs(
  files: readonly string[],
  { config = [], module = [] }: ModuleOptions,
): Promise<readonly ExchangeConfig[]> {
  const services = await loadServices({ config: [...files, ...config], module });
  if (module.length === 0) return services.configs;
  const [{ deployedServices }, { LatePorts }] = await Promise.all([
    import('../composition/deployed-services.ts'),
    import('../composition/late-ports.ts'),
  ]);
  const deployed = deployedServices(services.configs, services.given.services);
  // A service compares itself with its config where the service is made.
  for (const { define } of deployed) define(new LatePorts());
  return deployed.map((each) => each.config);
}

async function check(files: readonly string[], options: ModuleOptions): Promise<void> {
  const configs = await loadConfigs(files, options);
  const ofPackage = new Set(serviceConfigPaths());
  const whose = configs.every(({ file }) => ofPackage.has(file)) ? ' of the package' : '';
  const lost = lostRequests(configs);
  for (const gap of topologyGaps(configs, lost)) warn(gap);
  if (lost.length > 0) throw new ConfigError(lost);
  const { exchanges, queues, bindings } = topologyOf(configs);
  const verb = configs.length === 1 ? 'is' : 'are';
  const objects = [
    counted(exchanges.length, 'exchange'),
    counted(queues.length, 'queue'),
    counted(bindings.length, 'binding'),
  ];
  print(`${counted(configs.length, 'config')}${whose} ${verb} valid: ${objects.join(', ')}`);
}

async function showSchema({ module = [] }: ModuleOptions): Promise<void> {
  const schema = exchangeConfigSchema(sectionsWith(await loadModules(module)));
  print(JSON.stringify(schema, null, 2));
}

async function showTopology(
  files: readonly string[],
  { format, ...options }: TopologyOptions,
): Promise<void> {
  const configs = await loadConfigs(files, options);
  const topology = topologyOf(configs);
  print(format === 'json' ? JSON.stringify(topology, null, 2) : topologyDiagram(topology));
  for (const gap of topologyGaps(configs)) warn(gap);
}

async function showPermissions(
  files: readonly string[],
  { vhost, format, ...options }: PermissionsOptions,
): Promise<void> {
  const configs = await loadConfigs(files, options);
  const permissions = permissionsByUser(configs, vhost);
  print(
    format === 'json'
      ? JSON.stringify({ permissions }, null, 2)
      : permissionCommands(permissions).join('\n'),
  );
}

async function showDifference(
  files: readonly string[],
  options: DiffOptions,
  command: Command,
): Promise<void> {
  const configs = await loadConfigs(files, options);
  const { management } = options;
  if (management !== undefined && !isHttpUrl(management))
    command.error('error: --management needs a URL, like http://127.0.0.1:15672', {
      exitCode: exitCodes.usage,
    });
  const { urls, topologyDifference } = await comparableBroker(configs, options, command);
  const { differences, unseen } = await topologyDifference(topologyOf(configs), {
    urls,
    ...(management === undefined ? {} : { managementUrl: management }),
  });
  for (const line of differences) print(redactText(line));
  for (const line of unseen) print(redactText(`not looked at: ${line}`));
  print(differences.length === 0 ? 'no difference' : counted(differences.length, 'difference'));
  if (differences.length > 0) process.exitCode = exitCodes.failed;
}

interface ComparableBroker {
  readonly urls: readonly string[];
  readonly topologyDifference: TopologyComparison;
}

/** The broker of `--broker`; without that option, of the first config that has an `amqp_url`. */
async function comparableBroker(
  configs: readonly ExchangeConfig[],
  { broker }: DiffOptions,
  command: Command,
): Promise<ComparableBroker> {
  const configured = configs.find(({ brokerUrls }) => brokerUrls !== undefined)?.brokerUrls;
  const urls = broker === undefined ? configured : [broker];
  if (urls?.every((url) => transportScheme(url) !== undefined)) {
    const { topologyDifference } = await transportModule(urls);
    if (topologyDifference !== undefined) return { urls, topologyDifference };
  }
  return command.error(
    'error: name the broker with --broker amqp://… or in the environment as amqp_url',
    { exitCode: exitCodes.usage },
  );
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}
