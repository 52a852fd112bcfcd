/** The same events for several processes over one queue and one database, and for one process: what is stored must be the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createRuntime } from '../../../composition/create-runtime.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { memoryLedger, sqlLedger } from '../../contract/journal/ledger-store.ts';
import { programAt } from '../../support/program.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { countersService } from './counters.ts';
import {
  keysOf,
  type Outcome,
  outcomeOf,
  play,
  type ScenarioOptions,
  settled,
} from './scenario.ts';

export interface RaceOptions extends ScenarioOptions {
  readonly processes: number;
}

export interface RaceResult extends RaceOptions {
  /** Turns each process has committed. */
  readonly turns: readonly number[];
  /** Keys of actors that ended otherwise than in one process. */
  readonly differences: readonly string[];
  /** Whether the service's own table holds the same rows. */
  readonly sameRows: boolean;
  /** Messages remembered as handled; each once, so `actors × events`. */
  readonly handled: number;
  readonly eventsPerS: number;
}

interface Stored {
  readonly outcome: Outcome;
  readonly rows: readonly string[];
  readonly handled: number;
}

interface CounterProcess {
  readonly ready: Promise<void>;
  /** Ends it; resolves with its turns. */
  stop(): Promise<number>;
}

const { options, file } = programAt(new URL('./counter-process.ts', import.meta.url));

function startProcess(brokerUrl: string, databaseUrl: string): CounterProcess {
  const child = spawn(process.execPath, [...options, file, brokerUrl, databaseUrl], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const early = ended.then(() => Promise.reject(new Error('a process ended before it was ready')));
  early.catch(() => undefined);
  const ready = Promise.race([once(reader, 'line').then(() => undefined), early]);
  return {
    ready,
    async stop() {
      child.stdin.end();
      await ended;
      return Number(lines[1]);
    },
  };
}

/** The rows of the service's own table, in an order of their own: a database sorts text as its locale says. */
async function rowsOf(ledger: Pick<Store<never>, 'read'>): Promise<readonly string[]> {
  const rows = await ledger.read('names', null);
  return Array.isArray(rows) ? rows.map(String).sort() : [];
}

/** One process, everything in memory. */
async function alone(options: ScenarioOptions): Promise<Stored> {
  const ledger = memoryLedger();
  const journal = new MemoryJournal({ stores: [ledger] });
  const running = createRuntime({ services: [countersService(ledger)], journal });
  await running.start();
  const client = await running.client('scenario');
  await play(client, options);
  await settled(journal);
  const stored = {
    outcome: await outcomeOf(journal, options),
    rows: await rowsOf(ledger),
    handled: (await journal.counts()).inbox,
  };
  await client.close();
  await running.stop();
  return stored;
}

async function together(
  options: RaceOptions,
): Promise<Stored & Pick<RaceResult, 'turns' | 'eventsPerS'>> {
  const host = await openVirtualHost('race');
  const databaseUrl = postgresUrl(ownPrefix());
  const database = await openDatabase(databaseUrl, { stores: [sqlLedger], connectionsMax: 2 });
  const journal = new SqlJournal({ database });
  const ledger = database.stores.get('ledger');
  if (ledger === undefined) throw new Error('the database has no ledger');
  try {
    await journal.open();
    const raced = await race(options, host.url, databaseUrl, () => settled(journal));
    const { inbox } = await journal.counts();
    return {
      ...raced,
      outcome: await outcomeOf(journal, options),
      rows: await rowsOf(ledger),
      handled: inbox,
    };
  } finally {
    await dropSchemas(database);
    await database.close();
    await host.remove();
  }
}

async function race(
  options: RaceOptions,
  brokerUrl: string,
  databaseUrl: string,
  isSettled: () => Promise<void>,
): Promise<Pick<RaceResult, 'turns' | 'eventsPerS'>> {
  const processes = Array.from({ length: options.processes }, () =>
    startProcess(brokerUrl, databaseUrl),
  );
  const client = await openClient(brokerUrl);
  try {
    await Promise.all(processes.map(({ ready }) => ready));
    const startedMs = performance.now();
    await play(client, options);
    const eventsPerS = Math.round(
      (options.actors * options.events * 1_000) / (performance.now() - startedMs),
    );
    await isSettled();
    return { turns: await Promise.all(processes.map((each) => each.stop())), eventsPerS };
  } finally {
    await client.close();
    await Promise.all(processes.map((each) => each.stop()));
  }
}

async function openClient(brokerUrl: string): Promise<Client> {
  const transport = (await transportsAt([brokerUrl]))();
  const client = new Client({
    transport,
    name: 'scenario',
    clock: systemClock,
    ids: systemIds(systemClock),
  });
  await client.open(topologyOf([countersService(memoryLedger()).config]));
  return client;
}

export async function runRace(options: RaceOptions): Promise<RaceResult> {
  const expected = await alone(options);
  const { turns, eventsPerS, ...raced } = await together(options);
  const same = (key: string): boolean =>
    JSON.stringify(raced.outcome.get(key)) === JSON.stringify(expected.outcome.get(key));
  return {
    ...options,
    turns,
    differences: keysOf(options).filter((key) => !same(key)),
    sameRows: JSON.stringify(raced.rows) === JSON.stringify(expected.rows),
    handled: raced.handled,
    eventsPerS,
  };
}
