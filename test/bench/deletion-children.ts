/**
 * A deletion of one object with many tags below: two services, all tags asked about, all gone. By
 * hand: the same rows deleted in batches of a thousand, a commit a batch, and nobody asked. The rows
 * stand in a table with the columns, indexes and foreign key of the hierarchy; behind `/plain`, in a
 * table with four columns and one index; behind `/parts`, in the first table, and the hand also writes
 * what the protocol keeps of each row (`handwritten-parts.ts`).
 *
 * The tags are written straight into the tables, because creating a tag takes longer than deleting it.
 */
import { type Database, openDatabase } from '../../runtime/postgres/database.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';
import { HandwrittenParts } from './handwritten-parts.ts';
import { openShop, type Shop } from './shop.ts';
import { oneByOne } from './work.ts';

const deletionsBySize: Readonly<Record<Size, number>> = { tiny: 1, quick: 1, full: 3 };
const batchRows = 1_000;
const attributes = JSON.stringify({ prsIndex: [1], prsActive: [true] });

/** An object that tags subscribe to, with `children` tags below. */
async function plantedObject(shop: Shop, database: Database, children: number): Promise<string> {
  const object = await shop.create('objects');
  await shop.create('tags', object);
  await database.query(
    `insert into ${database.schemaOf('hierarchy')}.nodes
       (id, parent_id, cn, folded, object_class, kind, service, attributes, sort_index, is_default, version)
     select gen_random_uuid(), $1::uuid, 'tag ' || i, 'tag ' || i, 'prsTag', 'entity', 'tags_model_crud', $2::jsonb, 1, false, 1
     from generate_series(2, $3::integer) i`,
    [object, attributes, children],
  );
  return object;
}

/** The rows of a hand-written table. */
class HandwrittenRows {
  readonly table: string;
  readonly #database: Database;
  readonly #plant: string;

  private constructor(database: Database, table: string, plant: string) {
    this.#database = database;
    this.table = table;
    this.#plant = plant;
  }

  static async plain(database: Database): Promise<HandwrittenRows> {
    const table = `${database.journalSchema}.plain_nodes`;
    await database.query(
      `create table ${table} (id uuid primary key, parent_id uuid, cn text, attributes jsonb)`,
      [],
    );
    await database.query(`create index on ${table} (parent_id)`, []);
    const plant = `insert into ${table} select gen_random_uuid(), $1::uuid, 'tag ' || i, $2::jsonb
       from generate_series(1, $3::integer) i`;
    return new HandwrittenRows(database, table, plant);
  }

  /** With the columns, indexes and foreign key of the hierarchy's nodes. */
  static async same(database: Database): Promise<HandwrittenRows> {
    const table = `${database.journalSchema}.same_nodes`;
    await database.query(
      `create table ${table} (like ${database.schemaOf('hierarchy')}.nodes including all,
         foreign key (parent_id) references ${table} on delete restrict)`,
      [],
    );
    const columns =
      'id, parent_id, cn, folded, object_class, kind, service, attributes, sort_index, is_default, version, seq';
    const plant = `with parent as (insert into ${table} (${columns})
         values ($1::uuid, null, $1, $1, 'prsObject', 'entity', 'objects_model_crud', '{}', 1, false, 1, 0))
       insert into ${table} (${columns})
       select gen_random_uuid(), $1::uuid, 'tag ' || i, 'tag ' || i, 'prsTag', 'entity', 'tags_model_crud',
         $2::jsonb, 1, false, 1, i from generate_series(1, $3::integer) i`;
    return new HandwrittenRows(database, table, plant);
  }

  async plant(children: number): Promise<string> {
    const parent = benchId();
    await this.#database.query(this.#plant, [parent, attributes, children]);
    return parent;
  }

  async delete(parent: string): Promise<void> {
    let deleted = batchRows;
    while (deleted === batchRows) {
      const rows = await this.#database.query(
        `delete from ${this.table} where id in
           (select id from ${this.table} where parent_id = $1::uuid limit ${batchRows}) returning id`,
        [parent],
      );
      deleted = rows.length;
    }
  }
}

async function openContest(size: Size, children: number): Promise<Contest> {
  const shop = await openShop(['objects', 'tags']);
  const database = await openDatabase(shop.databaseUrl, { stores: [] });
  const same = await HandwrittenRows.same(database);
  const plain = await HandwrittenRows.plain(database);
  const parts = await HandwrittenParts.open(database, same.table);
  const count = deletionsBySize[size];
  const byHand =
    (rows: HandwrittenRows, hand: Pick<HandwrittenRows, 'delete'> = rows) =>
    (): Promise<Sample> =>
      oneByOne(
        count,
        () => rows.plant(children),
        (parent) => hand.delete(parent),
      );
  return {
    ours: (): Promise<Sample> =>
      oneByOne(
        count,
        () => plantedObject(shop, database, children),
        (object) => shop.delete('objects', object),
      ),
    other: byHand(same),
    also: { plain: byHand(plain), parts: byHand(same, parts) },
    async close() {
      await database.close();
      await shop.close();
    },
  };
}

export const deletionChildren: readonly Benchmark[] = [1_000, 4_000, 12_000].map(
  (children): Benchmark => ({
    name: 'deletion-children',
    parameter: children,
    unit: 'ms a deletion',
    lessIsBetter: true,
    needs: ['postgres'],
    rounds: 3,
    ...(children > 1_000 ? { slow: true } : {}),
    open: (size) => openContest(size, size === 'tiny' ? 20 : children),
  }),
);
