/**
 * Where the real servers of the tests are, and whether they answer.
 *
 * Job: one URL a server, from the environment or the local default; one TCP probe a server and process.
 * Boundary: knows no driver; that a port accepts a connection is all it says.
 */
import { connect } from 'node:net';

export type ServerName = 'postgres' | 'redis' | 'rabbitmq';

/** URLs; POSTGRES_URL, REDIS_URL and RABBITMQ_URL go before the defaults. */
export const servers: Readonly<Record<ServerName, string>> = {
  postgres: process.env['POSTGRES_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/test',
  redis: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
  rabbitmq: process.env['RABBITMQ_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672',
};

const defaultPorts: Readonly<Record<ServerName, number>> = {
  postgres: 5432,
  redis: 6379,
  rabbitmq: 5672,
};
const probeLimitMs = 3_000;
const probes = new Map<ServerName, Promise<boolean>>();

export function isServer(name: string): name is ServerName {
  return Object.hasOwn(servers, name);
}

/** `name (host:port)`, without the credentials of the URL. */
export function serverLabel(name: ServerName): string {
  const { host, port } = addressOf(name);
  return `${name} (${host}:${port})`;
}

/** Those of `names` that accept no TCP connection; each is tried once a process. */
export async function unreachable(names: readonly ServerName[]): Promise<ServerName[]> {
  const answers = await Promise.all(names.map(probed));
  return names.filter((_, index) => !answers[index]);
}

function addressOf(name: ServerName): { host: string; port: number } {
  const url = new URL(servers[name]);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPorts[name] : Number(url.port),
  };
}

function probed(name: ServerName): Promise<boolean> {
  const probe = probes.get(name) ?? accepts(addressOf(name));
  probes.set(name, probe);
  return probe;
}

function accepts(address: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout: probeLimitMs });
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}
