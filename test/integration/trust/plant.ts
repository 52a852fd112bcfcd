/**
 * A plant on a RabbitMQ node of its own: each service has a user of its own, with the permissions that
 * `unanimous config permissions` prints, and no others. Strangers have users of their own too.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sections } from '../../../actors/catalog.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { type Deployment, openDeployment } from '../../../composition/open-deployment.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { serviceConfigPathsOf } from '../../../config/load.ts';
import { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Headers } from '../../../runtime/ports/envelope.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { noLog } from '../../../runtime/ports/log.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { type BrokerUser, brokerPassword, definitionsOf } from '../../support/broker-user.ts';
import { type PrivateRabbitmq, startPrivateRabbitmq } from '../../support/private-rabbitmq.ts';
import { printedPermissions, printedUsers, type UserOf, writeOwnConfigs } from './own-users.ts';

const run = promisify(execFile);

/** Services by their files. Each connects as a user of its name. */
const services = [
  'objects_api_crud',
  'objects_model_crud',
  'tags_model_crud',
  'alerts_model_crud',
  'methods_model_crud',
  'constants_model_crud',
  'mcards',
  'transactions',
  'file_remover',
] as const;

/**
 * `api` and `ops` reach every exchange and no queue of a service. `stranger` has the permissions
 * that an attack needs at most: to write to every exchange, to bind its own queues to every exchange,
 * and nothing of the queues of services. `archive` is a voter outside.
 */
const outsiders = ['api', 'ops', 'stranger', 'archive'] as const;
export type Outsider = (typeof outsiders)[number];

/** The virtual host whose permissions the printed commands set. */
const byCommands = 'by-commands';

const allOfOwn = '^own\\..*$';
const outside = {
  configure: allOfOwn,
  write: '^(own\\..*|amq\\.default|[a-z_.]+)$',
  read: '^(own\\..*|objects|tags|alerts|methods|constants|mcards|transaction\\.process)$',
};

const userOf: UserOf = (name) => `plant-${name}`;

function trustOf(): JsonObject {
  return {
    services: Object.fromEntries([...services, 'archive'].map((name) => [name, [userOf(name)]])),
    operators: [userOf('ops')],
    clients: { '*': ['api', 'objects_api_crud', 'mcards'].map(userOf) },
  };
}

export interface Plant {
  /** The name of the user on the broker. */
  readonly userOf: UserOf;
  readonly deployment: Deployment;
  readonly filesFolder: string;
  /** A new connection of that user; closed with the plant. */
  connect(user: Outsider): Promise<Transport>;
  ask(
    user: Outsider,
    to: { readonly exchange: string; readonly routingKey: string },
    body: Json,
    more?: AskOptions,
  ): Promise<JsonObject>;
  /** As `ask`, to the service of an entity. */
  request(
    user: Outsider,
    entity: string,
    action: string,
    data: JsonObject,
    more?: AskOptions,
  ): Promise<JsonObject>;
  /** Runs the printed commands for two services: the printed permissions, and those that the broker has then. */
  givenByCommands(): Promise<{ readonly printed: Json; readonly given: Json }>;
  stop(): Promise<void>;
}

export interface AskOptions {
  readonly headers?: Headers;
  readonly messageId?: string;
  readonly timeoutMs?: number;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Users and permissions by an import, and an empty virtual host for the printed commands. */
async function loadUsers(node: PrivateRabbitmq, folder: string, paths: readonly string[]) {
  const vhost = '/';
  const users = [
    ...(await printedUsers(vhost, paths)),
    ...outsiders.map((name) => ({ user: userOf(name), vhost, ...outside })),
  ];
  const definitions = join(folder, 'definitions.json');
  writeFileSync(
    definitions,
    JSON.stringify({ vhosts: [{ name: byCommands }], ...definitionsOf(users) }),
  );
  await node.control('import_definitions', '--format', 'json', definitions);
}

/** The words of a line for the shell. */
async function wordsOf(line: string): Promise<readonly string[]> {
  const { stdout } = await run('sh', ['-c', `printf '%s\\n' ${line}`]);
  return stdout.trimEnd().split('\n');
}

async function givenByCommands(node: PrivateRabbitmq, paths: readonly string[]) {
  for (const line of (await printedPermissions(byCommands, paths)).trim().split('\n')) {
    const [, ...words] = await wordsOf(line);
    await node.control(...words);
  }
  const list = await node.control('list_permissions', '-p', byCommands, '--formatter', 'json');
  const users = await printedUsers(byCommands, paths);
  const byName = (one: BrokerUser, other: BrokerUser) => (one.user < other.user ? -1 : 1);
  const own = users.toSorted(byName).map(({ vhost: _vhost, ...user }) => user);
  return { printed: own, given: JSON.parse(list).toSorted(byName) };
}

/** The services have started when the promise resolves. */
export async function openPlant(): Promise<Plant> {
  const folder = mkdtempSync(join(tmpdir(), 'unanimous-plant-'));
  const filesFolder = join(folder, 'files');
  mkdirSync(filesFolder);
  const paths = writeOwnConfigs(folder, services.flatMap(serviceConfigPathsOf), userOf, trustOf());
  const node = await startPrivateRabbitmq();
  await loadUsers(node, folder, paths);
  const env = {
    AMQP_URL: node.url,
    CONSENT__VOTE_DEADLINE_MS: '2000',
    FILE_REMOVER__ROOTS: JSON.stringify([filesFolder]),
  };
  const configs = loadExchangeConfigs(paths, { env, sections });
  const deployment = await openDeployment({ configs, databaseUrl: 'memory://', log: noLog });
  await deployment.start();
  const opened: { close(): Promise<void> }[] = [];
  const connect = async (name: Outsider): Promise<Transport> => {
    const transports = await transportsAt([node.url], { log: noLog });
    const transport = transports({ name: userOf(name), password: brokerPassword });
    opened.push(transport);
    return transport;
  };
  const clients = new Map<Outsider, Promise<Client>>();
  const openClient = async (user: Outsider): Promise<Client> => {
    const ids = systemIds(systemClock);
    const ports = { transport: await connect(user), clock: systemClock, ids };
    const client = new Client({ ...ports, name: user, queue: `own.${user}.${ids.next()}` });
    await client.open();
    return client;
  };
  const clientOf = (user: Outsider): Promise<Client> => {
    const known = clients.get(user) ?? openClient(user);
    clients.set(user, known);
    return known;
  };
  const plant: Plant = {
    userOf,
    deployment,
    filesFolder,
    connect,
    ask: async (user, to, body, more = {}) => {
      const answer = await (await clientOf(user)).request(to, body, { timeoutMs: 30_000, ...more });
      return isObject(answer) ? answer : { answer };
    },
    request: (user, entity, action, data, more) =>
      plant.ask(
        user,
        { exchange: entity, routingKey: `${entity}_model_crud_consume` },
        { action, data },
        more,
      ),
    givenByCommands: () => givenByCommands(node, paths.slice(1, 3)),
    stop: async () => {
      for (const { close } of opened.map((each) => ({ close: () => each.close() }))) await close();
      await deployment.stop();
      await node.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return plant;
}
