/**
 * What a campaign reads in the database: what is there at the end, and what a process held when it was killed.
 * While the server is away nothing can be read: reading waits for it.
 */
import { ledgerSqlModule } from '../../../actors/consent/ledger/sql/sql-ledger-store.ts';
import { hierarchySqlModule } from '../../../actors/hierarchy/sql/sql-store.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import {
  type Database,
  openDatabase,
  type SqlParameter,
} from '../../../runtime/postgres/database.ts';
import { leftWork } from '../journal/left-work.ts';
import { databaseOf } from './campaign-settings.ts';
import { type Deed, deeds, jobStore } from './job-store.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** An actor that a killed process held something of, and how often it had been committed. */
export interface HeldActor {
  readonly key: string;
  readonly version: number;
}

export interface DoneDeeds {
  /** `job deed`, of jobs that were answered. */
  readonly missing: readonly string[];
  readonly doubled: readonly string[];
}

const pauseMs = 100;

export class ChaosState {
  readonly #clock: Clock;
  readonly #jobs: Database;
  readonly #tree: Database;

  constructor(clock: Clock, jobs: Database, tree: Database) {
    this.#clock = clock;
    this.#jobs = jobs;
    this.#tree = tree;
  }

  /** Rows that are left of what should be over, a line a table. */
  leftovers(): Promise<readonly string[]> {
    return this.#patiently(async () => {
      const [jobs, tree] = await Promise.all([leftWork(this.#jobs), leftWork(this.#tree)]);
      return [...jobs.map((line) => `jobs: ${line}`), ...tree.map((line) => `tree: ${line}`)];
    });
  }

  /** What of these jobs was not done, and what was done more than once by any job. */
  async deedsOf(jobs: ReadonlySet<string>): Promise<DoneDeeds> {
    const schema = this.#jobs.schemaOf('jobs');
    const rows = await this.#query(
      this.#jobs,
      `select job, deed, count(*)::integer as times from ${schema}.deeds group by job, deed`,
    );
    const times = new Map(rows.map(({ job, deed, times: n }) => [`${job} ${deed}`, Number(n)]));
    const wanted = [...jobs].flatMap((job) => deeds.map((deed: Deed) => `${job} ${deed}`));
    return {
      missing: wanted.filter((deed) => !times.has(deed)),
      doubled: [...times].filter(([, n]) => n > 1).map(([deed]) => deed),
    };
  }

  /** The counters' own counts, added up. */
  async counted(): Promise<number> {
    const count = `(family #>> '{root,context,count}')::integer`;
    const [row] = await this.#query(
      this.#jobs,
      `select coalesce(sum(${count}), 0)::integer as n from ${this.#jobs.journalSchema}.actors where machine = 'counter'`,
    );
    return Number(row?.['n']);
  }

  /** Names of nodes the load has made and that are still there. */
  async nodes(): Promise<readonly string[]> {
    const schema = this.#tree.schemaOf('hierarchy');
    const rows = await this.#query(
      this.#tree,
      `select cn from ${schema}.nodes where cn like 'section-%'`,
    );
    return rows.map(({ cn }) => String(cn));
  }

  /** Actors of which this process had an outbox row or an activity. */
  async heldBy(instance: string): Promise<readonly HeldActor[]> {
    const journal = this.#jobs.journalSchema;
    const rows = await this.#query(
      this.#jobs,
      `select distinct a.key, a.version from (select service, machine, key from ${journal}.outbox_messages where instance like $1 || '%'
         union all select service, machine, key from ${journal}.activities where instance like $1 || '%') held
         join ${journal}.actors a using (service, machine, key) where a.machine = 'job' and a.status = 'active'`,
      [instance],
    );
    return rows.map(({ key, version }) => ({ key: String(key), version: Number(version) }));
  }

  /** Resolves when one of them has taken a further turn; false when none has after `limitMs`. */
  async goesOn(held: readonly HeldActor[], limitMs: number): Promise<boolean> {
    const untilMs = this.#clock.now() + limitMs;
    const list = JSON.stringify(held);
    const sql = `select 1 from json_to_recordset($1) as held(key text, version integer)
      join ${this.#jobs.journalSchema}.actors a on a.key = held.key and a.machine = 'job' and a.version > held.version limit 1`;
    while (this.#clock.now() < untilMs) {
      if ((await this.#query(this.#jobs, sql, [list])).length > 0) return true;
      await this.#pause(pauseMs / 4);
    }
    return false;
  }

  async close(): Promise<void> {
    await Promise.all([this.#jobs.close(), this.#tree.close()]);
  }

  #query(database: Database, sql: string, parameters: readonly SqlParameter[] = []): Promise<Rows> {
    return this.#patiently(() => database.query(sql, parameters));
  }

  async #patiently<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        await this.#pause(pauseMs);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }
}

export async function openChaosState(server: string, clock: Clock): Promise<ChaosState> {
  const jobs = await openDatabase(databaseOf(server, 'jobs'), { stores: [jobStore] });
  const tree = await openDatabase(databaseOf(server, 'tree'), {
    stores: [hierarchySqlModule, ledgerSqlModule],
  });
  await Promise.all([jobs.migrate(), tree.migrate()]);
  return new ChaosState(clock, jobs, tree);
}
