/**
 * The services that keep objects and tags, from their own configs and on one tree, in a simulation with faults drawn from the seed.
 */
import { fileURLToPath } from 'node:url';
import { sections, serviceKindOf } from '../../../actors/catalog.ts';
import { MemoryLedgerStore } from '../../../actors/consent/ledger/memory/memory-ledger-store.ts';
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import type { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { Simulation } from '../../../testing/simulation/simulation.ts';
import { drawnFaults } from '../../../transports/simulated/faults.ts';

type Entity = 'objects' | 'tags';

const paths = ['objects', 'tags'].map((entity) =>
  fileURLToPath(new URL(`../../../config/services/${entity}_model_crud.json`, import.meta.url)),
);
const configs = loadExchangeConfigs(paths, { env: {}, sections });
/** Of the seed; the simulation takes those before it. */
const faultMixStream = 3;

export class TreeWorld {
  readonly store = new MemoryHierarchyStore();
  readonly ledger = new MemoryLedgerStore();
  readonly journal = new MemoryJournal({ stores: [this.store, this.ledger] });
  readonly simulation: Simulation;
  #client: Client | undefined;

  constructor(seed: number) {
    const locks = new MemoryLocks(new VirtualClock());
    const services = configs.map((config) =>
      serviceKindOf(config).define(config, {
        locks,
        store: (name) => (name === ledgerStoreName ? this.ledger : this.store),
      }),
    );
    const faults = drawnFaults(seededChance(seed, faultMixStream));
    this.simulation = new Simulation({ services, seed, faults, journal: this.journal });
  }

  async open(): Promise<void> {
    await this.simulation.start();
    this.#client = await this.simulation.client('caller');
  }

  async create(entity: Entity, cn: string, parentId?: string): Promise<string> {
    const place = parentId === undefined ? {} : { parentId };
    const answer = await this.ask(entity, 'create', { ...place, attributes: { cn } });
    if (typeof answer['id'] !== 'string')
      throw new Error(`'${cn}' was not created: ${JSON.stringify(answer)}`);
    return answer['id'];
  }

  delete(entity: Entity, id: string): Promise<JsonObject> {
    return this.ask(entity, 'delete', { id });
  }

  /** How many nodes of an entity there are. */
  async nodes(entity: Entity): Promise<number> {
    const { data } = await this.ask(entity, 'read', {});
    return (data as readonly Json[]).length;
  }

  async ask(entity: Entity, action: string, data: Json): Promise<JsonObject> {
    if (this.#client === undefined) throw new Error('the world is not open');
    const place = { exchange: entity, routingKey: `${entity}_model_crud_consume` };
    return (await this.simulation.ask(this.#client, place, { action, data })) as JsonObject;
  }
}
