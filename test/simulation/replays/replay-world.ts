/**
 * One world of the consent simulation that is run twice: once up to its deletions, whose history gives
 * the file of finished deletions, and once more up to the moment before, as a database that was
 * restored from a backup. The same plan gives the same state at that moment.
 */
import { type FinishedDeletion, finishedDeletions } from '../../../actors/consent/deletion-file.ts';
import { sagaRecord } from '../../../actors/consent/saga-record.ts';
import { hierarchyStoreName } from '../../../actors/hierarchy/store.ts';
import { deletedSagas } from '../../../composition/deleted-sagas.ts';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { seededSecret } from '../../../runtime/simulated/seeded-secret.ts';
import { Crashes } from '../../../testing/simulation/crashes.ts';
import { noFaultMix } from '../../../testing/simulation/fault-mix.ts';
import { Simulation } from '../../../testing/simulation/simulation.ts';
import type { Database, Parts } from '../../../testing/simulation/system.ts';
import { World } from '../../../testing/simulation/world.ts';
import type { ConsentOperation, ConsentPlan } from '../consent/consent-plan.ts';
import { consentSystem } from '../consent/consent-system.ts';
import { withNodeFiles } from '../consent/draw-node-files.ts';
import { withOrders } from '../consent/draw-orders.ts';
import { drawPlan } from '../consent/draw-plan.ts';
import { entities, placeOf, serviceOf } from '../consent/entities.ts';
import { ordersTable } from '../consent/orders.ts';

const crashStream = 1;
const crash = 0.02;
const restMs = 3_600_000;
const againMs = 2_000;
const triesMax = 30;

const before: readonly ConsentOperation['what'][] = ['create', 'order'];
const after: readonly ConsentOperation['what'][] = ['delete'];

/** The drawn world without old peers and without faults. */
export function replayPlan(seed: number): ConsentPlan {
  const drawn = withNodeFiles(withOrders({ ...drawPlan(seed), peers: [], faults: noFaultMix }));
  const operations = drawn.operations.filter(({ what }) => [...before, ...after].includes(what));
  return { ...drawn, operations };
}

export class ReplayWorld {
  readonly world: World;
  readonly #plan: ConsentPlan;
  readonly #parts: Parts<ConsentPlan>;
  readonly #databases: readonly Database[];
  readonly #journals: readonly MemoryJournal[];
  readonly #crashes: Crashes;
  readonly #client: Client;

  constructor(plan: ConsentPlan) {
    this.#plan = plan;
    this.#parts = consentSystem().build(plan);
    const { services, activities = {}, databases = [] } = this.#parts;
    this.#databases = databases;
    const secret = seededSecret(plan.seed);
    this.#journals = databases.map(({ stores }) => new MemoryJournal({ stores, secret }));
    this.#crashes = new Crashes({
      chance: seededChance(plan.seed, crashStream),
      mix: { crash, downMs: { min: 1, max: 2_000 } },
      onCrash: () => undefined,
      onBroken: (error) => this.world.fail('nothing is thrown', String(error)),
    });
    const rest = databases.findIndex((one) => one.services === undefined);
    const simulation = new Simulation({
      services,
      activities,
      seed: plan.seed,
      failpoints: this.#crashes.failpointsOf,
      journal: ({ name }) => {
        const own = databases.findIndex((one) => one.services?.includes(name));
        return this.#journals[own < 0 ? rest : own] as MemoryJournal;
      },
    });
    const transport = simulation.transport('client');
    const { clock, ids } = simulation;
    this.#client = new Client({ transport, name: 'client', clock, ids, secret });
    this.world = new World(
      simulation,
      this.#journals,
      this.#crashes,
      () => this.#client,
      () => transport,
    );
    for (const journal of this.#journals) void journal.open();
  }

  /** Up to the moment of the backup. */
  async begin(): Promise<void> {
    const { simulation } = this.world;
    await this.#parts.prepare?.(this.world);
    await simulation.start();
    await simulation.until(
      this.#client.open(topologyOf(this.#parts.services.map((one) => one.config))),
    );
    await this.#performed(before);
  }

  /** The deletions after the backup, and their file. */
  async deletions(): Promise<readonly FinishedDeletion[]> {
    await this.#performed(after);
    const found: FinishedDeletion[] = [];
    for (const topic of await deletedSagas(this.#journals, 0)) {
      const parts = await Promise.all(this.#journals.map((journal) => journal.history(topic)));
      const lines = parts.flat().sort((a, b) => (a.id < b.id ? -1 : 1));
      const record = sagaRecord(topic, lines);
      if (record !== undefined) found.push(...finishedDeletions(record));
    }
    return found;
  }

  /** Carries the deletions out again; gives the number of removed ids. `isCalm`: nothing crashes. */
  async replay(deletions: readonly FinishedDeletion[], isCalm: boolean): Promise<number> {
    const { simulation } = this.world;
    if (!isCalm) this.#crashes.begin(simulation);
    let removed = 0;
    for (const deletion of deletions) removed += await simulation.until(this.#replayed(deletion));
    this.#crashes.heal();
    if (!(await this.world.rest(restMs))) throw new Error('the world does not come to rest');
    return removed;
  }

  /** The nodes that are there, by id, and the rows of orders. */
  async state(): Promise<{ readonly ids: readonly string[]; readonly rows: readonly string[] }> {
    const stores = this.#databases.flatMap((database) => database.stores);
    const read = async (name: string, op: string, args: Json): Promise<readonly JsonObject[]> => {
      const store = stores.find((one) => one.name === name);
      return store === undefined ? [] : ((await store.read(op, args)) as readonly JsonObject[]);
    };
    const nodes = await read(hierarchyStoreName, 'search', { attributes: ['cn'] });
    const orders = await read(ordersTable.name, 'find', { members: {} });
    return {
      ids: nodes.map(({ id }) => String(id)).sort(),
      rows: orders.map(({ version: _, ...row }) => JSON.stringify(row)).sort(),
    };
  }

  async #performed(kinds: readonly ConsentOperation['what'][]): Promise<void> {
    const { simulation } = this.world;
    for (const operation of this.#plan.operations)
      if (kinds.includes(operation.what))
        await simulation.until(this.#parts.perform(operation, this.world));
    if (!(await this.world.rest(restMs))) throw new Error('the world does not come to rest');
  }

  async #replayed({ service, saga, ids, voters }: FinishedDeletion): Promise<number> {
    const entity = entities.find((one) => serviceOf(one) === service);
    if (entity === undefined) throw new Error(`${service} owns no nodes`);
    const place = placeOf(entity);
    const said = { by: 'the simulation', why: 'restored' };
    const body = {
      action: 'replayDeletions',
      data: { id: [...ids].reverse(), saga, voters: [...voters], ...said },
    };
    for (let tries = 1; ; tries += 1) {
      const answer = (await this.world.ask(place, body)) as JsonObject;
      if (answer['error'] === undefined) return [answer['removed'] ?? []].flat().length;
      if (tries === triesMax)
        throw new Error(`${service} does not replay ${saga}: ${JSON.stringify(answer)}`);
      await this.world.waits(againMs);
    }
  }
}
