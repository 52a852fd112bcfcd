/**
 * What the commands `saga …` do: look at sagas in the journals, and override them through the services that hold them.
 *
 * 1. `list`, `show` and `schema` read the databases of the configs; nothing need run. An embedded database that is in use is refused by name.
 * 2. `cancel`, `skip`, `retire` and `release` are messages over the broker: the service that gets one decides whether it may be, and audits it.
 * 3. Exit code 1: there is no such saga, or the service refused.
 */
import { sagaRecord } from '../actors/consent/saga-record.ts';
import { type SagaRecord, SagaRecordSchema } from '../actors/consent/saga-record-schema.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { rabbitmqTransports } from '../create-runtime.ts';
import { historyOf, type OpenedDatabase, openDatabases, sagaPartsOf } from '../opened-databases.ts';
import { Client } from '../runtime/client.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Destination } from '../runtime/effects.ts';
import { Refused } from '../runtime/errors.ts';
import { systemIds } from '../runtime/ids.ts';
import type { Json, JsonObject } from '../runtime/json.ts';
import { recordLines } from './saga-record-lines.ts';

export type LoadConfigs = (files: readonly string[]) => readonly ExchangeConfig[];

export interface Where {
  readonly config?: readonly string[];
  readonly data: string;
}
export interface Override extends Where {
  readonly by: string;
  readonly why: string;
  readonly service?: string;
}

interface Opened {
  readonly configs: readonly ExchangeConfig[];
  readonly databases: readonly OpenedDatabase[];
  readonly of: (config: ExchangeConfig) => OpenedDatabase;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function withDatabases<T>(load: LoadConfigs, { config = [], data }: Where, work: (opened: Opened) => Promise<T>): Promise<T> {
  const configs = load(config);
  const embedded = `pglite://${encodeURI(data)}`;
  const databases = await openDatabases(configs, embedded);
  try {
    for (const { journal } of databases.values()) await journal.open();
    return await work({
      configs,
      databases: [...databases.values()],
      of: (one) => databases.get(one.databaseUrl ?? embedded) as OpenedDatabase,
    });
  } finally {
    for (const { journal } of databases.values()) await journal.close();
  }
}

export async function list(load: LoadConfigs, where: Where, json: boolean): Promise<void> {
  const parts = await withDatabases(load, where, ({ configs, of }) => sagaPartsOf(configs, of));
  if (json) return print(JSON.stringify(parts));
  for (const { saga, service, role, states, nodeIds, promised } of parts)
    print(`${saga}  ${service}  ${role}  ${states.join(', ')}  ${nodeIds.length} engaged, ${promised.length} promised`);
  if (parts.length === 0) print('no saga is under way');
}

async function recordOf(load: LoadConfigs, saga: string, where: Where): Promise<SagaRecord> {
  const lines = await withDatabases(load, where, ({ databases }) => historyOf(databases, saga));
  const record = sagaRecord(saga, lines);
  if (record === undefined) throw new Refused('not-found', `no journal knows a saga ${saga}`);
  return record;
}

export async function show(load: LoadConfigs, saga: string, where: Where, json: boolean): Promise<void> {
  const record = await recordOf(load, saga, where);
  if (json) print(JSON.stringify(record));
  else for (const text of recordLines(record)) print(text);
}

/** Where a service takes its messages. */
function entranceOf(config: ExchangeConfig): Destination {
  const main = config.consume['main'];
  return { exchange: main?.exchange ?? '', routingKey: main?.routingKeys[0] ?? '' };
}

/** Sends a message to a service and gives its answer. Throws `Refused` where the answer is an error. */
export async function tellService(config: ExchangeConfig, action: string, data: JsonObject): Promise<JsonObject> {
  const { amqpUrls } = config;
  if (amqpUrls === undefined)
    throw new ConfigError([
      {
        file: config.file,
        pointer: '/amqp_url',
        found: 'nothing',
        allowed: 'the broker, in the environment as amqp_url: a service is told over it',
      },
    ]);
  const client = new Client({
    transport: rabbitmqTransports(amqpUrls)(),
    name: 'operator',
    clock: systemClock,
    ids: systemIds(systemClock),
  });
  try {
    await client.open();
    const answer = (await client.request(entranceOf(config), { action, data: data as Json })) as JsonObject;
    const error = answer['error'] as JsonObject | null | undefined;
    if (error !== undefined && error !== null) throw new Refused('refused', `${config.svcName}: ${String(error['message'])}`);
    return answer;
  } finally {
    await client.close();
  }
}

export function configNamed(configs: readonly ExchangeConfig[], service: string): ExchangeConfig {
  const found = configs.find(({ svcName }) => svcName === service);
  if (found !== undefined) return found;
  throw new Refused(
    'not-found',
    `there is no config of a service '${service}'; there are ${configs.map(({ svcName }) => svcName).join(', ')}`,
  );
}

/** Whom an override is for: the service named, else the ones that wait for the voter, else the owner. */
export async function servicesFor(load: LoadConfigs, saga: string, override: Override, voter?: string): Promise<readonly string[]> {
  if (override.service !== undefined) return [override.service];
  const { open, owner } = await recordOf(load, saga, override);
  const waiting = open.filter(({ waitingFor }) => voter !== undefined && waitingFor.includes(voter)).map(({ service }) => service);
  if (waiting.length > 0) return [...new Set(waiting)];
  if (owner !== null) return [owner];
  throw new Refused('not-found', `the journals do not tell who owns the saga ${saga}; name its service with --service`);
}

export async function tell(
  load: LoadConfigs,
  services: readonly string[],
  { config = [], by, why }: Override,
  action: string,
  data: JsonObject,
): Promise<void> {
  const configs = load(config);
  for (const service of services) {
    const answer = await tellService(configNamed(configs, service), action, { ...data, by, why });
    print(JSON.stringify({ service, ...answer }));
  }
}

export function showSchema(): void {
  print(JSON.stringify(SagaRecordSchema, null, 2));
}
