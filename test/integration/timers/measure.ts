/** Bells over PostgreSQL in real time, beside actors that are pressed without pause and timers that are far away. */
import { createRuntime } from '../../../composition/create-runtime.ts';
import type { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { record, turn } from '../../contract/journal/samples.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { bells, bellsService } from './bells.ts';
import { Ringing, type RingingFigures } from './ringing.ts';

export interface MeasureOptions {
  /** Timers that do not fall due. */
  readonly timers: number;
  /** Bells that ring, spread evenly over `seconds`. */
  readonly bells: number;
  readonly seconds: number;
  /** Actors that are pressed all the time. */
  readonly load: number;
  readonly seed: number;
}

export interface Measured extends MeasureOptions, RingingFigures {
  /** Turns of the load a second. */
  readonly pressedPerS: number;
  /** Heap in use after a collection: before the far timers were there, and with them. */
  readonly heapBeforeMb: number;
  readonly heapAfterMb: number;
}

const perCommit = 2_000;
/** What setting the bells may take before the first of them is due. */
const settingMs = 2_000;
/** How long a bell is waited for. */
const lateMaxMs = 30_000;
const farAwayMs = 30 * 24 * 3_600_000;

function heapMb(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1024 / 1024);
}

async function addFarTimers(journal: SqlJournal, count: number): Promise<void> {
  const dueAtMs = systemClock.now() + farAwayMs;
  for (let from = 0; from < count; from += perCommit) {
    const address = { service: 'bells', machine: 'bell', key: `far-${from}` };
    const tokens = Array.from(
      { length: Math.min(perCommit, count - from) },
      (_, index) => `#${index}`,
    );
    const timers = tokens.map((token, index) => ({
      address,
      token,
      dueAtMs: dueAtMs + from + index,
    }));
    await journal.commit('setter', [turn({ address, record: record(null, 'done'), timers })]);
  }
}

/** Presses without pause until then; resolves with how often. */
async function press(client: Client, untilMs: number, load: number): Promise<number> {
  let presses = 0;
  const lane = async (key: string): Promise<void> => {
    for (; systemClock.now() < untilMs; presses += 1)
      await client.request(bells, { action: 'press', data: { key } });
  };
  await Promise.all(Array.from({ length: load }, (_, index) => lane(`pressed-${index}`)));
  return presses;
}

async function setBells(
  client: Client,
  { bells: count, seconds, seed }: MeasureOptions,
): Promise<void> {
  const chance = seededChance(seed);
  for (let index = 0; index < count; index += 1) {
    const delayMs = Math.floor(settingMs + chance() * seconds * 1_000);
    await client.send(bells, { action: 'set', data: { key: `bell-${index}`, delayMs } });
  }
}

async function rungAll(ringing: Ringing, count: number, untilMs: number): Promise<void> {
  while (ringing.rung < count && systemClock.now() < untilMs)
    await new Promise<void>((resolve) => void systemClock.after(20, resolve));
}

async function measured(
  client: Client,
  ringing: Ringing,
  options: MeasureOptions,
): Promise<number> {
  const endsAtMs = systemClock.now() + settingMs + options.seconds * 1_000;
  await setBells(client, options);
  const [presses] = await Promise.all([
    press(client, endsAtMs, options.load),
    rungAll(ringing, options.bells, endsAtMs + lateMaxMs),
  ]);
  return Math.round(presses / options.seconds);
}

export async function measureTimers(options: MeasureOptions): Promise<Measured> {
  const url = postgresUrl(ownPrefix());
  const journal = new SqlJournal({ database: await openDatabase(url, { stores: [] }) });
  await journal.open();
  const heapBeforeMb = heapMb();
  await addFarTimers(journal, options.timers);
  const ringing = new Ringing();
  const running = createRuntime({
    services: [bellsService],
    journal,
    onHistory: (lines) => ringing.heard(lines, systemClock.now()),
  });
  await running.start();
  const client = await running.client('setter');
  try {
    const pressedPerS = await measured(client, ringing, options);
    return { ...options, ...ringing.figures(), pressedPerS, heapBeforeMb, heapAfterMb: heapMb() };
  } finally {
    await client.close();
    await running.stop();
    const database = await openDatabase(url, { stores: [] });
    await dropSchemas(database);
    await database.close();
  }
}
