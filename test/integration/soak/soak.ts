/**
 * A soak: a steady load over HTTP and the broker on several processes that are ended and started again one after the other.
 *
 * At the end every story has ended, no node of a story is there, and no work is under way; memory and rows have stayed level.
 */

import { ledgerSqlModule } from '../../../actors/consent/ledger/sql/sql-ledger-store.ts';
import { hierarchySqlModule } from '../../../actors/hierarchy/sql/sql-store.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { Client } from '../../../runtime/client.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { tableCounts } from '../../../runtime/postgres/table-counts.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { leftWork } from '../journal/left-work.ts';
import { Fleet } from './fleet.ts';
import { namePrefix, Stories } from './stories.ts';
import {
  type Levels,
  levelsOf,
  type ProcessorTimes,
  processorTimes,
  shareOf,
  unlevel,
  type WindowReport,
} from './windows.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly windowSeconds: number;
  /** At least 2. */
  readonly processes: number;
  readonly storiesPerSecond: number;
  readonly clock: Clock;
  readonly onWindow: (window: WindowReport) => void;
}

export interface SoakResult {
  readonly seconds: number;
  readonly stories: number;
  readonly requests: number;
  /** Tries after a request had no answer. */
  readonly repeated: number;
  /** Operations that were called off in time because a service was silent, and begun again. */
  readonly calledOff: number;
  /** Stories that did not begin because as many were under way as may be. */
  readonly skipped: number;
  readonly endings: Readonly<Record<string, number>>;
  /** Wrong answers, and nodes that a deletion or a second create has left. */
  readonly wrong: number;
  /** Stories that have not ended, and kinds of rows that never went away. */
  readonly stuck: number;
  readonly levels: Levels;
  readonly worst: WindowReport | undefined;
  readonly problems: readonly string[];
}

const settlingMs = 60_000;
const pollMs = 200;

class Soak {
  readonly #options: SoakOptions;
  readonly #fleet: Fleet;
  readonly #stories: Stories;
  readonly #database: Database;
  readonly #startedMs: number;
  readonly #windows: WindowReport[] = [];
  #requests = 0;
  #endings: string[] = [];
  #processor: ProcessorTimes = processorTimes();

  constructor(options: SoakOptions, fleet: Fleet, stories: Stories, database: Database) {
    this.#options = options;
    this.#fleet = fleet;
    this.#stories = stories;
    this.#database = database;
    this.#startedMs = options.clock.now();
  }

  async run(): Promise<SoakResult> {
    const { seconds, windowSeconds } = this.#options;
    this.#stories.start();
    const rolling = this.#roll();
    for (let at = windowSeconds; at <= seconds; at += windowSeconds) {
      await this.#pause(this.#startedMs + at * 1_000 - this.#options.clock.now());
      await this.#measure();
    }
    await rolling;
    await this.#stories.stop();
    this.#requests += this.#stories.takeLatencies().length;
    return this.#result(await this.#leftovers());
  }

  /** One process after the other, each time with a pause of half a window. */
  async #roll(): Promise<void> {
    const { seconds, windowSeconds, clock } = this.#options;
    const untilMs = this.#startedMs + seconds * 1_000;
    for (;;) {
      await this.#pause(windowSeconds * 500);
      if (clock.now() >= untilMs) return;
      const ending = await this.#fleet.roll();
      this.#endings.push(ending);
    }
  }

  async #measure(): Promise<void> {
    const latencies = this.#stories.takeLatencies();
    this.#requests += latencies.length;
    const before = this.#processor;
    this.#processor = processorTimes();
    const window = {
      atS: Math.round((this.#options.clock.now() - this.#startedMs) / 1_000),
      requests: latencies.length,
      p50Ms: shareOf(latencies, 0.5),
      p99Ms: shareOf(latencies, 0.99),
      processor: (this.#processor.busy - before.busy) / (this.#processor.all - before.all),
      memory: await this.#fleet.steadyMemory(),
      rows: Object.values(await tableCounts(this.#database)).reduce((sum, n) => sum + n, 0),
      stories: this.#stories.ended,
      endings: this.#endings,
    };
    this.#endings = [];
    this.#windows.push(window);
    this.#options.onWindow(window);
  }

  /** Rows of work that does not end, a line a table, and nodes of the stories. */
  async #leftovers(): Promise<{ rows: readonly string[]; nodes: readonly string[] }> {
    const untilMs = this.#options.clock.now() + settlingMs;
    for (;;) {
      const rows = await leftWork(this.#database);
      if (rows.length === 0 || this.#options.clock.now() > untilMs)
        return { rows, nodes: await this.#nodes() };
      await this.#pause(pollMs);
    }
  }

  async #nodes(): Promise<readonly string[]> {
    const found = await this.#database.query(
      `select cn from ${this.#database.schemaOf('hierarchy')}.nodes where starts_with(cn, $1)`,
      [namePrefix],
    );
    return found.map(({ cn }) => `the node ${String(cn)} is there`);
  }

  #result({ rows, nodes }: { rows: readonly string[]; nodes: readonly string[] }): SoakResult {
    const { problems, stuck, begun, repeated, calledOff, skipped } = this.#stories;
    const levels = levelsOf(this.#windows);
    const byLatency = [...this.#windows].sort((one, other) => other.p99Ms - one.p99Ms);
    return {
      seconds: Math.round((this.#options.clock.now() - this.#startedMs) / 1_000),
      stories: begun,
      requests: this.#requests,
      repeated,
      calledOff,
      skipped,
      endings: this.#fleet.endings,
      wrong: problems.length + nodes.length,
      stuck: stuck.length + rows.length,
      levels,
      worst: byLatency[0],
      problems: [...problems, ...nodes, ...stuck, ...rows, ...unlevel(levels)].slice(0, 20),
    };
  }

  #pause(ms: number): Promise<void> {
    return new Promise(
      (resolve) => void this.#options.clock.after(Math.max(0, ms), () => resolve()),
    );
  }
}

/** Starts the processes in a virtual host and schemas of their own, and removes everything at the end. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { clock, processes, storiesPerSecond } = options;
  const databaseUrl = postgresUrl(ownPrefix());
  const host = await openVirtualHost('soak');
  const database = await openDatabase(databaseUrl, {
    stores: [hierarchySqlModule, ledgerSqlModule],
    connectionsMax: 2,
  });
  const fleet = new Fleet({ processes, amqpUrl: host.url, databaseUrl });
  try {
    await fleet.open();
    const transport = (await transportsAt([host.url]))();
    const client = new Client({ transport, name: 'soak', clock, ids: systemIds(clock) });
    await client.open();
    const stories = new Stories({ client, clock, urls: () => fleet.urls(), storiesPerSecond });
    const result = await new Soak(options, fleet, stories, database).run();
    await client.close();
    await fleet.close();
    return result;
  } finally {
    fleet.kill();
    await dropSchemas(database);
    await database.close();
    await host.remove();
  }
}
