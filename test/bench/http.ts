/**
 * Reads and creates of nodes over HTTP, 32 connections at once, in one process on PostgreSQL: reads
 * straight from the service, creates through gateway and service. By hand: routes of Fastify over the same statements that `hierarchy` is held
 * against. Nobody is asked there, no message is sent, and a repeated request is done again.
 */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import Fastify, { type FastifyInstance } from 'fastify';
import { hierarchySqlModule } from '../../actors/hierarchy/sql/sql-store.ts';
import { httpSettings } from '../../config/http-settings.ts';
import { openDeployment, packageServices } from '../../deployment.ts';
import { openHttpServer } from '../../edge/http/server.ts';
import { type Database, openDatabase } from '../../runtime/postgres/database.ts';
import type { Benchmark, Contest, Size } from './contest.ts';
import { handwritten } from './hierarchy-reads.ts';
import { handwrittenTree } from './hierarchy-writes.ts';
import { dropPlace, placeUrl } from './postgres-place.ts';
import { inFlight } from './work.ts';

const atOnce = 32;
const timesBySize: Readonly<Record<Size, number>> = { tiny: 2, quick: 500, full: 3_000 };

/** A slow machine takes longer than the default wait. */
const headers = { 'content-type': 'application/json', prefer: 'wait=300' };

/** One request; its answer must have the status. */
type Send = (method: string, path: string, status: number, body?: object) => Promise<string>;

function sender(base: string): { readonly send: Send; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const send: Send = async (method, path, status, body) => {
    const sent = request(`${base}${path}`, { method, headers, agent });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const answer = await text(response);
    if (response.statusCode !== status) throw new Error(`${method} ${path}: ${answer}`);
    return answer;
  };
  return { send, close: () => agent.destroy() };
}

interface Served {
  readonly base: string;
  close(): Promise<void>;
}

async function ourServer(databaseUrl: string): Promise<Served> {
  const deployment = await openDeployment({ services: packageServices('objects'), databaseUrl });
  await deployment.start();
  const server = await openHttpServer(deployment, httpSettings({}), () => undefined);
  const close = async () => {
    await server.close();
    await deployment.stop();
  };
  return { base: `${server.url}/v1`, close };
}

async function handwrittenServer(database: Database): Promise<Served> {
  const app: FastifyInstance = Fastify();
  const nodes = `${database.schemaOf('hierarchy')}.nodes`;
  const statement = handwritten(nodes, `select * from ${nodes} where id = $1::uuid`);
  app.get<{ Params: { id: string } }>('/objects/:id', async ({ params }, reply) => {
    const [row] = await database.query(statement, [params.id]);
    const [node] = JSON.parse(String(row?.['document'])) as readonly object[];
    return node ?? reply.code(404).send({ error: 'no such node' });
  });
  const tree = await handwrittenTree(database);
  app.post<{ Body: { parentId?: string } }>('/objects', async ({ body }, reply) => {
    const id = await tree.create(body.parentId ?? null);
    return reply.code(201).send({ id });
  });
  return { base: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() };
}

async function created(send: Send, parentId?: string): Promise<string> {
  const body = parentId === undefined ? {} : { parentId };
  return JSON.parse(await send('POST', '/objects', 201, body)).id;
}

async function openContest(kind: 'read' | 'create', size: Size): Promise<Contest> {
  const databaseUrl = placeUrl();
  const our = await ourServer(databaseUrl);
  const database = await openDatabase(databaseUrl, { stores: [hierarchySqlModule] });
  const other = await handwrittenServer(database);
  const [ours, others] = [sender(our.base), sender(other.base)];
  const count = timesBySize[size];
  const id = await created(ours.send);
  const reading = (send: Send) => () =>
    inFlight(count, atOnce, () => send('GET', `/objects/${id}`, 200));
  const creating = (send: Send) => async () => {
    const parent = await created(send);
    return inFlight(count, atOnce, () => created(send, parent));
  };
  const sideOf = kind === 'read' ? reading : creating;
  return {
    ours: sideOf(ours.send),
    other: sideOf(others.send),
    async close() {
      for (const { close } of [ours, others]) close();
      await Promise.all([our.close(), other.close()]);
      await database.close();
      await dropPlace(databaseUrl);
    },
  };
}

const kinds = ['read', 'create'] as const;

export const httpBenchmarks: readonly Benchmark[] = kinds.map((kind) => ({
  name: `http-${kind}`,
  unit: 'requests/s',
  needs: ['postgres'],
  rounds: 3,
  open: (size) => openContest(kind, size),
}));
