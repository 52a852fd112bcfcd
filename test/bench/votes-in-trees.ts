/**
 * Ballots that go through many nodes, over RabbitMQ and durable: a thousand nodes in ten services, each of which is asked once, and
 * trees of services below each other. Beside them the same by hand with raw amqplib, a message a question, nothing durable.
 */
import { type Channel, connect } from 'amqplib';
import { openDatabase } from '../../runtime/postgres/database.ts';
import { openVirtualHost } from '../support/virtual-host.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';
import { type OwnEntity, openShop, type Shop } from './shop.ts';
import { commitsOf, playVoters, rawBallots } from './votes.ts';
import { oneByOne } from './work.ts';

const top = { entity: 'objects', objectClass: 'prsObject' };
const services = 10;
const fanOut = 3;

function deletions(shop: Shop, count: number, build: () => Promise<string>): Promise<Sample> {
  return oneByOne(count, build, (object) => shop.delete('objects', object));
}

/** How many questions the services have put so far, each about all the nodes it asks about. */
async function questionsOf(url: string): Promise<number> {
  const database = await openDatabase(url, { stores: [] });
  const asked = `entry -> 'line' ->> 'what' = 'asked'`;
  const [row] = await database.query(
    `select count(*)::integer as questions from ${database.journalSchema}.history where ${asked}`,
    [],
  );
  await database.close();
  return row?.['questions'] as number;
}

/** What the deletion of this object takes. */
async function effortOf(shop: Shop, object: string): Promise<string> {
  const before = [await questionsOf(shop.databaseUrl), await commitsOf(shop.databaseUrl)] as const;
  await shop.delete('objects', object);
  const after = [await questionsOf(shop.databaseUrl), await commitsOf(shop.databaseUrl)] as const;
  return `${after[0] - before[0]} questions, ${after[1] - before[1]} turns committed`;
}

/** Below one object: of each service one node, and the rest of its share below that. */
async function buildShares(
  shop: Shop,
  shares: readonly OwnEntity[],
  nodes: number,
): Promise<string> {
  const object = await shop.create('objects');
  await Promise.all(
    shares.map(async ({ entity }) => {
      const first = await shop.create(entity, object);
      for (let made = 1; made < nodes / shares.length; made += 1) await shop.create(entity, first);
    }),
  );
  return object;
}

async function openNodes(size: Size, nodes: number): Promise<Contest> {
  const host = await openVirtualHost('nodes');
  const shares = Array.from(
    { length: services },
    (_, at): OwnEntity => ({ entity: `share_${at}`, objectClass: `prsShare${at}`, below: top }),
  );
  const shop = await openShop(['objects'], host.url, shares);
  const build = () => buildShares(shop, shares, nodes);
  const [peers, raw] = [
    await playVoters(host.url, services),
    await rawBallots(host.url, services, Array.from({ length: nodes / services }, benchId)),
  ];
  return {
    ours: () => deletions(shop, 1, build),
    other: () => raw.run(size === 'tiny' ? 1 : 20),
    notes: async () => [
      `one ballot over ${nodes} nodes in ${services} services: ${await effortOf(shop, await build())}`,
    ],
    async close() {
      await raw.close();
      await peers.close();
      await shop.close();
      await host.remove();
    },
  };
}

/** Three nodes of the next service below each. */
async function buildLevels(shop: Shop, levels: readonly OwnEntity[]): Promise<string> {
  const object = await shop.create('objects');
  let parents = [object];
  for (const { entity } of levels) {
    const children = parents.map(async (parent) => {
      const made: string[] = [];
      for (let at = 0; at < fanOut; at += 1) made.push(await shop.create(entity, parent));
      return made;
    });
    parents = (await Promise.all(children)).flat();
  }
  return object;
}

/** Whoever is asked asks three more, down to the last level, and answers when they have. */
class RawTree {
  readonly #channel: Channel;
  readonly #waiting = new Map<string, () => void>();
  #asked = 0;

  private constructor(channel: Channel) {
    this.#channel = channel;
  }

  static async open(url: string): Promise<{ readonly tree: RawTree; close(): Promise<void> }> {
    const connection = await connect(url, { noDelay: true });
    const channel = await connection.createChannel();
    const tree = new RawTree(channel);
    for (const queue of ['tree', 'tree_answers'])
      await channel.assertQueue(queue, { exclusive: true });
    await channel.consume(
      'tree_answers',
      (message) => tree.#answered(String(message?.properties.correlationId)),
      { noAck: true },
    );
    const answer = (correlationId: string) =>
      channel.sendToQueue('tree_answers', Buffer.from('"ok"'), { correlationId });
    await channel.consume(
      'tree',
      (message) => {
        const left = Number(message?.content.toString() ?? 0);
        void tree.ask(left).then(() => answer(String(message?.properties.correlationId)));
      },
      { noAck: true },
    );
    return { tree, close: () => connection.close() };
  }

  async ask(levels: number): Promise<void> {
    if (levels > 0)
      await Promise.all(Array.from({ length: fanOut }, () => this.#askOne(levels - 1)));
  }

  #askOne(left: number): Promise<void> {
    this.#asked += 1;
    const correlationId = String(this.#asked);
    return new Promise((resolve) => {
      this.#waiting.set(correlationId, resolve);
      this.#channel.sendToQueue('tree', Buffer.from(String(left)), { correlationId });
    });
  }

  #answered(correlationId: string): void {
    this.#waiting.get(correlationId)?.();
    this.#waiting.delete(correlationId);
  }
}

function rawLevels(tree: RawTree, levels: number, count: number): Promise<Sample> {
  const twice = async (): Promise<void> => {
    await tree.ask(levels);
    await tree.ask(levels);
  };
  return oneByOne(count, async () => undefined, twice);
}

async function openDepth(size: Size, depth: number): Promise<Contest> {
  const host = await openVirtualHost('depth');
  const levels: OwnEntity[] = [];
  for (let at = 1; at <= depth; at += 1)
    levels.push({
      entity: `level_${at}`,
      objectClass: `prsLevel${at}`,
      below: levels.at(-1) ?? top,
    });
  const shop = await openShop(['objects'], host.url, levels);
  const build = () => buildLevels(shop, levels);
  const { tree, close } = await RawTree.open(host.url);
  return {
    ours: () => deletions(shop, size === 'tiny' ? 1 : 2, build),
    other: () => rawLevels(tree, depth, size === 'tiny' ? 1 : 20),
    notes: async () => [`one ballot of depth ${depth}: ${await effortOf(shop, await build())}`],
    async close() {
      await close();
      await shop.close();
      await host.remove();
    },
  };
}

const ballot = {
  unit: 'ms a ballot',
  lessIsBetter: true,
  needs: ['postgres', 'rabbitmq'],
} as const;

export const votesInTrees: readonly Benchmark[] = [
  {
    ...ballot,
    name: 'votes-nodes',
    parameter: 1_000,
    slow: true,
    rounds: 3,
    open: (size) => openNodes(size, size === 'tiny' ? 20 : 1_000),
  },
  ...[1, 2, 3, 4, 5].map(
    (depth): Benchmark => ({
      ...{
        ...ballot,
        name: 'votes-depth',
        parameter: depth,
        slow: depth > 2,
        open: (size) => openDepth(size, size === 'tiny' ? Math.min(depth, 2) : depth),
      },
      ...(depth > 2 ? { rounds: 3 } : {}),
    }),
  ),
];
