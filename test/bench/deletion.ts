/**
 * The real thing: the consent protocol over the hierarchy on PostgreSQL. One object with ten tags, an alert on each: 21 nodes in three
 * services, all asked, all told, gone. Reported with its commits; there is nothing to hold it against, except the same as a chain.
 */

import { openDatabase } from '../../runtime/postgres/database.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';
import { openShop, type Shop } from './shop.ts';
import { oneByOne } from './work.ts';

const tags = 10;
const deletionsBySize: Readonly<Record<Size, number>> = { tiny: 1, quick: 3, full: 20 };

async function built(shop: Shop): Promise<string> {
  const object = await shop.create('objects');
  for (let tag = 0; tag < tags; tag += 1)
    await shop.create('alerts', await shop.create('tags', object));
  return object;
}

function deletions(shop: Shop, count: number): Promise<Sample> {
  return oneByOne(
    count,
    () => built(shop),
    (object) => shop.delete('objects', object),
  );
}

/** Sums of versions: how many commits actors have had, and how many messages they have taken. */
async function activity(url: string): Promise<{ commits: number; messages: number }> {
  const database = await openDatabase(url, { stores: [] });
  const [row] = await database.query(
    `select (select coalesce(sum(version), 0) from ${database.journalSchema}.actors)::integer as commits,
      (select count(*) from ${database.journalSchema}.inbox)::integer as messages`,
    [],
  );
  await database.close();
  return row as { commits: number; messages: number };
}

const services = ['objects', 'tags', 'alerts'];

async function noteOf(shop: Shop): Promise<string> {
  const object = await built(shop);
  const before = await activity(shop.databaseUrl);
  await shop.delete('objects', object);
  const after = await activity(shop.databaseUrl);
  return `one deletion: ${after.messages - before.messages} messages handled, ${after.commits - before.commits} turns committed`;
}

async function open(size: Size): Promise<Contest> {
  const shop = await openShop(services);
  return {
    ours: () => deletions(shop, deletionsBySize[size]),
    notes: async () => [await noteOf(shop)],
    close: () => shop.close(),
  };
}

/** In one commit, beside the same whose messages are carried. */
async function openFused(size: Size): Promise<Contest> {
  const shop = await openShop(services, undefined, [], true);
  const carried = await openShop(services);
  const count = deletionsBySize[size];
  return {
    ours: () => deletions(shop, count),
    other: () => deletions(carried, count),
    notes: async () => [`fused, ${await noteOf(shop)}`, `carried, ${await noteOf(carried)}`],
    close: () => shop.close().then(() => carried.close()),
  };
}

export const deletion: Benchmark = {
  name: 'deletion',
  unit: 'ms a deletion',
  lessIsBetter: true,
  needs: ['postgres'],
  open,
};

export const deletionFused: Benchmark = {
  name: 'deletion-fused',
  unit: 'ms a deletion',
  lessIsBetter: true,
  needs: ['postgres'],
  open: openFused,
};
