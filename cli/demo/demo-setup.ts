/**
 * Everything the demo runs on, and its removal: hosts, temporary folders, and on real servers the
 * queues and schemas.
 *
 * - without servers: all services in one host, PGlite in a temporary folder.
 * - with servers: a host for each service that stores something, and one host for all gateways.
 *   With HTTP, every service has a host, or several.
 * - closed environment: the configs are read with the variables that the demo sets, and no others.
 *   The variables go over configs of the user's own too.
 * - late: the code for real servers is loaded only with servers, so that the demo without servers
 *   starts fast.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../config/config-error.ts';
import { processDefaults } from '../../config/process-defaults.ts';
import { systemClock } from '../../runtime/ports/clock.ts';
import type { DemoServers } from './demo-servers.ts';
import { HistoryFeed } from './history-feed.ts';
import type { HostedServices } from './host-messages.ts';
import { ProcessGroup, type ProcessGroupOptions } from './process-group.ts';
import { TokenChain } from './token-chain.ts';

export interface DemoOptions {
  /** `amqp://…` */
  readonly rabbitmq?: string;
  /** `postgresql://…` */
  readonly database?: string;
  /** Whether the requests go over HTTP. */
  readonly http?: boolean;
  /** Hosts of each service, on servers. Default 1. */
  readonly replicas?: number;
  /** The folder of the services' configs. Default: the package's. */
  readonly configs?: string;
}

export interface DemoSetup {
  readonly processes: ProcessGroup;
  readonly imageFolder: string;
  /** Undefined: the packages of a chain are not installed. */
  readonly chain: TokenChain | undefined;
  /** Number of services and processes, transport and database, in words. */
  readonly description: string;
  /** Call once. Folders and hosts end with this process at the latest. */
  close(): Promise<void>;
}

/**
 * A killed process is known to be dead, and no other process runs its services: the other hosts may
 * take over its work at once.
 */
const leaseMs = 1;
/** With replicas, other processes run the same services, and must not take a living one for dead. */
const replicaLeaseMs = 3_000;

/** Of all processes to one PostgreSQL, which takes 100 by default; other programs use it as well. */
const connectionsMax = 70;

/** The connections of each process, so that a server takes those of all. */
function connectionShares(
  { groups }: DemoServers,
  { replicas = 1 }: DemoOptions,
): Readonly<Record<string, string>> {
  const share = Math.floor(connectionsMax / (groups.length * replicas));
  const { database_connections: most } = processDefaults;
  return { PROCESS__DATABASE_CONNECTIONS: String(Math.min(most, Math.max(2, share))) };
}

/** Rejects if the services cannot be started; then nothing is left behind. */
export async function openSetup(options: DemoOptions): Promise<DemoSetup> {
  const servers = await preparedServers(options);
  const images = temporaryFolder();
  const data = temporaryFolder();
  const chain = await TokenChain.open();
  const roots = { file_remover__roots: JSON.stringify([images.path]) };
  // A chain has no instant between a decision and the removals at which a host could be killed.
  const shares = servers === undefined ? {} : connectionShares(servers, options);
  const env = { PROCESS__FUSE: 'false', ...servers?.env, ...shares, ...roots, ...chain?.env };
  const { http = false, configs } = options;
  const hosting = { env, http, ...(configs === undefined ? {} : { configs }) };
  const processes = new ProcessGroup({
    clock: systemClock,
    feed: new HistoryFeed(systemClock),
    ...layoutOf(options, servers, hosting, data.path),
  });
  const close = async (): Promise<void> => {
    await processes.close();
    chain?.close();
    images.remove();
    data.remove();
    await servers?.cleanUp();
  };
  await processes.open().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    processes,
    imageFolder: images.path,
    chain,
    description: descriptionOf(processes, options),
    close,
  };
}

function layoutOf(
  { replicas = 1 }: DemoOptions,
  servers: DemoServers | undefined,
  hosting: HostedServices,
  dataFolder: string,
): Pick<ProcessGroupOptions, 'groups' | 'hosting'> {
  if (servers === undefined)
    return { hosting: { ...hosting, databaseUrl: `pglite://${dataFolder}` } };
  const groups = Array.from({ length: replicas }, () => servers.groups).flat();
  return { groups, hosting: { ...hosting, leaseMs: replicas === 1 ? leaseMs : replicaLeaseMs } };
}

async function preparedServers({
  rabbitmq,
  database,
  http,
  configs,
}: DemoOptions): Promise<DemoServers | undefined> {
  if (rabbitmq === undefined && database === undefined) return undefined;
  if (rabbitmq !== undefined && database !== undefined)
    return (await import('./demo-servers.ts')).prepareServers(
      { rabbitmq, database },
      { http, configs },
    );
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

function descriptionOf(
  { serviceCount, processCount }: ProcessGroup,
  { http = false }: DemoOptions,
): string {
  const entrance = http ? '; requests over HTTP' : '';
  return processCount === 1
    ? `${serviceCount} services in one process, on the memory transport and PGlite${entrance}`
    : `${serviceCount} services in ${processCount} processes, on RabbitMQ and PostgreSQL${entrance}`;
}
