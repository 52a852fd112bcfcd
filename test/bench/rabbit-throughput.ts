/**
 * Publish confirmed, consume, acknowledge: 1 KB, persistent, 300 unconfirmed and 300 unacknowledged at the most, beside raw amqplib
 * with the same settings on the same kind of queue.
 */
import { connect } from 'amqplib';
import { systemChance } from '../../runtime/ports/chance.ts';
import { systemClock } from '../../runtime/ports/clock.ts';
import { RabbitmqTransport } from '../../transports/rabbitmq/rabbitmq-transport.ts';
import { openVirtualHost } from '../support/virtual-host.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';

export const window = 300;
export const body = Buffer.alloc(1_024, 'x');
export const messagesBySize: Readonly<Record<Size, number>> = {
  tiny: 300,
  quick: 10_000,
  full: 40_000,
};
const queue = (name: string) => ({
  name,
  durable: true,
  exclusive: false,
  autoDelete: false,
  declare: true,
  arguments: {},
});

/** Counts deliveries up to a number. */
export class Arrivals {
  #left = 0;
  #done: () => void = () => undefined;

  expect(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  count(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#done();
  }
}

export async function timed(
  count: number,
  arrivals: Arrivals,
  publishAll: () => Promise<unknown>,
): Promise<Sample> {
  const startMs = performance.now();
  const arrived = arrivals.expect(count);
  await Promise.all([publishAll(), arrived]);
  return { value: (count / (performance.now() - startMs)) * 1_000 };
}

async function ourSide(
  url: string,
  count: number,
): Promise<{ run: () => Promise<Sample>; close: () => Promise<void> }> {
  const transport = new RabbitmqTransport({
    urls: [url],
    clock: systemClock,
    random: systemChance,
    confirmWindowMax: window,
  });
  await transport.open({ exchanges: [], queues: [queue('ours')], bindings: [] });
  const arrivals = new Arrivals();
  await transport.consume('ours', { prefetch: window }, async () => {
    arrivals.count();
    return 'done';
  });
  const message = {
    exchange: '',
    routingKey: 'ours',
    mandatory: false,
    properties: { persistent: true },
    body,
  };
  const publishAll = () =>
    Promise.all(Array.from({ length: count }, () => transport.publish(message)));
  return { run: () => timed(count, arrivals, publishAll), close: () => transport.close() };
}

async function rawSide(
  url: string,
  count: number,
): Promise<{ run: () => Promise<Sample>; close: () => Promise<void> }> {
  const connection = await connect(url, { noDelay: true });
  const publisher = await connection.createConfirmChannel();
  const consumer = await connection.createChannel();
  await consumer.assertQueue('raw', { durable: true });
  await consumer.prefetch(window);
  const arrivals = new Arrivals();
  await consumer.consume('raw', (message) => {
    if (message === null) return;
    arrivals.count();
    consumer.ack(message);
  });
  const publishAll = (): Promise<void> =>
    new Promise((resolve) => {
      let [sent, confirmed] = [0, 0];
      const send = (): void => {
        for (; sent < count && sent - confirmed < window; sent += 1) {
          publisher.publish('', 'raw', body, { persistent: true }, () => {
            confirmed += 1;
            if (confirmed === count) resolve();
            else send();
          });
        }
      };
      send();
    });
  return { run: () => timed(count, arrivals, publishAll), close: () => connection.close() };
}

async function open(size: Size): Promise<Contest> {
  const host = await openVirtualHost('throughput');
  const [ours, raw] = [
    await ourSide(host.url, messagesBySize[size]),
    await rawSide(host.url, messagesBySize[size]),
  ];
  return {
    ours: ours.run,
    other: raw.run,
    async close() {
      await ours.close();
      await raw.close();
      await host.remove();
    },
  };
}

export const rabbitThroughput: Benchmark = {
  name: 'rabbit-throughput',
  unit: 'messages/s',
  needs: ['rabbitmq'],
  open,
};
