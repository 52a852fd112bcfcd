/**
 * The door of a running `unanimous up`: a local socket by which the commands reach services that are on no broker, and what only that
 * process may read of an embedded database.
 *
 * 1. One request a connection: a line of JSON in, a line of JSON out. What fails is answered as an error, with its code.
 * 2. The socket is its user's alone. One that a dead process left is taken over, one of a living process never.
 */
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ErrorBody, errorBody, Refused, Transient } from '../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';

export interface Door {
  close(): Promise<void>;
}

/** Beside the folder of the embedded database. */
export function doorPath(data: string): string {
  return `${resolve(data)}.socket`;
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Calls back once, with the first line that comes. */
function onLine(socket: Socket, take: (line: string) => void): void {
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    if (received.includes('\n')) return;
    received += String(chunk);
    if (received.includes('\n')) take(received);
  });
}

/** Opens it. Rejects where it cannot be, or another process has it. */
export async function openDoor(
  path: string,
  handle: (request: JsonObject) => Promise<Json>,
): Promise<Door> {
  const answer = async (request: string): Promise<Json> => {
    try {
      return { answer: await handle(JSON.parse(request) as JsonObject) };
    } catch (error) {
      return { error: errorBody(error) as unknown as Json };
    }
  };
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    onLine(
      socket,
      (request) => void answer(request).then((body) => socket.end(`${JSON.stringify(body)}\n`)),
    );
  });
  await listening(server, path);
  chmodSync(path, 0o600);
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function listening(server: Server, path: string): Promise<void> {
  const attempt = async (): Promise<void> => {
    const [listens, fails] = [once(server, 'listening'), once(server, 'error')];
    server.listen(path);
    const failure = await Promise.race([
      listens.then(() => undefined),
      fails.then(([error]) => error as unknown),
    ]);
    if (failure !== undefined) throw failure;
  };
  try {
    await attempt();
  } catch (error) {
    const other = systemCode(error) === 'EADDRINUSE' ? await connected(path) : undefined;
    other?.destroy();
    if (systemCode(error) !== 'EADDRINUSE' || other !== undefined) throw error;
    rmSync(path, { force: true });
    await attempt();
  }
}

/** Undefined when nobody is there. */
async function connected(path: string): Promise<Socket | undefined> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'EINVAL'].includes(systemCode(error)))
      return undefined;
    throw error;
  }
}

/**
 * What the process behind the door answers; undefined when there is none. Throws `Refused` with what it answers as an error, `Transient` when it
 * is stopped meanwhile.
 */
export async function knock(
  path: string,
  request: JsonObject,
): Promise<{ readonly answer: Json } | undefined> {
  const socket = await connected(path);
  if (socket === undefined) return undefined;
  socket.write(`${JSON.stringify(request)}\n`);
  const line = await text(socket);
  if (line === '')
    throw new Transient(
      'transport-lost',
      `the process behind ${path} was stopped before it had answered`,
    );
  const { answer = null, error } = JSON.parse(line) as { answer?: Json; error?: ErrorBody };
  if (error !== undefined) throw new Refused(error.name, error.message);
  return { answer };
}
