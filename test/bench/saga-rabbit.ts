/**
 * The measured saga with votes as messages over RabbitMQ, everything durable: outbox, confirms, acknowledged after the commit, the voter
 * keeps its vote. By hand: the same steps with the same statements, a batch at a time, over raw amqplib.
 */
import { createRuntime } from '../../composition/create-runtime.ts';
import { transportsAt } from '../../composition/transport-schemes.ts';
import { openVirtualHost } from '../support/virtual-host.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Side, Size } from './contest.ts';
import { HandwrittenVotes } from './handwritten-votes.ts';
import { itemsSqlStore } from './items-store.ts';
import { type BenchEnvironment, ownerService, voterService } from './measured-saga.ts';
import { openPlace } from './postgres-place.ts';
import { levels, sagasOf } from './saga-local.ts';
import { inFlight } from './work.ts';

interface Opened {
  readonly side: Side;
  close(): Promise<void>;
}

/** Owner and voters each with a runtime, a connection and a journal of their own, as in two processes. */
export async function openSagas(
  url: string,
  atOnce: number,
  count: number,
  env: BenchEnvironment = {},
): Promise<Opened> {
  const [owning, voting] = [
    await openPlace('postgres', [itemsSqlStore]),
    await openPlace('postgres'),
  ];
  const items = owning.database.stores.get('items');
  if (items === undefined) throw new Error('the place has no items');
  const transports = await transportsAt([url]);
  const owner = createRuntime({
    services: [ownerService(items, env)],
    journal: owning.journal,
    transports,
  });
  const voters = createRuntime({
    services: [voterService(true, env)],
    journal: voting.journal,
    transports,
  });
  await voters.start();
  await owner.start();
  const client = await owner.client('bench');
  const side: Side = () =>
    inFlight(count, atOnce, () => {
      const id = benchId();
      return client.request(
        { exchange: 'owner', routingKey: 'owner_consume' },
        { action: 'delete', data: { id } },
        { messageId: id },
      );
    });
  const close = async () => {
    await client.close();
    await owner.stop();
    await voters.stop();
    await owning.close();
    await voting.close();
  };
  return { side, close };
}

async function handwrittenSide(url: string, atOnce: number, count: number): Promise<Opened> {
  const sagas = await HandwrittenVotes.open(url);
  return {
    side: () => inFlight(count, atOnce, () => sagas.run(benchId())),
    close: () => sagas.close(),
  };
}

async function open(size: Size, atOnce: number): Promise<Contest> {
  const host = await openVirtualHost('saga');
  const count = Math.ceil(sagasOf(size, atOnce) / (size === 'tiny' ? 2 : 3));
  const [ours, other] = [
    await openSagas(host.url, atOnce, count),
    await handwrittenSide(host.url, atOnce, count),
  ];
  return {
    ours: ours.side,
    other: other.side,
    async close() {
      await ours.close();
      await other.close();
      await host.remove();
    },
  };
}

export const sagaRabbit: readonly Benchmark[] = levels.map((atOnce) => ({
  name: 'saga-rabbit',
  parameter: atOnce,
  unit: 'sagas/s',
  needs: ['postgres', 'rabbitmq'],
  open: (size) => open(size, atOnce),
}));
