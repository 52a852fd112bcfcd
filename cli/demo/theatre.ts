/**
 * Opens the stage for the demo and takes everything away again: processes, folders, and on real servers what was declared there.
 *
 * 1. Without servers: all services in one process, PGlite in a temporary folder.
 * 2. With servers: a process for each service that keeps something, one for the gateways; see `borrowed-servers.ts`.
 * 3. The configs find in their environment what the demo puts there, and nothing else: the servers, and where files may be removed.
 * 4. What only real servers need is loaded only for them: a demo that starts fast is looked at.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../config/config-error.ts';
import { systemClock } from '../../runtime/ports/clock.ts';
import type { BorrowedServers, ServerUrls } from './borrowed-servers.ts';
import { HistoryFeed } from './history-feed.ts';
import { Stage } from './stage.ts';

export interface TheatreOptions {
  readonly rabbitmq?: string;
  readonly database?: string;
}

export interface Theatre {
  readonly stage: Stage;
  /** Where the images are. */
  readonly imageFolder: string;
  /** What the story plays on, in words. */
  readonly setting: string;
  /** Once; folders and processes are gone with this process at the latest. */
  close(): Promise<void>;
}

/** A process that is known to be dead is replaced at once, and nobody else hosts its services. */
const leaseMs = 1;

function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'unanimous-demo-')));
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.on('exit', remove);
  return { path, remove };
}

function serverUrls({ rabbitmq, database }: TheatreOptions): ServerUrls | undefined {
  if (rabbitmq === undefined && database === undefined) return undefined;
  if (rabbitmq !== undefined && database !== undefined) return { rabbitmq, database };
  const missing = rabbitmq === undefined ? 'rabbitmq' : 'database';
  const allowed = 'both --rabbitmq and --database, or neither';
  throw new ConfigError([
    { file: 'command line', pointer: `/${missing}`, found: 'nothing', allowed },
  ]);
}

async function borrowed(urls: ServerUrls | undefined): Promise<BorrowedServers | undefined> {
  return urls && (await import('./borrowed-servers.ts')).borrowServers(urls);
}

function settingOf({ serviceCount, processCount }: Stage): string {
  const played =
    processCount === 1 ? 'on the memory transport and PGlite' : 'on RabbitMQ and PostgreSQL';
  return `${serviceCount} services in ${processCount === 1 ? 'one process' : `${processCount} processes`}, ${played}`;
}

/** `show` hears of all history as it comes. Rejects when the services cannot be started; nothing is left then. */
export async function openTheatre(
  options: TheatreOptions,
  show: HistoryFeed['take'],
): Promise<Theatre> {
  const servers = await borrowed(serverUrls(options));
  const [images, data] = [temporaryFolder(), temporaryFolder()];
  const env = { ...servers?.env, file_remover__roots: JSON.stringify([images.path]) };
  const stage = new Stage({
    ...{ clock: systemClock, feed: new HistoryFeed(systemClock, show) },
    ...(servers === undefined ? {} : { groups: servers.groups }),
    hosting: {
      env,
      ...(servers === undefined ? { databaseUrl: `pglite://${data.path}` } : { leaseMs }),
    },
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
  return { stage, imageFolder: images.path, setting: settingOf(stage), close };
}
