/**
 * Sends a message to a running service: over the broker of the service's config, or over the
 * control socket of `unanimous up`.
 *
 * - broker-first: a config with a broker means the services on that broker, not those of an `up`
 *   that happens to run in the same folder.
 * - own-services: a running `up` also takes messages for services that no config of the command
 *   has.
 */
import { connect } from '../composition/connect.ts';
import { isInProcess } from '../composition/transport-schemes.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { isJsonObject } from '../config/json.ts';
import { meantName } from '../config/nearest-name.ts';
import type { Client } from '../runtime/client.ts';
import { mainDestination } from '../runtime/messages/main-destination.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { Broken, Refused, Transient, UnanimousError } from '../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';
import { commandClientName } from './command-client.ts';
import { allConfigs, loadServices } from './config-files.ts';
import { controlSocketPath, controlSocketProblem } from './control-socket.ts';
import { RunningProcess } from './running-process.ts';
import type { StorageOptions } from './storage-options.ts';

/** A way to one service. */
export interface ServiceAccess {
  /** The answer, whatever it is. `timeoutMs`: default 30 000. */
  request(action: string, data: Json, timeoutMs?: number): Promise<Json>;
  /** Resolves when a queue has the message. */
  send(action: string, data: Json): Promise<void>;
}

/**
 * Rejects with `Broken('config-invalid')` if the config names no broker and no `unanimous up` with
 * the data folder runs the service, with `Refused('not-found')` if neither knows the service.
 */
export async function serviceAccess(
  service: string,
  options: StorageOptions,
): Promise<ServiceAccess> {
  const way = await wayTo(service, options);
  return 'config' in way ? overBroker(way.config, way.urls) : way.access;
}

/** For many requests: over one connection to the broker. Rejects as `serviceAccess`. */
export async function withServiceAccess<Result>(
  service: string,
  options: StorageOptions,
  work: (access: ServiceAccess) => Promise<Result>,
): Promise<Result> {
  const way = await wayTo(service, options);
  if (!('config' in way)) return work(way.access);
  return withClient(way.urls, 30_000, (client) => work(overClient(way.config, client)));
}

type Way =
  | { readonly config: ExchangeConfig; readonly urls: readonly string[] }
  | { readonly access: ServiceAccess };

async function wayTo(
  service: string,
  { data: dataFolder, ...files }: StorageOptions,
): Promise<Way> {
  const configs = allConfigs(await loadServices(files));
  const config = configs.find(({ svcName }) => svcName === service);
  const { brokerUrls } = config ?? {};
  if (config !== undefined && brokerUrls !== undefined && !isInProcess(brokerUrls))
    return { config, urls: brokerUrls };
  const running = await RunningProcess.find(dataFolder);
  if (running?.services.includes(service)) return { access: overSocket(running, service) };
  if (config !== undefined) throw notReached(config, dataFolder, running);
  const known = [...configs.map(({ svcName }) => svcName), ...(running?.services ?? [])];
  throw new Refused(
    'not-found',
    `no config or --module is the one of service '${service}'${meantName(service, known)}, and no 'unanimous up' with this ` +
      `--data runs it; the services are ${[...new Set(known)].join(', ')}`,
  );
}

/**
 * The answer of the service. Rejects with `Refused` if the answer is an error, and as `serviceAccess`
 * does.
 */
export async function requestService(
  service: string,
  options: StorageOptions,
  action: string,
  data: JsonObject,
): Promise<JsonObject> {
  const answer = await (await serviceAccess(service, options)).request(action, data);
  if (!isJsonObject(answer))
    throw new Broken('broken', `${service}: the answer is no object: ${JSON.stringify(answer)}`);
  const { error } = answer;
  if (isJsonObject(error)) throw new Refused('refused', `${service}: ${String(error['message'])}`);
  return answer;
}

/** Names the service and the way to ask on, in place of the address of the service. */
async function answered(
  service: string,
  data: Json,
  timeoutMs: number,
  answer: Promise<Json>,
): Promise<Json> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof UnanimousError) || cause.code !== 'timed-out') throw cause;
    const message = `no answer from ${service} within ${timeoutMs} ms; the request may still be carried out${hints(service, data)}`;
    throw new Transient('timed-out', message, { cause });
  }
}

/** Who listens, and how a request about a node, a card or a saga stands. */
function hints(service: string, data: Json): string {
  const id = isJsonObject(data) ? data['id'] : undefined;
  const isPlain = typeof id === 'string' && /^[\w.:][\w.:-]*$/.test(id);
  const why = isPlain ? `, and \`unanimous why ${id}\` what the request waits for` : '';
  return (
    '; with the same --config and --module, `unanimous services` tells whether a process works ' +
    `for ${service}${why}`
  );
}

function overSocket(running: RunningProcess, service: string): ServiceAccess {
  return {
    request: (action, data, timeoutMs = 30_000) =>
      answered(service, data, timeoutMs, running.request(service, action, data, timeoutMs)),
    send: (action, data) => running.send(service, action, data),
  };
}

function notReached(
  { svcName }: ExchangeConfig,
  dataFolder: string,
  running: RunningProcess | undefined,
): Broken {
  const path = controlSocketPath(dataFolder);
  const problem =
    running === undefined
      ? (controlSocketProblem(path) ?? `no process listens at ${path}`)
      : `the one that listens at ${path} runs ${running.services.join(', ')}`;
  return new Broken(
    'config-invalid',
    `${svcName} is not reached: found no amqp_url, and ${problem}; allowed: a running 'unanimous up' in ` +
      'this folder or with the same --data, or the broker in the environment as amqp_url',
  );
}

function overBroker(config: ExchangeConfig, urls: readonly string[]): ServiceAccess {
  return {
    request: (action, data, timeoutMs = 30_000) =>
      withClient(urls, timeoutMs, (client) =>
        overClient(config, client).request(action, data, timeoutMs),
      ),
    send: (action, data) =>
      withClient(urls, 30_000, (client) => overClient(config, client).send(action, data)),
  };
}

function overClient(config: ExchangeConfig, client: Client): ServiceAccess {
  const destination = mainDestination(config);
  return {
    request: (action, data, timeoutMs = 30_000) =>
      answered(
        config.svcName,
        data,
        timeoutMs,
        client.request(destination, { action, data }, { timeoutMs }),
      ),
    send: (action, data) => client.send(destination, { action, data }, { mandatory: true }),
  };
}

async function withClient<Result>(
  urls: readonly string[],
  timeoutMs: number,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await withinTime(connect(urls, commandClientName), timeoutMs);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** A command does not wait for ever for a broker that is not up. */
async function withinTime(connecting: Promise<Client>, timeoutMs: number): Promise<Client> {
  let cancel: () => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Transient('timed-out', `the broker was not reached within ${timeoutMs} ms`);
    cancel = systemClock.after(timeoutMs, () => reject(error));
  });
  try {
    return await Promise.race([connecting, late]);
  } finally {
    cancel();
  }
}
