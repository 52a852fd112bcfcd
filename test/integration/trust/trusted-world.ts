/**
 * Objects and tags with the section `trust`, on a broker with users: the services, a client, an
 * operator and a stranger each have a user of their own. The stranger may write to every exchange,
 * so only the services stop the stranger.
 */
import { serviceKindOf } from '../../../actors/catalog.ts';
import { sections } from '../../../actors/sections.ts';
import { createRuntime, type RunningServices } from '../../../composition/create-runtime.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { serviceConfigPaths } from '../../../config/load.ts';
import { topologyOf } from '../../../config/topology.ts';
import type { Trust } from '../../../config/trust-schema.ts';
import { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Headers } from '../../../runtime/ports/envelope.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { noLog } from '../../../runtime/ports/log.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';

/** Makes a connection of that user. */
export type ConnectionOf = (user: string) => Transport;

type User = 'plant' | 'api' | 'ops' | 'archive' | 'stranger';

/** The services of the process are `plant`; `archive` is a voter in another process. */
const trust: Trust = {
  services: {
    objects_model_crud: ['plant'],
    tags_model_crud: ['plant'],
    archive: ['archive'],
  },
  operators: ['ops'],
  clients: { '*': ['api'] },
  unknown: 'refuse',
};
const voteDeadlineMs = 2_000;

export interface TrustedWorld {
  readonly connection: ConnectionOf;
  /** The lines of history so far, of all services. */
  history(): readonly JsonObject[];
  /** Asks the service of an entity through its own exchange, or who gets the routing key there. */
  ask(
    user: User,
    entity: string,
    action: string,
    data: Json,
    more?: { readonly headers?: Headers; readonly routingKey?: string },
  ): Promise<JsonObject>;
  stop(): Promise<void>;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The services have started when the promise resolves. */
export async function openTrustedWorld(
  connection: ConnectionOf,
  isTrusted: boolean,
): Promise<TrustedWorld> {
  const section = isTrusted ? { TRUST: JSON.stringify(trust) } : {};
  const env = { ...section, CONSENT__VOTE_DEADLINE_MS: String(voteDeadlineMs) };
  const paths = serviceConfigPaths().filter((path) => /(objects|tags)_model_crud/.test(path));
  const services = loadExchangeConfigs(paths, { env, sections }).map((config) => {
    return { ...serviceKindOf(config), name: config.svcName, config };
  });
  const history: JsonObject[] = [];
  const runtime: RunningServices = createRuntime({
    services,
    transports: () => connection('plant'),
    log: noLog,
    onHistory: (lines) => void history.push(...lines.map(({ line }) => line)),
  });
  await runtime.start();
  const topology = topologyOf(services.map(({ config }) => config));
  const clients = new Map<User, Client>();
  const clientOf = async (user: User): Promise<Client> => {
    const known = clients.get(user);
    if (known !== undefined) return known;
    const ports = { clock: systemClock, ids: systemIds(systemClock) };
    const client = new Client({ transport: connection(user), name: user, ...ports });
    clients.set(user, client);
    await client.open(topology);
    return client;
  };
  return {
    connection,
    history: () => history,
    ask: async (user, entity, action, data, more = {}) => {
      const { headers = {}, routingKey = `${entity}_model_crud_consume` } = more;
      const client = await clientOf(user);
      const to = { exchange: entity, routingKey };
      const answer = await client.request(to, { action, data }, { headers });
      return isObject(answer) ? answer : { answer };
    },
    stop: async () => {
      for (const client of clients.values()) await client.close();
      await runtime.stop();
    },
  };
}
