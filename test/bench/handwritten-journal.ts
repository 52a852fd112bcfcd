/**
 * What a careful team would write by hand with `pg`: snapshots, inbox, outbox and its own table, a batch of steps in one statement.
 *
 * The other side of the durable benchmarks. It has no machines, no leases, no timers and no redo: only what the measured work needs,
 * with the same durability.
 */
import pg from 'pg';
import { servers } from '../support/servers.ts';

/** What one step changes. */
export interface HandwrittenStep {
  readonly id: string;
  readonly version: number;
  readonly state: object;
  /** Messages it has taken. */
  readonly messageIds: readonly string[];
  /** Messages out, by id. */
  readonly outbox: readonly { readonly id: string; readonly message: object }[];
  /** An item that goes. */
  readonly deletes?: string;
}

let made = 0;

export class HandwrittenJournal {
  readonly #pool: pg.Pool;
  readonly #schema: string;
  readonly #statement: string;
  #confirmed: string[] = [];

  private constructor(schema: string, server: string) {
    this.#pool = new pg.Pool({ connectionString: server, max: 2 });
    this.#schema = schema;
    this.#statement = `with s as (
        insert into ${schema}.snapshots select * from unnest($1::text[], $2::integer[], $3::json[])
        on conflict (id) do update set version = excluded.version, state = excluded.state
          where snapshots.version = excluded.version - 1 returning 1),
      i as (insert into ${schema}.inbox select * from unnest($4::text[], $5::text[])),
      o as (insert into ${schema}.outbox select * from unnest($6::text[], $7::json[])),
      f as (delete from ${schema}.outbox where id = any($8::text[])),
      d as (delete from ${schema}.items where id = any($9::text[]))
      select count(*)::integer as changed from s`;
  }

  static async open(server = servers.postgres): Promise<HandwrittenJournal> {
    made += 1;
    const schema = `bench_hand_${process.pid}_${made}`;
    const journal = new HandwrittenJournal(schema, server);
    for (const statement of [
      `create schema ${schema}`,
      `create table ${schema}.snapshots (id text collate "C" primary key, version integer not null, state json not null)`,
      `create table ${schema}.inbox (id text collate "C", message_id text collate "C", primary key (id, message_id))`,
      `create table ${schema}.outbox (id text collate "C" primary key, message json not null)`,
      `create table ${schema}.items (id text collate "C" primary key)`,
    ]) {
      await journal.#pool.query(statement);
    }
    return journal;
  }

  /** Messages that are out; their rows go with the next batch. */
  confirm(ids: readonly string[]): void {
    this.#confirmed.push(...ids);
  }

  async addItems(ids: readonly string[]): Promise<void> {
    await this.#pool.query(`insert into ${this.#schema}.items select * from unnest($1::text[])`, [
      ids,
    ]);
  }

  /** All steps or none. A snapshot may stand in it once only. */
  async commit(steps: readonly HandwrittenStep[]): Promise<void> {
    const outbox = steps.flatMap((step) => step.outbox);
    const { rows } = await this.#pool.query<{ changed: number }>({
      name: 'commit',
      text: this.#statement,
      values: [
        steps.map(({ id }) => id),
        steps.map(({ version }) => version),
        steps.map(({ state }) => JSON.stringify(state)),
        steps.flatMap(({ id, messageIds }) => messageIds.map(() => id)),
        steps.flatMap(({ messageIds }) => messageIds),
        outbox.map(({ id }) => id),
        outbox.map(({ message }) => JSON.stringify(message)),
        this.#confirmed.splice(0),
        steps.flatMap(({ deletes }) => (deletes === undefined ? [] : [deletes])),
      ],
    });
    if (rows[0]?.changed !== steps.length) throw new Error('a version was not as expected');
  }

  async close(): Promise<void> {
    await this.#pool.query(`drop schema ${this.#schema} cascade`);
    await this.#pool.end();
  }
}
