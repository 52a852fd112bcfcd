/**
 * The migrations of a database: of its journal and of its stores, in the schemas of each.
 *
 * Invariants:
 * - Many processes may migrate at once: one of them migrates, the others wait and find nothing left
 *   to do.
 * - A database with another history of migrations is refused (`migration-history.ts`).
 */
import type { MikroORM, Transaction } from '@mikro-orm/sql';
import { Refused } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import { schemaError } from './driver-errors.ts';
import { journalMigrations } from './journal-migrations.ts';
import { checkHistory } from './migration-history.ts';
import {
  type MigrationState,
  migrationStates,
  type OwnedMigration,
  ownedMigrations,
  undoingStatements,
} from './migration-states.ts';
import { clientOf, inTransaction, run, type SqlClient } from './sql-client.ts';
import type { SqlStoreModule } from './store-module.ts';

export interface SchemaMigrationsOptions {
  /** Throws when the database is closed. */
  readonly orm: () => MikroORM;
  /** No other process can have the database open. */
  readonly exclusive: boolean;
  readonly journalSchema: string;
  readonly schemaOf: (store: string) => string;
  readonly stores: readonly SqlStoreModule[];
  readonly failpoints: Failpoints;
}

export class SchemaMigrations {
  readonly #options: SchemaMigrationsOptions;

  constructor(options: SchemaMigrationsOptions) {
    this.#options = options;
  }

  get #orm(): MikroORM {
    return this.#options.orm();
  }

  /** Throws `Broken('config-invalid')` for a database with another history. */
  async check(): Promise<void> {
    checkHistory(await this.#recorded(), this.#listed, this.#options.journalSchema);
  }

  /** Creates the schemas and runs the migrations that have not run. */
  async run(): Promise<void> {
    if (this.#options.exclusive) return this.#createAndMigrate();
    await this.#alone(() => this.#createAndMigrate());
  }

  async states(): Promise<readonly MigrationState[]> {
    return migrationStates(this.#owned, await this.#times(clientOf(this.#orm)));
  }

  /** In one transaction. Throws `Refused` while a process works over the database. */
  async undo(names: readonly string[]): Promise<void> {
    await this.#alone(async (context) => {
      const times = await this.#times(context);
      const statements = undoingStatements(names, this.#owned, times);
      await this.#refuseLiving(context);
      for (const statement of statements) await run(context, statement, []);
      for (const name of names)
        await run(context, `delete from ${this.#table} where name = $1`, [name]);
    });
  }

  /** One process of all at a time. `work` may use the transaction that holds the lock. */
  #alone(work: (context: Transaction) => Promise<void>): Promise<void> {
    const name = `${this.#options.journalSchema} migrations`;
    return inTransaction(clientOf(this.#orm), async (context) => {
      await run(context, 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
      await work(context);
    });
  }

  /** A process that has stopped has left, and one that was killed is silent after a minute. */
  async #refuseLiving(context: Transaction): Promise<void> {
    const [row] = await run(
      context,
      `select count(*)::integer as living from ${this.#options.journalSchema}.instances
        where beaten_at_ms > extract(epoch from clock_timestamp()) * 1000 - 60000`,
      [],
    );
    if (Number(row?.['living'] ?? 0) === 0) return;
    throw new Refused(
      'not-permitted',
      `${row?.['living']} processes have worked over this database within the last minute; stop them before a migration is undone (unanimous services names them)`,
    );
  }

  get #owned(): readonly OwnedMigration[] {
    const { stores } = this.#options;
    return [
      ...ownedMigrations('journal', this.#options.journalSchema, journalMigrations),
      ...stores.flatMap(({ name, migrations }) =>
        ownedMigrations(name, this.#options.schemaOf(name), migrations),
      ),
    ];
  }

  async #createAndMigrate(): Promise<void> {
    const client = clientOf(this.#orm);
    this.#options.failpoints.reach('open.before-schemas');
    const recorded = await this.#recorded();
    checkHistory(recorded, this.#listed, this.#options.journalSchema);
    // MikroORM takes a tenth of a second on PGlite to find out that nothing is left to do.
    if (!this.#listed.every((name) => recorded.has(name))) {
      await this.#createSchemas(client);
      await this.#orm.migrator.up();
    }
    this.#options.failpoints.reach('open.migrated');
  }

  /**
   * Creates the schemas that are not there. `create schema if not exists` needs the right to create
   * schemas even for a schema that an administrator has made.
   */
  async #createSchemas(client: SqlClient): Promise<void> {
    const { journalSchema, schemaOf, stores } = this.#options;
    for (const schema of [journalSchema, ...stores.map(({ name }) => schemaOf(name))]) {
      const [found] = await run(client, 'select to_regnamespace($1) is not null as made', [schema]);
      if (found?.['made'] === true) continue;
      await run(client, `create schema ${schema}`, []).catch((error: unknown) => {
        throw schemaError(schema, error);
      });
    }
  }

  get #listed(): readonly string[] {
    const { migrationsList = [] } = this.#orm.config.get('migrations');
    return migrationsList.map(({ name }) => name);
  }

  /** Whether the migrations of the journal and of these stores have run. */
  async haveRun(stores: readonly string[]): Promise<boolean> {
    const owners = new Set(['journal', ...stores]);
    const needed = this.#listed.filter((name) => owners.has(name.split('/')[0] ?? ''));
    const recorded = await this.#recorded();
    return needed.every((name) => recorded.has(name));
  }

  /** Names of the migrations that the database has recorded; none when it is new. */
  async #recorded(): Promise<ReadonlySet<string>> {
    return new Set((await this.#times(clientOf(this.#orm))).keys());
  }

  get #table(): string {
    return this.#orm.config.get('migrations').tableName ?? '';
  }

  /** When each recorded migration has run, milliseconds since the epoch. */
  async #times(client: SqlClient | Transaction): Promise<ReadonlyMap<string, number>> {
    const table = this.#table;
    const [found] = await run(client, 'select to_regclass($1) is not null as made', [table]);
    if (found?.['made'] !== true) return new Map();
    const at = '(extract(epoch from executed_at) * 1000)::double precision as at';
    const rows = await run(client, `select name, ${at} from ${table} order by id`, []);
    return new Map(rows.map((row) => [String(row['name']), Number(row['at'])]));
  }
}
