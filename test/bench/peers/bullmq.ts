/** BullMQ: the measured saga as a flow (three votes below a delete, an announcement after it), on a Redis of its own that syncs every write. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { freePorts } from '../../support/free-ports.ts';
import { benchId } from '../bench-ids.ts';
import type { Side } from '../contest.ts';
import { inFlight } from '../work.ts';

const concurrency = 64;
const votes = ['constants', 'methods', 'tags'];

async function startRedis(folder: string, port: number): Promise<ChildProcess> {
  const options = [
    '--port',
    String(port),
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
  ];
  const redis = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  while (!text.includes('Ready to accept connections'))
    text += String((await once(redis.stdout as NonNullable<typeof redis.stdout>, 'data'))[0]);
  redis.stdout?.resume();
  return redis;
}

export async function openBullmq(): Promise<{
  side(atOnce: number, count: number): Side;
  close(): Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'unanimous-bullmq-'));
  const [port = 0] = await freePorts(1);
  const redis = await startRedis(folder, port);
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const facts = new Queue('facts', { connection });
  const workers = [
    new Worker('votes', async () => ({ response: 'ok' }), { connection, concurrency }),
    new Worker('deletes', async ({ data }) => void (await facts.add('deleted', data)), {
      connection,
      concurrency,
    }),
  ];
  const flows = new FlowProducer({ connection });
  const events = new QueueEvents('deletes', { connection });
  await events.waitUntilReady();
  const run = async (): Promise<void> => {
    const data = { id: benchId() };
    const children = votes.map((voter) => ({ name: voter, queueName: 'votes', data }));
    const { job } = await flows.add({ name: 'delete', queueName: 'deletes', data, children });
    await job.waitUntilFinished(events);
  };
  return {
    side: (atOnce, count) => () => inFlight(count, atOnce, run),
    async close() {
      for (const worker of workers) await worker.close();
      await events.close();
      await flows.close();
      await facts.close();
      redis.kill('SIGTERM');
      await once(redis, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
