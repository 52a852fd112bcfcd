/**
 * Creates below one parent, 32 at once and 10 000 at once (`flood`), and renames and moves of leaves, one after the other, through
 * the services on PostgreSQL. By hand: a transaction each over a table with the columns, indexes and
 * foreign key of the hierarchy, which locks the parents, writes the node and raises the versions of
 * the parents. Nobody is asked, and no message is sent.
 */
import { type Database, openDatabase } from '../../runtime/postgres/database.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';
import { openShop, type Shop } from './shop.ts';
import { inFlight } from './work.ts';

type Kind = 'create' | 'flood' | 'rename' | 'move';

const timesBySize: Readonly<Record<Size, number>> = { tiny: 2, quick: 100, full: 500 };
const floodBySize: Readonly<Record<Size, number>> = { tiny: 20, quick: 1_000, full: 10_000 };
const atOnce: Readonly<Record<Kind, number>> = { create: 32, flood: 10_000, rename: 1, move: 1 };

/** What is written, on either side. */
export interface Tree {
  create(parent: string | null): Promise<string>;
  rename(id: string, cn: string): Promise<void>;
  move(id: string, from: string, to: string): Promise<void>;
}

function shopTree(shop: Shop): Tree {
  return {
    create: (parent) => shop.create('objects', parent ?? undefined),
    rename: (id, cn) => shop.update('objects', { id, attributes: { cn } }),
    move: (id, _from, parentId) => shop.update('objects', { id, parentId }),
  };
}

export async function handwrittenTree(database: Database): Promise<Tree> {
  const table = `${database.journalSchema}.same_nodes`;
  await database.query(
    `create table ${table} (like ${database.schemaOf('hierarchy')}.nodes including all,
       foreign key (parent_id) references ${table} on delete restrict)`,
    [],
  );
  const changed = async (parents: readonly string[], sql: string, values: readonly string[]) => {
    const ids = JSON.stringify(parents);
    const named = `id in (select value::uuid from json_array_elements_text($1::json))`;
    await database.transaction(async (transaction) => {
      await transaction.query(`select id from ${table} where ${named} order by id for update`, [
        ids,
      ]);
      await transaction.query(sql, values);
      await transaction.query(`update ${table} set version = version + 1 where ${named}`, [ids]);
    });
  };
  return {
    async create(parent) {
      const id = benchId();
      const insert = `insert into ${table} (id, parent_id, cn, folded, object_class, kind, service, attributes,
          sort_index, is_default, version)
        values ($1::uuid, nullif($2, '')::uuid, $1, $1, 'prsObject', 'entity', 'objects_model_crud',
          '{"prsActive": [true]}', 1, false, 1)`;
      await changed(parent === null ? [] : [parent], insert, [id, parent ?? '']);
      return id;
    },
    rename: (id, cn) =>
      changed([id], `update ${table} set cn = $2, folded = $2 where id = $1::uuid`, [id, cn]),
    move: (id, from, to) =>
      changed([from, to], `update ${table} set parent_id = $2::uuid where id = $1::uuid`, [id, to]),
  };
}

/** One side; each round has parents and leaves of its own, which are not timed. */
function sideOf(tree: Tree, kind: Kind, count: number) {
  return async (): Promise<Sample> => {
    const [from, to] = [await tree.create(null), await tree.create(null)];
    const leaves: string[] = [];
    if (kind === 'rename' || kind === 'move')
      for (let made = 0; made < count; made += 1) leaves.push(await tree.create(from));
    const writes: Readonly<Record<Kind, (leaf: string) => Promise<unknown>>> = {
      create: () => tree.create(from),
      flood: () => tree.create(from),
      rename: (leaf) => tree.rename(leaf, `name ${leaf}`),
      move: (leaf) => tree.move(leaf, from, to),
    };
    return inFlight(count, atOnce[kind], (index) => writes[kind](leaves[index] ?? ''));
  };
}

async function openContest(kind: Kind, size: Size): Promise<Contest> {
  const shop = await openShop(['objects']);
  const database = await openDatabase(shop.databaseUrl, { stores: [] });
  const count = (kind === 'flood' ? floodBySize : timesBySize)[size];
  return {
    ours: sideOf(shopTree(shop), kind, count),
    other: sideOf(await handwrittenTree(database), kind, count),
    async close() {
      await database.close();
      await shop.close();
    },
  };
}

const kinds: readonly Kind[] = ['create', 'flood', 'rename', 'move'];

export const hierarchyWrites: readonly Benchmark[] = kinds.map((kind) => ({
  name: 'hierarchy',
  parameter: kind,
  unit: 'writes/s',
  needs: ['postgres'],
  rounds: 3,
  open: (size) => openContest(kind, size),
}));
