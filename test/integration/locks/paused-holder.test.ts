/**
 * Locks in a real Redis beside the fence in a real PostgreSQL: a holder that lives keeps its lock, a
 * holder that was paused past its time is refused by the fence, and Redis that loses its keys loses
 * no exclusion.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { cardsSqlStore } from '../../../actors/cards/sql-store.ts';
import { cardsRead, cardsWrite, type Turn } from '../../../actors/cards/store.ts';
import { Conflict } from '../../../runtime/ports/errors.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { RedisLocks } from '../../../runtime/redis/redis-locks.ts';
import { programAt } from '../../support/program.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('locks: a holder that is paused', {
  needs: ['redis', 'postgres'],
  deadlineMs: 60_000,
});
const ttlMs = 1_500;
let runs = 0;
let databaseUrl: string;
let keyPrefix: string;
let database: Database;
let redis: Redis;
let locks: RedisLocks;
let holder: ChildProcess | undefined;
let printed: string;

test.before.each(async () => {
  runs += 1;
  keyPrefix = `test:paused:${process.pid}:${runs}:`;
  databaseUrl = `${servers.postgres}?schema=paused_${process.pid}_${runs}`;
  database = await openDatabase(databaseUrl, { stores: [cardsSqlStore] });
  await database.migrate();
  redis = new Redis(servers.redis);
  locks = new RedisLocks({ url: servers.redis, keyPrefix });
  printed = '';
});
test.after.each(async () => {
  holder?.kill('SIGKILL');
  holder = undefined;
  await locks.close();
  const keys = await redis.keys(`${keyPrefix}*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
  for (const schema of [database.journalSchema, database.schemaOf('cards')])
    await database.query(`drop schema ${schema} cascade`, []);
  await database.close();
});

function apply(...writes: readonly ReturnType<typeof cardsWrite>[]): Promise<unknown> {
  return database.transaction(async (transaction) =>
    database.stores
      .get('cards')
      ?.apply(transaction.entityManager(database.schemaOf('cards')), writes),
  );
}

async function turnOf(id: string): Promise<Turn> {
  const { op, args } = cardsRead('turn', { id });
  return (await database.stores.get('cards')?.read(op, args)) as unknown as Turn;
}

/** Two cards of one transaction, both marked: `c1` is first in the queue. */
async function markCards(): Promise<void> {
  for (const id of ['c1', 'c2']) {
    const card = { id, owner: 'kim', kind: 'db', transaction: 't1', metadata: {} } as const;
    await apply(cardsWrite('add', card, null));
    await apply(cardsWrite('markDeleted', { id, lock: 't1' }, { version: 1 }));
  }
}

async function startHolder(): Promise<ChildProcess> {
  const { options, file } = programAt(new URL('./lock-holder.ts', import.meta.url));
  const args = [...options, file, databaseUrl, keyPrefix, String(ttlMs)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  holder = child;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await said(child, 'held');
  return child;
}

async function said(child: ChildProcess, text: string): Promise<void> {
  while (!printed.includes(text)) {
    if (child.stdout === null) throw new Error('the holder has no output');
    await once(child.stdout, 'data');
  }
}

async function untilFree(): Promise<void> {
  while ((await redis.exists(`${keyPrefix}t1`)) === 1) await redis.ping();
}

/** By the time of Redis. */
async function untilLater(ms: number): Promise<void> {
  const nowMs = async () => Number((await redis.time())[0]) * 1_000;
  const endMs = (await nowMs()) + ms;
  while ((await nowMs()) < endMs) await redis.ping();
}

test('a holder that lives keeps its lock past the time to live', async () => {
  await markCards();
  await startHolder();
  await untilLater(2 * ttlMs);
  assert.is(await locks.acquire('t1', 'c2', ttlMs), undefined);
});

test('a holder that was paused past its time finds another holder, and the fence refuses its write', async () => {
  await markCards();
  const child = await startHolder();
  child.kill('SIGSTOP');
  await untilFree();
  assert.ok(await locks.acquire('t1', 'c2', 60_000));
  // Another process carries the deletion of c1 out, and gives the ticket back.
  const { ticket } = await turnOf('c1');
  assert.ok(ticket !== null);
  await apply(
    cardsWrite('restore', { id: 'c1' }, { version: 2, ticket: ticket ?? 0 }),
    cardsWrite('leave', { id: 'c1' }, null),
  );
  child.kill('SIGCONT');
  child.kill('SIGUSR2');
  await said(child, 'refused: the ticket');
  await said(child, 'log: a lock has ended before its holder gave it back');
  assert.is(await locks.acquire('t1', 'c3', ttlMs), undefined);
  assert.equal(await turnOf('c2'), { ticket: (await turnOf('c2')).ticket, ahead: null });
});

test('when Redis loses its keys, the fence alone keeps the second deletion back', async () => {
  await markCards();
  const child = await startHolder();
  await redis.del(`${keyPrefix}t1`);
  await said(child, 'log: a lock has ended before its holder gave it back');
  assert.ok(await locks.acquire('t1', 'c2', ttlMs));
  const second = await turnOf('c2');
  assert.is(second.ahead, 'c1');
  const args = { id: 'c2', atMs: 1, shared: [] };
  const expect = { version: 2, ticket: second.ticket ?? 0 };
  await assert.rejects(apply(cardsWrite('remove', args, expect)), Conflict);
  child.kill('SIGUSR2');
  await said(child, 'removed');
});

test('Redis that cannot be reached is in the log, once for each outage', async () => {
  const lines: string[] = [];
  const away = new RedisLocks({
    url: 'redis://127.0.0.1:1',
    log: (level, message) => lines.push(`${level}: ${message}`),
  });
  for (let call = 0; call < 2; call += 1)
    await assert.rejects(away.acquire('t1', 'c1', ttlMs), /Redis cannot be reached/);
  away.keep('t1', 'c1', ttlMs);
  await away.close();
  assert.equal(lines, ['warn: Redis cannot be reached, locks wait']);
});

test.run();
