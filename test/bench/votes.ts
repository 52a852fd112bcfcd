/**
 * One deletion with N voters over RabbitMQ, everything durable, beside 2 N requests (ask, then tell) over raw amqplib with nothing
 * durable; and, behind a slash, by hand with all of it durable. The voters are played on all sides by one consumer that answers `ok` at once.
 */
import { type ChannelModel, connect } from 'amqplib';
import { openDatabase } from '../../runtime/postgres/database.ts';
import { openVirtualHost } from '../support/virtual-host.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';
import { HandwrittenBallots } from './handwritten-ballots.ts';
import { openShop, type Shop } from './shop.ts';
import { oneByOne } from './work.ts';

const ballotsBySize: Readonly<Record<Size, number>> = { tiny: 1, quick: 2, full: 10 };

export function voterName(index: number): string {
  return `bench_voter_${index}`;
}

/** Takes every question to `voters` on the exchange, and answers as the protocol wants. */
export async function playVoters(url: string, voters: number): Promise<ChannelModel> {
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertQueue('bench_voters', { durable: false, exclusive: true });
  for (let index = 0; index < voters; index += 1)
    await channel.bindQueue('bench_voters', 'objects', voterName(index));
  await channel.consume(
    'bench_voters',
    (message) => {
      if (message === null) return;
      const { replyTo, correlationId } = message.properties;
      const answer = { response: 'ok', service: message.fields.routingKey };
      const properties = {
        correlationId,
        messageId: `${correlationId}/answer`,
        headers: { 'consent-protocol': 2 },
      };
      if (replyTo !== undefined)
        channel.publish('objects', replyTo, Buffer.from(JSON.stringify(answer)), properties);
    },
    { noAck: true },
  );
  return connection;
}

/** Subscribes every voter to the node, with an answer. */
async function subscribeAll(connection: ChannelModel, node: string, voters: number): Promise<void> {
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'objects', queue);
  let left = voters;
  const answered = new Promise<void>((resolve, reject) => {
    void channel.consume(
      queue,
      (message) => {
        if (!String(message?.content).includes('"ok"'))
          reject(new Error(`not subscribed: ${message?.content}`));
        left -= 1;
        if (left === 0) resolve();
      },
      { noAck: true },
    );
  });
  for (let index = 0; index < voters; index += 1) {
    const body = {
      action: 'subscribe',
      data: { service: voterName(index), subscribe_to_id: [node] },
    };
    const id = `${node}/${index}`;
    channel.publish('objects', 'objects_model_crud_consume', Buffer.from(JSON.stringify(body)), {
      replyTo: queue,
      correlationId: id,
      messageId: id,
      appId: voterName(index),
      contentType: 'application/json',
      headers: { 'consent-protocol': 2 },
    });
  }
  await answered;
  await channel.close();
}

function ourBallots(
  shop: Shop,
  connection: ChannelModel,
  voters: number,
  count: number,
): Promise<Sample> {
  const subscribed = async (): Promise<string> => {
    const object = await shop.create('objects');
    await subscribeAll(connection, object, voters);
    return object;
  };
  return oneByOne(count, subscribed, (object) => shop.delete('objects', object));
}

/** Asks all about these nodes and waits for all, then tells all and waits for all. */
export async function rawBallots(
  url: string,
  voters: number,
  id: string | readonly string[] = 'x',
): Promise<{ run: (count: number) => Promise<Sample>; close: () => Promise<void> }> {
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertQueue('raw_answers', { exclusive: true });
  await channel.bindQueue('raw_answers', 'objects', 'raw_answers');
  let left = 0;
  let done: () => void = () => undefined;
  await channel.consume(
    'raw_answers',
    () => {
      left -= 1;
      if (left === 0) done();
    },
    { noAck: true },
  );
  const round = (action: string): Promise<void> =>
    new Promise((resolve) => {
      left = voters;
      done = resolve;
      for (let index = 0; index < voters; index += 1) {
        const content = Buffer.from(JSON.stringify({ action, data: { id } }));
        channel.publish('objects', voterName(index), content, {
          replyTo: 'raw_answers',
          correlationId: `${action}/${index}`,
        });
      }
    });
  const ballot = async (): Promise<void> => {
    await round('mayDelete');
    await round('deleting');
  };
  const run = (count: number): Promise<Sample> => oneByOne(count, async () => undefined, ballot);
  return { run, close: () => connection.close() };
}

/** Versions of all actors: how many turns they have committed. */
export async function commitsOf(url: string): Promise<number> {
  const database = await openDatabase(url, { stores: [] });
  const [row] = await database.query(
    `select coalesce(sum(version), 0)::integer as commits from ${database.journalSchema}.actors`,
    [],
  );
  await database.close();
  return row?.['commits'] as number;
}

async function open(size: Size, voters: number): Promise<Contest> {
  const host = await openVirtualHost('votes');
  const shop = await openShop(['objects'], host.url);
  const [peers, raw] = [await playVoters(host.url, voters), await rawBallots(host.url, voters)];
  const durable = await HandwrittenBallots.open(
    host.url,
    Array.from({ length: voters }, (_, index) => voterName(index)),
  );
  // A thousand subscriptions of one node, each in its own turn, take a quarter of a minute.
  const count = voters > 100 ? 1 : ballotsBySize[size];
  return {
    ours: () => ourBallots(shop, peers, voters, count),
    other: () => raw.run(count),
    also: { durable: () => durable.run(count) },
    async notes() {
      const object = await shop.create('objects');
      await subscribeAll(peers, object, voters);
      const before = await commitsOf(shop.databaseUrl);
      await shop.delete('objects', object);
      return [
        `one ballot with ${voters} voters: ${(await commitsOf(shop.databaseUrl)) - before} turns committed`,
      ];
    },
    async close() {
      await raw.close();
      await durable.close();
      await peers.close();
      await shop.close();
      await host.remove();
    },
  };
}

export const votes: readonly Benchmark[] = [1, 10, 100, 1_000].map((voters) => ({
  name: 'votes',
  parameter: voters,
  unit: 'ms a ballot',
  lessIsBetter: true,
  needs: ['postgres', 'rabbitmq'],
  slow: voters > 100,
  open: (size) => open(size, size === 'tiny' ? Math.min(voters, 10) : voters),
}));
