/**
 * What the commands `saga …` do: look at sagas in the journals, and override them through the services that hold them.
 *
 * 1. `list` and `show` ask a running `unanimous up` with the same data folder; where there is none they read the databases of the configs.
 * 2. `cancel`, `skip`, `retire` and `release` are messages, over the broker or by that door: the service that gets one decides whether
 *    it may be, and audits it.
 * 3. Exit code 1: there is no such saga, or the service refused.
 */
import { sagaRecord } from '../actors/consent/saga-record.ts';
import { type SagaRecord, SagaRecordSchema } from '../actors/consent/saga-record-schema.ts';
import type { SagaPart } from '../actors/hierarchy/store.ts';
import { rabbitmqTransports } from '../composition/create-runtime.ts';
import {
  historyOf,
  type OpenedDatabase,
  openDatabases,
  sagaPartsOf,
} from '../composition/opened-databases.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { Client } from '../runtime/client.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { Refused } from '../runtime/ports/errors.ts';
import { systemIds } from '../runtime/ports/ids.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';
import { configNamed, entranceOf } from './behind-door.ts';
import { doorPath, knock } from './door.ts';
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

async function withDatabases<T>(
  load: LoadConfigs,
  { config = [], data }: Where,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
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
  const told = await knock(doorPath(where.data), { want: 'sagas' });
  const parts = (told?.answer ??
    (await withDatabases(load, where, ({ configs, of }) =>
      sagaPartsOf(configs, of),
    ))) as readonly SagaPart[];
  if (json) return print(JSON.stringify(parts));
  for (const { saga, service, role, states, nodeIds, promised } of parts)
    print(
      `${saga}  ${service}  ${role}  ${states.join(', ')}  ${nodeIds.length} engaged, ${promised.length} promised`,
    );
  if (parts.length === 0) print('no saga is under way');
}

async function storedRecord(
  load: LoadConfigs,
  saga: string,
  where: Where,
): Promise<SagaRecord | null> {
  const lines = await withDatabases(load, where, ({ databases }) => historyOf(databases, saga));
  return sagaRecord(saga, lines) ?? null;
}

async function recordOf(load: LoadConfigs, saga: string, where: Where): Promise<SagaRecord> {
  const told = await knock(doorPath(where.data), { want: 'record', saga });
  const record =
    told === undefined ? await storedRecord(load, saga, where) : (told.answer as SagaRecord | null);
  if (record === null) throw new Refused('not-found', `no journal knows a saga ${saga}`);
  return record;
}

export async function show(
  load: LoadConfigs,
  saga: string,
  where: Where,
  json: boolean,
): Promise<void> {
  const record = await recordOf(load, saga, where);
  if (json) print(JSON.stringify(record));
  else for (const text of recordLines(record)) print(text);
}

/** Sends a message to a service and gives its answer: over the broker, or by the door of `unanimous up`. Throws `Refused` where the answer is an error. */
export async function tellService(
  config: ExchangeConfig,
  { data: folder }: Where,
  action: string,
  data: JsonObject,
): Promise<JsonObject> {
  const { amqpUrls, svcName } = config;
  const answer =
    amqpUrls === undefined
      ? await toldByDoor(config, folder, action, data)
      : await toldOver(amqpUrls, config, action, data);
  const error = answer['error'] as JsonObject | null | undefined;
  if (error !== undefined && error !== null)
    throw new Refused('refused', `${svcName}: ${String(error['message'])}`);
  return answer;
}

async function toldByDoor(
  { svcName, file }: ExchangeConfig,
  folder: string,
  action: string,
  data: JsonObject,
): Promise<JsonObject> {
  const path = doorPath(folder);
  const told = await knock(path, { want: 'tell', service: svcName, action, data });
  if (told !== undefined) return told.answer as JsonObject;
  const allowed = `the broker, in the environment as amqp_url, or a running 'unanimous up' with the same --data (it listens at ${path}): services that are on no broker are told there`;
  throw new ConfigError([{ file, pointer: '/amqp_url', found: 'nothing', allowed }]);
}

async function toldOver(
  urls: readonly string[],
  config: ExchangeConfig,
  action: string,
  data: JsonObject,
): Promise<JsonObject> {
  const ids = systemIds(systemClock);
  const client = new Client({
    transport: rabbitmqTransports(urls)(),
    name: 'operator',
    clock: systemClock,
    ids,
  });
  try {
    await client.open();
    return (await client.request(entranceOf(config), { action, data: data as Json })) as JsonObject;
  } finally {
    await client.close();
  }
}

/** Whom an override is for: the service named, else the ones that wait for the voter, else the owner. */
export async function servicesFor(
  load: LoadConfigs,
  saga: string,
  override: Override,
  voter?: string,
): Promise<readonly string[]> {
  if (override.service !== undefined) return [override.service];
  const { open, owner } = await recordOf(load, saga, override);
  const waiting = open
    .filter(({ waitingFor }) => voter !== undefined && waitingFor.includes(voter))
    .map(({ service }) => service);
  if (waiting.length > 0) return [...new Set(waiting)];
  if (owner !== null) return [owner];
  throw new Refused(
    'not-found',
    `the journals do not tell who owns the saga ${saga}; name its service with --service`,
  );
}

export async function tell(
  load: LoadConfigs,
  services: readonly string[],
  override: Override,
  action: string,
  data: JsonObject,
): Promise<void> {
  const { config = [], by, why } = override;
  const configs = load(config);
  for (const service of services) {
    const answer = await tellService(configNamed(configs, service), override, action, {
      ...data,
      by,
      why,
    });
    print(JSON.stringify({ service, ...answer }));
  }
}

export function showSchema(): void {
  print(JSON.stringify(SagaRecordSchema, null, 2));
}
