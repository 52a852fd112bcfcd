/**
 * A deletion of rows in batches by hand that also keeps what the protocol keeps of each row: a hold and
 * a list before the removal, then a tombstone, two facts in the outbox and a name in the history. Two
 * commits a batch and one that forgets the facts. Nobody is asked, nothing is looked up or published.
 *
 * The tables are copies of those of the ledger and the journal, with their indexes.
 */
import { ledgerStoreName } from '../../actors/consent/ledger/store.ts';
import type { Database } from '../../runtime/postgres/database.ts';
import { benchId } from './bench-ids.ts';

const batchRows = 1_000;
const service = 'tags_model_crud';
const ids = 'jsonb_array_elements_text($1::jsonb) as gone(id)';

export class HandwrittenParts {
  readonly #database: Database;
  /** The table of the deleted rows. */
  readonly #rows: string;

  private constructor(database: Database, rows: string) {
    this.#database = database;
    this.#rows = rows;
  }

  static async open(database: Database, rows: string): Promise<HandwrittenParts> {
    const parts = new HandwrittenParts(database, rows);
    const ledger = database.schemaOf(ledgerStoreName);
    for (const [name, schema] of [
      ...['engagements', 'lists', 'tombstones'].map((table) => [table, ledger]),
      ...['outbox_packs', 'history'].map((table) => [table, database.journalSchema]),
    ])
      await database.query(
        `create table ${parts.#table(`${name}`)} (like ${schema}.${name} including all)`,
        [],
      );
    return parts;
  }

  #table(name: string): string {
    return `${this.#database.journalSchema}.hand_${name}`;
  }

  async delete(parent: string): Promise<void> {
    const saga = benchId();
    for (;;) {
      const found = await this.#database.query(
        `select id from ${this.#rows} where parent_id = $1::uuid limit ${batchRows}`,
        [parent],
      );
      if (found.length === 0) return;
      await this.#deleteBatch(
        saga,
        found.map(({ id }) => String(id)),
      );
    }
  }

  async #deleteBatch(saga: string, nodeIds: readonly string[]): Promise<void> {
    const batch = benchId();
    const list = JSON.stringify(nodeIds);
    const facts = nodeIds.flatMap((id) =>
      [service, id].map((key) => [benchId(), key, benchId(), { action: 'deleted', data: { id } }]),
    );
    const line = JSON.stringify({ topic: saga, line: { what: 'removed', nodes: nodeIds } });
    await this.#commit([
      [
        `insert into ${this.#table('engagements')} (node_id, saga, service, mode, state, through)
         select id, $2, '${service}', 'D', 'promised', '[]'::jsonb from ${ids}`,
        [list, saga],
      ],
      [`insert into ${this.#table('lists')} (node_id, epoch) select id, 0 from ${ids}`, [list]],
    ]);
    await this.#commit([
      [
        `insert into ${this.#table('outbox_packs')} (id, service, machine, key, instance, messages)
         values ($1, '${service}', 'voter', $2, 'hand', $3::json)`,
        [batch, saga, JSON.stringify(facts)],
      ],
      [
        `insert into ${this.#table('history')} (id, topic, at_ms, entry) values ($1, $2, 0, $3::json)`,
        [batch, saga, line],
      ],
      [
        `insert into ${this.#table('tombstones')} (node_id, service, saga, removed, at_ms)
         select id, '${service}', $2, true, 0 from ${ids}`,
        [list, saga],
      ],
      ...['lists', 'engagements'].map(
        (name): Statement => [
          `delete from ${this.#table(name)} where node_id in (select id from ${ids})`,
          [list],
        ],
      ),
      [`delete from ${this.#rows} where id in (select id::uuid from ${ids})`, [list]],
    ]);
    await this.#commit([[`delete from ${this.#table('outbox_packs')} where id = $1`, [batch]]]);
  }

  #commit(statements: readonly Statement[]): Promise<unknown> {
    return this.#database.transaction((transaction) =>
      Promise.all(statements.map(([sql, parameters]) => transaction.query(sql, parameters))),
    );
  }
}

type Statement = readonly [sql: string, parameters: readonly string[]];
