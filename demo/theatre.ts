/**
 * Opens the stage for the demo and takes everything away again: processes, folders, and on real servers what was declared there.
 *
 * 1. Without servers: all services in one process, PGlite in a temporary folder.
 * 2. With servers: a process for each service that keeps something, one for the gateways. The virtual host must have none of the
 *    queues, and the schemas must be new: the demo deletes only what it has made.
 * 3. The environment of the processes says what the configs leave open: the servers, and where files may be removed.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sections } from '../catalog.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { loadExchangeConfigs, serviceConfigPaths } from '../config/load.ts';
import { exchangeConfigSchema } from '../config/schema.ts';
import { systemClock } from '../runtime/clock.ts';
import { type BorrowedServers, borrowServers, type ServerUrls } from './borrowed-servers.ts';
import { HistoryFeed } from './history-feed.ts';
import type { Environment } from './host-process.ts';
import { Stage } from './stage.ts';

export interface TheatreOptions {
  readonly rabbitmq?: string;
  readonly database?: string;
}

export interface Theatre {
  readonly stage: Stage;
  readonly configs: readonly ExchangeConfig[];
  /** Where the images are. */
  readonly imageFolder: string;
  /** What the story plays on, in words. */
  readonly setting: string;
  /** Once; also when the process ends without it. */
  close(): Promise<void>;
}

/** A process that is known to be dead is replaced at once; nobody else hosts its services. */
const leaseMs = 1;

/** Variables that are about a config are for the services of whoever runs the demo, not for the demo's own. */
function ownEnvironment(): Environment {
  const keys = new Set(Object.keys((exchangeConfigSchema(sections) as { properties: object }).properties));
  const aboutConfigs = (name: string): boolean => keys.has((name.split('__')[0] as string).replace(/_file$/i, '').toLowerCase());
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !aboutConfigs(entry[0]),
  );
  return Object.fromEntries(entries);
}

/** A folder that is gone with this process at the latest. */
function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'unanimous-demo-')));
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.on('exit', remove);
  return { path, remove };
}

function separately(configs: readonly ExchangeConfig[]): readonly (readonly string[])[] {
  const names = configs.map(({ svcName }) => svcName);
  const gateways = configs.filter(({ sections: own }) => own['api_crud'] !== undefined).map(({ svcName }) => svcName);
  return [gateways, ...names.filter((name) => !gateways.includes(name)).map((name) => [name])];
}

function serverUrls({ rabbitmq, database }: TheatreOptions): ServerUrls | undefined {
  if (rabbitmq === undefined && database === undefined) return undefined;
  if (rabbitmq !== undefined && database !== undefined) return { rabbitmq, database };
  const missing = rabbitmq === undefined ? 'rabbitmq' : 'database';
  const allowed = 'both --rabbitmq and --database, or neither';
  throw new ConfigError([{ file: 'command line', pointer: `/${missing}`, found: 'nothing', allowed }]);
}

function environmentFor(servers: BorrowedServers | undefined, imageFolder: string): Environment {
  const urls = servers === undefined ? {} : { amqp_url: servers.urls.rabbitmq, database_url: servers.urls.database };
  return { ...ownEnvironment(), ...urls, file_remover__roots: JSON.stringify([imageFolder]) };
}

/** `show` hears of all history as it comes. Rejects when the services cannot be started; nothing is left then. */
export async function openTheatre(options: TheatreOptions, show: HistoryFeed['take']): Promise<Theatre> {
  const urls = serverUrls(options);
  const configs = loadExchangeConfigs(serviceConfigPaths(), { env: {}, sections });
  const servers = urls === undefined ? undefined : await borrowServers(urls, configs);
  const images = temporaryFolder();
  const data = temporaryFolder();
  const groups = servers === undefined ? [configs.map(({ svcName }) => svcName)] : separately(configs);
  const stage = new Stage({
    ...{ groups, configs, clock: systemClock, feed: new HistoryFeed(systemClock, show) },
    env: environmentFor(servers, images.path),
    hosting: servers === undefined ? { databaseUrl: `pglite://${data.path}` } : { leaseMs },
  });
  const close = async (): Promise<void> => {
    await stage.close();
    images.remove();
    data.remove();
    await servers?.giveBack();
  };
  await stage.open().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const played = servers === undefined ? 'the memory transport and PGlite' : 'RabbitMQ and PostgreSQL';
  const setting = `${configs.length} services in ${groups.length === 1 ? 'one process' : `${groups.length} processes`} on ${played}`;
  return { stage, configs, imageFolder: images.path, setting, close };
}
