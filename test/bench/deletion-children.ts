/**
 * A deletion of one object with many tags below: two services, all tags asked about, all gone. By
 * hand: the same rows deleted in batches of a thousand, a commit a batch, and nobody asked.
 *
 * The tags are written straight into the tables, because creating a tag takes longer than deleting it.
 */
import { type Database, openDatabase } from '../../runtime/postgres/database.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';
import { dropPlace, placeUrl } from './postgres-place.ts';
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
       (id, parent_id, cn, object_class, kind, service, attributes, sort_index, is_default, version)
     select gen_random_uuid(), $1::uuid, 'tag ' || i, 'prsTag', 'entity', 'tags_model_crud', $2::jsonb, 1, false, 1
     from generate_series(2, $3::integer) i`,
    [object, attributes, children],
  );
  return object;
}

/** The rows of a hand-written table with the same columns. */
class HandwrittenRows {
  readonly #database: Database;
  readonly #table: string;

  private constructor(database: Database) {
    this.#database = database;
    this.#table = `${database.journalSchema}.handwritten_nodes`;
  }

  static async open(database: Database): Promise<HandwrittenRows> {
    const rows = new HandwrittenRows(database);
    await database.query(
      `create table ${rows.#table} (id uuid primary key, parent_id uuid, cn text, attributes jsonb)`,
      [],
    );
    await database.query(`create index on ${rows.#table} (parent_id)`, []);
    return rows;
  }

  async plant(children: number): Promise<string> {
    const parent = benchId();
    await this.#database.query(
      `insert into ${this.#table} select gen_random_uuid(), $1::uuid, 'tag ' || i, $2::jsonb
       from generate_series(1, $3::integer) i`,
      [parent, attributes, children],
    );
    return parent;
  }

  async delete(parent: string): Promise<void> {
    let deleted = batchRows;
    while (deleted === batchRows) {
      const rows = await this.#database.query(
        `delete from ${this.#table} where id in
           (select id from ${this.#table} where parent_id = $1::uuid limit ${batchRows}) returning id`,
        [parent],
      );
      deleted = rows.length;
    }
  }
}

async function openContest(size: Size, children: number): Promise<Contest> {
  const shop = await openShop(['objects', 'tags']);
  const database = await openDatabase(shop.databaseUrl, { stores: [] });
  const handUrl = placeUrl();
  const handDatabase = await openDatabase(handUrl, { stores: [] });
  await handDatabase.migrate();
  const rows = await HandwrittenRows.open(handDatabase);
  const count = deletionsBySize[size];
  return {
    ours: (): Promise<Sample> =>
      oneByOne(
        count,
        () => plantedObject(shop, database, children),
        (object) => shop.delete('objects', object),
      ),
    other: (): Promise<Sample> =>
      oneByOne(
        count,
        () => rows.plant(children),
        (parent) => rows.delete(parent),
      ),
    async close() {
      await database.close();
      await shop.close();
      await handDatabase.close();
      await dropPlace(handUrl);
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
