/**
 * The control socket of a running `unanimous up`: a local socket over which commands reach services
 * that are connected to no broker, and read an embedded database that only the running process may
 * open.
 *
 * Job: a JSON request and a JSON reply on each connection. Boundary: `control-requests.ts` says
 * which requests exist.
 *
 * - one-line: a request is a line of JSON, and so is its reply. A failed request gets an error with
 *   its code as reply.
 * - one-user: only the user who started the process may connect.
 * - one-owner: a socket file that a dead process left behind is replaced; the socket of a living
 *   process and any other file never are.
 * - one-path: no process listens or connects at a path that the system would cut. Two deployments
 *   whose paths begin alike would otherwise share a socket.
 */
import { once } from 'node:events';
import { lstatSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ErrorBody, errorBody, Refused, Transient } from '../runtime/ports/errors.ts';
import type { Json } from '../runtime/ports/json.ts';

export interface ControlSocket {
  close(): Promise<void>;
}

/** The reply to a request: `answer`, or `error` if the request failed. */
interface Reply {
  readonly answer?: Json;
  readonly error?: ErrorBody;
}

/** Produces the answer to a request: JSON. Rejects to reply with an error. */
export type RequestHandler = (request: Json) => Promise<Json>;

/** The shortest limit of the systems, in bytes: that of macOS. Linux takes 107. */
const pathBytesMax = 103;

/** Path of the socket: beside the folder of the embedded database. */
export function controlSocketPath(dataFolder: string): string {
  return `${resolve(dataFolder)}.socket`;
}

/** Why no process can listen at `path`. */
export function controlSocketProblem(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  return bytes <= pathBytesMax
    ? undefined
    : `the path of the control socket has ${bytes} bytes and the system takes ${pathBytesMax}; ` +
        `a shorter --data is needed: ${path}`;
}

/**
 * Listens at `path`. Rejects if another process listens there, if the path is too long or taken by
 * another file, or if the file system has no room for the socket.
 */
export async function openControlSocket(
  path: string,
  handle: RequestHandler,
): Promise<ControlSocket> {
  const problem = controlSocketProblem(path);
  if (problem !== undefined) throw new Refused('not-supported', problem);
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket)).on('error', () => socket.destroy());
    onFirstLine(socket, async (line) => {
      const reply = await replyTo(line, handle);
      socket.end(`${JSON.stringify(reply)}\n`);
    });
  });
  await listen(server, path);
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

/**
 * The answer of the process that listens at `path`; `undefined` if no process does. Rejects with
 * `Refused` if the process replies with an error, with `Transient('transport-lost')` if the process
 * stops before it replies.
 */
export async function askControlSocket(
  path: string,
  request: Json,
): Promise<{ readonly answer: Json } | undefined> {
  if (controlSocketProblem(path) !== undefined) return undefined;
  const socket = await connect(path);
  if (socket === undefined) return undefined;
  socket.write(`${JSON.stringify(request)}\n`);
  const line = await text(socket);
  if (line === '')
    throw new Transient('transport-lost', `the process at ${path} stopped before it replied`);
  const { answer = null, error }: Reply = JSON.parse(line);
  if (error !== undefined) throw new Refused(error.name, error.message);
  return { answer };
}

/** Calls back once, with the first line that arrives. */
function onFirstLine(socket: Socket, take: (line: string) => void): void {
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    if (received.includes('\n')) return;
    received += String(chunk);
    if (received.includes('\n')) take(received);
  });
}

/**
 * Never rejects: a request that is no JSON, or that the handler rejects, is an error in the reply.
 */
async function replyTo(line: string, handle: RequestHandler): Promise<Reply> {
  try {
    return { answer: await handle(JSON.parse(line)) };
  } catch (error) {
    return { error: errorBody(error) };
  }
}

async function listen(server: Server, path: string): Promise<void> {
  try {
    await listenOnce(server, path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EADDRINUSE' || !lstatSync(path).isSocket()) throw error;
    if (await isAnswered(path)) throw error;
    rmSync(path, { force: true });
    await listenOnce(server, path);
  }
}

async function listenOnce(server: Server, path: string): Promise<void> {
  const isListening = once(server, 'listening').then(() => undefined);
  const failure = once(server, 'error').then(([error]): unknown => error);
  // The socket is made in this call. With rights that are taken away later, another user could connect before.
  const usual = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(usual);
  }
  const error = await Promise.race([isListening, failure]);
  if (error !== undefined) throw error;
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = await connect(path);
  socket?.destroy();
  return socket !== undefined;
}

/** `undefined` if no process listens at `path`. */
async function connect(path: string): Promise<Socket | undefined> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    const isUnanswered = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'EINVAL'];
    if (isUnanswered.includes(systemCodeOf(error))) return undefined;
    throw error;
  }
}

function systemCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
