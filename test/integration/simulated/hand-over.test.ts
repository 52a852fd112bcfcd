/**
 * Messages that are handed over within a batch do what carried messages do: the same purchases leave the same tables, apart from inbox,
 * outbox, asks, ids and times.
 */
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { ActorAddress } from '../../../runtime/ports/address.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { JournalFaults } from '../../../runtime/simulated/journal-faults.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import {
  FusedCounts,
  type MessageShape,
  messageShapes,
} from '../../../runtime/turn/fused-counts.ts';
import { Simulation } from '../../../testing/simulation/simulation.ts';
import type { Faults } from '../../../transports/simulated/faults.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, note, seed, suite } from '../../support/suite.ts';
import { memoryTally } from '../sweep/tally-store.ts';
import { marketServices, toMarket, type Way, ways } from './market.ts';

const test = suite('messages that are handed over', {
  deadlineMs: 120_000 + proofSize('hand-over') * 5_000,
});

interface Purchase {
  readonly atMs: number;
  readonly key: string;
  readonly item: string;
  readonly way: Way;
}

const items = ['tea', 'rice'];
const faults: Faults = {
  delayMs: { min: 0, max: 20 },
  reorder: 0.1,
  duplicate: 0.1,
  drop: 0.05,
  cut: 0.01,
  restart: 0,
};
const journalFaults: JournalFaults = {
  delayMs: { min: 0, max: 10 },
  refused: 0.03,
  unanswered: 0.05,
  cut: 0.005,
};

/** Purchases one after the other, and several at once. */
function drawnPurchases(of: number): readonly Purchase[] {
  const chance = seededChance(of, 7);
  const one = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T;
  let atMs = 0;
  return Array.from({ length: 12 }, (_, n) => {
    atMs += chance() < 0.4 ? 0 : 200;
    return { atMs, key: `p${n}`, item: one(items), way: one(ways) };
  });
}

interface World {
  readonly tables: JsonObject;
  readonly counts: FusedCounts;
}

/** What else happens in a world. Default: nothing. */
interface Trouble {
  /** Messages and calls of the journal are lost, repeated and late, and processes are killed. */
  readonly isFaulty?: boolean;
  /** Processes over the one journal. Default: one. */
  readonly processes?: number;
}

async function world(
  of: number,
  handOver: number | undefined,
  { isFaulty = false, processes = 1 }: Trouble = {},
): Promise<World> {
  const store = memoryTally();
  const journal = new MemoryJournal({ stores: [store] });
  const simulation = new Simulation({
    services: marketServices(store),
    seed: of,
    journal,
    processes: { market: processes },
    ...(handOver === undefined ? {} : { handOver }),
  });
  await simulation.start();
  const client = await simulation.client('client');
  if (isFaulty) spoil(simulation, of);
  const purchases = drawnPurchases(of);
  const answers = purchases.map(async ({ atMs, ...data }) => {
    await new Promise<void>((resolve) => void simulation.clock.after(atMs, resolve));
    return simulation.ask(client, toMarket, { action: 'buy', data }, 20_000, data.key);
  });
  const answered = await simulation.until(Promise.all(answers));
  simulation.heal();
  await simulation.settle();
  // Longer than a lease: the outbox of a process that was killed last is taken over meanwhile.
  await simulation.advance('15 s');
  await simulation.settle();
  const tables = { answered, ...(await tablesOf(journal, purchases, store)) };
  const counts = new FusedCounts();
  for (const each of simulation.fused) counts.addAll(each);
  await simulation.stop();
  return { tables, counts };
}

/** Sets the faults, and kills the process of the services a few times. */
function spoil(simulation: Simulation, of: number): void {
  simulation.broker.setFaults(faults);
  simulation.setJournalFaults(journalFaults);
  const chance = seededChance(of, 8);
  for (let kills = 0; kills < 3; kills += 1)
    simulation.clock.after(Math.floor(chance() * 2_000), () => {
      simulation.crash('market');
      simulation.clock.after(100, () => void launched(simulation));
    });
}

/** A start that fails because the journal cannot be reached is tried again. */
async function launched(simulation: Simulation): Promise<void> {
  try {
    await simulation.launch('market');
  } catch (error) {
    if (!(error instanceof Transient)) throw error;
    simulation.crash('market');
    simulation.clock.after(100, () => void launched(simulation));
  }
}

async function tablesOf(
  journal: MemoryJournal,
  purchases: readonly Purchase[],
  store: ReturnType<typeof memoryTally>,
): Promise<JsonObject> {
  const names = ['market', 'depot', 'till', 'audit', 'mail'];
  const addresses: ActorAddress[] = purchases.flatMap(({ key }) => [
    { service: 'market', machine: 'purchase', key },
    { service: 'depot', machine: 'claim', key },
    { service: 'audit', machine: 'audit', key },
    { service: 'mail', machine: 'mail', key },
  ]);
  for (const key of items)
    addresses.push(
      { service: 'market', machine: 'count', key },
      { service: 'depot', machine: 'item', key },
    );
  const actors = await Promise.all(addresses.map(async (each) => stateOf(journal, each)));
  const lines = await Promise.all(purchases.map(({ key }) => journal.history(key)));
  const { timers, activities, outbox, asks, actors: count } = await journal.counts();
  const dead = await journal.deadLetters(names, 100);
  return {
    actors,
    count,
    history: lines.map((each) =>
      each.map(({ line, address }) => `${address.machine} ${JSON.stringify(line)}`).sort(),
    ),
    tally: await store.read('all', ''),
    open: [timers, activities, outbox, asks],
    dead: dead.map(({ reason }) => reason),
  };
}

async function stateOf(journal: MemoryJournal, address: ActorAddress): Promise<Json> {
  const record = await journal.inspect(address);
  if (record === undefined) return null;
  const { root } = record.family as unknown as { root: { value: Json; context: JsonObject } };
  const { caller: _caller, ...context } = root.context;
  return [address.machine, address.key, record.status, root.value, context];
}

/** The rows of one tally that are in no order of their own. */
function sorted(tables: JsonObject): string {
  const tally = Object.entries(tables['tally'] as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ ...tables, tally });
}

test('the same seed with messages that are carried and that are handed over leaves the same tables', async () => {
  const counts = new FusedCounts();
  for (let n = 0; n < proofSize('hand-over'); n += 1) {
    const of = seed() + n;
    const carried = await world(of, undefined);
    for (const handOver of [0, 0.5, 1]) {
      const given = await world(of, handOver);
      assert.is(sorted(given.tables), sorted(carried.tables), `seed ${of}, hands over ${handOver}`);
      counts.addAll(given.counts);
      if (handOver === 0) assert.is(given.counts.total('fused'), 0);
    }
    for (const trouble of [
      { isFaulty: true },
      { processes: 2 },
      { isFaulty: true, processes: 2 },
    ]) {
      const given = await world(of, 0.8, trouble);
      assert.is(
        sorted(given.tables),
        sorted(carried.tables),
        `seed ${of}, ${JSON.stringify(trouble)}`,
      );
      counts.addAll(given.counts);
    }
  }
  note(`${JSON.stringify(counts.all)}, ${counts.redone} batches done again without chains`);
  const never = messageShapes.filter((shape: MessageShape) => counts.of(shape, 'fused') === 0);
  assert.equal(never, [], 'shapes of messages that were never handed over');
  assert.ok(counts.total('fused-reading') > 0, 'no chain has read what it has written');
});

test.run();
