/**
 * A request and its answer over RabbitMQ, 1, 16 and 128 in flight: two of our transports and the runtime's client, beside raw
 * amqplib by direct reply-to with `noDelay`. Nothing is durable on either side.
 */
import { type Channel, connect } from 'amqplib';
import { systemChance } from '../../runtime/chance.ts';
import { Client } from '../../runtime/client.ts';
import { systemClock } from '../../runtime/clock.ts';
import { systemIds } from '../../runtime/ids.ts';
import { RabbitmqTransport } from '../../transports/rabbitmq/rabbitmq-transport.ts';
import { openVirtualHost } from '../support/virtual-host.ts';
import type { Benchmark, Contest, Size } from './contest.ts';
import { inFlight } from './work.ts';

const requestsBySize: Readonly<Record<Size, number>> = { tiny: 20, quick: 4_000, full: 20_000 };
const echoQueue = { name: 'echo', durable: false, exclusive: false, autoDelete: true, declare: true, arguments: {} };
const topology = { exchanges: [], queues: [echoQueue], bindings: [] };

type Request = () => Promise<unknown>;
type Opened = { readonly request: Request; readonly close: () => Promise<void> };

function transportTo(url: string): RabbitmqTransport {
  return new RabbitmqTransport({ urls: [url], clock: systemClock, random: systemChance });
}

async function ourSide(url: string): Promise<Opened> {
  const server = transportTo(url);
  await server.open(topology);
  await server.consume('echo', { prefetch: 256 }, async ({ properties, body }) => {
    const { replyTo = '', correlationId = '' } = properties;
    void server.publish({ exchange: '', routingKey: replyTo, mandatory: false, properties: { correlationId, persistent: false }, body });
    return 'done';
  });
  const client = new Client({ transport: transportTo(url), name: 'bench', clock: systemClock, ids: systemIds(systemClock) });
  await client.open();
  const request = () => client.request({ exchange: '', routingKey: 'echo' }, { action: 'echo', data: {} });
  const close = async () => {
    await client.close();
    await server.close();
  };
  return { request, close };
}

async function echo(channel: Channel): Promise<void> {
  await channel.assertQueue('raw', { durable: false });
  await channel.prefetch(256);
  await channel.consume('raw', (message) => {
    if (message === null) return;
    channel.sendToQueue(message.properties.replyTo, message.content, { correlationId: message.properties.correlationId });
    channel.ack(message);
  });
}

async function rawSide(url: string): Promise<Opened> {
  const [serving, asking] = [await connect(url, { noDelay: true }), await connect(url, { noDelay: true })];
  await echo(await serving.createChannel());
  const channel = await asking.createChannel();
  const waiting = new Map<string, (answer: unknown) => void>();
  const take = (message: { content: Buffer; properties: { correlationId: string } } | null): void => {
    if (message === null) return;
    waiting.get(message.properties.correlationId)?.(JSON.parse(message.content.toString()));
    waiting.delete(message.properties.correlationId);
  };
  await channel.consume('amq.rabbitmq.reply-to', take, { noAck: true });
  let asked = 0;
  const request = () =>
    new Promise((resolve) => {
      asked += 1;
      waiting.set(String(asked), resolve);
      const properties = { replyTo: 'amq.rabbitmq.reply-to', correlationId: String(asked), contentType: 'application/json' };
      channel.sendToQueue('raw', Buffer.from(JSON.stringify({ action: 'echo', data: {} })), properties);
    });
  const close = async () => {
    await asking.close();
    await serving.close();
  };
  return { request, close };
}

/** A lone request waits for the wire, so fewer of them are enough. */
export function requestsOf(size: Size, window: number): number {
  return window === 1 ? requestsBySize[size] / 4 : requestsBySize[size];
}

async function open(size: Size, window: number): Promise<Contest> {
  const host = await openVirtualHost('request');
  const [ours, raw] = [await ourSide(host.url), await rawSide(host.url)];
  const count = requestsOf(size, window);
  return {
    ours: () => inFlight(count, window, ours.request),
    other: () => inFlight(count, window, raw.request),
    async close() {
      await ours.close();
      await raw.close();
      await host.remove();
    },
  };
}

export const rabbitRequest: readonly Benchmark[] = [1, 16, 128].map((window) => ({
  name: 'rabbit-request',
  parameter: window,
  unit: 'requests/s',
  needs: ['rabbitmq'],
  open: (size) => open(size, window),
}));
