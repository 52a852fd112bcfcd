/**
 * A request and its answer over RabbitMQ, 1, 16 and 128 in flight: two of our transports and the runtime's client, beside raw
 * amqplib by direct reply-to with `noDelay`, which promises nothing; behind a slash, raw amqplib that promises what ours does: confirms,
 * returns, a reply queue with a name and acknowledgements. No message survives the broker on any side.
 */
import {
  type Channel,
  type ChannelModel,
  type ConsumeMessage,
  connect,
  type Options,
} from 'amqplib';
import { Client } from '../../runtime/client.ts';
import { systemChance } from '../../runtime/ports/chance.ts';
import { systemClock } from '../../runtime/ports/clock.ts';
import { systemIds } from '../../runtime/ports/ids.ts';
import { RabbitmqTransport } from '../../transports/rabbitmq/rabbitmq-transport.ts';
import { openVirtualHost } from '../support/virtual-host.ts';
import type { Benchmark, Contest, Size } from './contest.ts';
import { inFlight } from './work.ts';

const requestsBySize: Readonly<Record<Size, number>> = { tiny: 20, quick: 2_000, full: 20_000 };
const echoQueue = {
  name: 'echo',
  durable: false,
  exclusive: false,
  autoDelete: true,
  declare: true,
  arguments: {},
};
const topology = { exchanges: [], queues: [echoQueue], bindings: [] };

type Publish = (queue: string, content: Buffer, options: Options.Publish) => void;
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
    void server.publish({
      exchange: '',
      routingKey: replyTo,
      mandatory: false,
      properties: { correlationId, persistent: false },
      body,
    });
    return 'done';
  });
  const client = new Client({
    transport: transportTo(url),
    name: 'bench',
    clock: systemClock,
    ids: systemIds(systemClock),
  });
  await client.open();
  const request = () =>
    client.request({ exchange: '', routingKey: 'echo' }, { action: 'echo', data: {} });
  const close = async () => {
    await client.close();
    await server.close();
  };
  return { request, close };
}

/** What a raw side promises: nothing, or what ours does. */
interface Promised {
  readonly queue: string;
  /** Confirms for question and answer, the question given back when nobody takes it. */
  readonly confirms: boolean;
  /** Answers come to a queue with a name and are acknowledged; else by direct reply-to. */
  readonly namedReplies: boolean;
}

const nothing: Promised = { queue: 'raw', confirms: false, namedReplies: false };
const asOurs: Promised = { queue: 'raw_durable', confirms: true, namedReplies: true };

/** Publishes to a queue through a channel of its own. */
async function publisher(
  model: ChannelModel,
  confirms: boolean,
): Promise<{ channel: Channel; publish: Publish }> {
  if (!confirms) {
    const channel = await model.createChannel();
    return {
      channel,
      publish: (queue, content, options) => channel.sendToQueue(queue, content, options),
    };
  }
  const channel = await model.createConfirmChannel();
  return {
    channel,
    publish: (queue, content, options) =>
      channel.sendToQueue(queue, content, { ...options, mandatory: true }, failLoudly),
  };
}

function failLoudly(error: unknown): void {
  if (error !== null) throw error;
}

async function echo(model: ChannelModel, { queue, confirms }: Promised): Promise<void> {
  const { channel: publishing, publish } = await publisher(model, confirms);
  const channel = confirms ? await model.createChannel() : publishing;
  await channel.assertQueue(queue, { durable: false });
  await channel.prefetch(256);
  await channel.consume(queue, (message) => {
    if (message === null) return;
    publish(message.properties.replyTo, message.content, {
      correlationId: message.properties.correlationId,
    });
    channel.ack(message);
  });
}

async function replyQueue(channel: Channel, { namedReplies }: Promised): Promise<string> {
  if (!namedReplies) return 'amq.rabbitmq.reply-to';
  return (await channel.assertQueue('', { durable: false, exclusive: true, autoDelete: true }))
    .queue;
}

async function rawSide(url: string, promised: Promised): Promise<Opened> {
  const [serving, asking] = [
    await connect(url, { noDelay: true }),
    await connect(url, { noDelay: true }),
  ];
  await echo(serving, promised);
  const { channel: publishing, publish } = await publisher(asking, promised.confirms);
  // Direct reply-to wants its answers on the channel that asks.
  const channel = promised.namedReplies ? await asking.createChannel() : publishing;
  const waiting = new Map<string, (answer: unknown) => void>();
  const take = (message: ConsumeMessage | null): void => {
    if (message === null) return;
    waiting.get(message.properties.correlationId)?.(JSON.parse(message.content.toString()));
    waiting.delete(message.properties.correlationId);
    if (promised.namedReplies) channel.ack(message);
  };
  const replyTo = await replyQueue(channel, promised);
  await channel.consume(replyTo, take, { noAck: !promised.namedReplies });
  let asked = 0;
  const request = () =>
    new Promise((resolve) => {
      asked += 1;
      waiting.set(String(asked), resolve);
      const properties = { replyTo, correlationId: String(asked), contentType: 'application/json' };
      publish(
        promised.queue,
        Buffer.from(JSON.stringify({ action: 'echo', data: {} })),
        properties,
      );
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
  const ours = await ourSide(host.url);
  const [raw, durable] = [await rawSide(host.url, nothing), await rawSide(host.url, asOurs)];
  const count = requestsOf(size, window);
  return {
    ours: () => inFlight(count, window, ours.request),
    other: () => inFlight(count, window, raw.request),
    also: { durable: () => inFlight(count, window, durable.request) },
    async close() {
      await ours.close();
      await raw.close();
      await durable.close();
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
