/**
 * Everything the demo runs on, and its removal: hosts, temporary folders, and on real servers the
 * queues and schemas.
 *
 * - without servers: all services in one host, PGlite in a temporary folder.
 * - with servers: a host for each service that stores something, and one host for all gateways.
 * - closed environment: the configs are read with the variables that the demo sets, and no others.
 * - late: the code for real servers is loaded only with servers, so that the demo without servers
 *   starts fast.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../config/config-error.ts';
import { systemClock } from '../../runtime/ports/clock.ts';
import type { DemoServers } from './demo-servers.ts';
import { HistoryFeed } from './history-feed.ts';
import { ProcessGroup } from './process-group.ts';

export interface DemoOptions {
  /** `amqp://…` */
  readonly rabbitmq?: string;
  /** `postgresql://…` */
  readonly database?: string;
}

export interface DemoSetup {
  readonly processes: ProcessGroup;
  readonly imageFolder: string;
  /** Number of services and processes, transport and database, in words. */
  readonly description: string;
  /** Call once. Folders and hosts end with this process at the latest. */
  close(): Promise<void>;
}

/**
 * A killed process is known to be dead, and no other process runs its services: its work may be
 * taken over at once.
 */
const leaseMs = 1;

/** Rejects if the services cannot be started; then nothing is left behind. */
export async function openSetup(options: DemoOptions): Promise<DemoSetup> {
  const servers = await preparedServers(options);
  const images = temporaryFolder();
  const data = temporaryFolder();
  const env = { ...servers?.env, file_remover__roots: JSON.stringify([images.path]) };
  const base = { clock: systemClock, feed: new HistoryFeed(systemClock) };
  const processes =
    servers === undefined
      ? new ProcessGroup({ ...base, hosting: { env, databaseUrl: `pglite://${data.path}` } })
      : new ProcessGroup({ ...base, groups: servers.groups, hosting: { env, leaseMs } });
  const close = async (): Promise<void> => {
    await processes.close();
    images.remove();
    data.remove();
    await servers?.cleanUp();
  };
  await processes.open().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { processes, imageFolder: images.path, description: descriptionOf(processes), close };
}

async function preparedServers({
  rabbitmq,
  database,
}: DemoOptions): Promise<DemoServers | undefined> {
  if (rabbitmq === undefined && database === undefined) return undefined;
  if (rabbitmq !== undefined && database !== undefined)
    return (await import('./demo-servers.ts')).prepareServers({ rabbitmq, database });
  const pointer = rabbitmq === undefined ? '/rabbitmq' : '/database';
  const allowed = 'both --rabbitmq and --database, or neither';
  throw new ConfigError([{ file: 'command line', pointer, found: 'nothing', allowed }]);
}

function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'unanimous-demo-')));
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.on('exit', remove);
  return { path, remove };
}

function descriptionOf({ serviceCount, processCount }: ProcessGroup): string {
  return processCount === 1
    ? `${serviceCount} services in one process, on the memory transport and PGlite`
    : `${serviceCount} services in ${processCount} processes, on RabbitMQ and PostgreSQL`;
}
