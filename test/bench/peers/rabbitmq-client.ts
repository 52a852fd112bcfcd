/** rabbitmq-client, with the settings of the benchmarks it stands in. */
import { Connection } from 'rabbitmq-client';
import type { Contest, Sample, Side, Size } from '../contest.ts';
import { Arrivals, body, messagesBySize, timed, window } from '../rabbit-throughput.ts';
import { inFlight } from '../work.ts';
import type { OpenedHost } from './peer-host.ts';

export async function throughput({ contest, url }: OpenedHost, size: Size): Promise<Contest> {
  const connection = new Connection(url);
  const arrivals = new Arrivals();
  const publisher = connection.createPublisher({
    confirm: true,
    queues: [{ queue: 'peer', durable: true }],
  });
  const consumer = connection.createConsumer(
    { queue: 'peer', queueOptions: { durable: true }, qos: { prefetchCount: window } },
    async () => arrivals.count(),
  );
  const count = messagesBySize[size];
  const side: Side = (): Promise<Sample> =>
    timed(count, arrivals, () =>
      inFlight(count, window, () => publisher.send({ routingKey: 'peer', durable: true }, body)),
    );
  return {
    ...contest,
    also: { ...contest.also, 'rabbitmq-client': side },
    async close() {
      await publisher.close();
      await consumer.close();
      await connection.close();
      await contest.close();
    },
  };
}

export async function request(
  { contest, url }: OpenedHost,
  count: number,
  atOnce: number,
): Promise<Contest> {
  const connection = new Connection(url);
  const server = connection.createConsumer(
    { queue: 'peer_echo', queueOptions: { durable: false }, qos: { prefetchCount: 256 } },
    async (message, reply) => void (await reply(message.body)),
  );
  const client = connection.createRPCClient({});
  const side: Side = () =>
    inFlight(count, atOnce, () => client.send('peer_echo', { action: 'echo', data: {} }));
  return {
    ...contest,
    also: { ...contest.also, 'rabbitmq-client': side },
    async close() {
      await client.close();
      await server.close();
      await connection.close();
      await contest.close();
    },
  };
}
