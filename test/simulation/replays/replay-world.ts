/**
 * One world of the consent simulation that is run twice: once up to its deletions, whose history gives
 * the file of finished deletions, and once more up to the moment before, as a database that was
 * restored from a backup. The same plan gives the same state at that moment.
 */
import { deletedCards } from '../../../actors/cards/deleted-cards.ts';
import {
  type DeletedCard,
  type DeletionFile,
  type FinishedDeletion,
  finishedDeletions,
} from '../../../actors/consent/deletion-file.ts';
import { sagaRecord } from '../../../actors/consent/saga-record.ts';
import { hierarchyStoreName } from '../../../actors/hierarchy/store.ts';
import { deletionTopics } from '../../../composition/deletion-topics.ts';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { seededSecret } from '../../../runtime/simulated/seeded-secret.ts';
import type { Destination } from '../../../runtime/step/effects.ts';
import { Crashes } from '../../../testing/simulation/crashes.ts';
import { noFaultMix } from '../../../testing/simulation/fault-mix.ts';
import { Simulation } from '../../../testing/simulation/simulation.ts';
import type { Database, Parts } from '../../../testing/simulation/system.ts';
import { World } from '../../../testing/simulation/world.ts';
import { type CardWorld, cardOwner } from '../consent/card-world.ts';
import type { ConsentOperation, ConsentPlan } from '../consent/consent-plan.ts';
import { consentSystem } from '../consent/consent-system.ts';
import { withNodeFiles } from '../consent/draw-node-files.ts';
import { withOrders } from '../consent/draw-orders.ts';
import { drawPlan } from '../consent/draw-plan.ts';
import { withVault } from '../consent/draw-vault.ts';
import { entities, placeOf, serviceOf } from '../consent/entities.ts';
import { ordersTable } from '../consent/orders.ts';
import { vaultTable } from '../consent/vault.ts';
import { withCards } from './draw-cards.ts';
import type { TokenChain } from './token-chain.ts';

const crashStream = 1;
const crash = 0.02;
const restMs = 3_600_000;
const againMs = 2_000;
const triesMax = 30;

const before: readonly ConsentOperation['what'][] = ['create', 'order', 'vault'];
const after: readonly ConsentOperation['what'][] = ['delete', 'card', 'undelete'];
const cardsPlace = { exchange: 'mcards', routingKey: 'mcards_consume' };
const said = { by: 'the simulation', why: 'restored' };

/** The drawn world without old peers and without faults. */
export function replayPlan(seed: number): ConsentPlan {
  const plan = { ...drawPlan(seed), peers: [], faults: noFaultMix };
  const drawn = withNodeFiles(withVault(withOrders(plan)));
  const operations = drawn.operations.filter(
    (one) =>
      [...before, ...after].includes(one.what) && (one.what !== 'vault' || one.word === 'keep'),
  );
  return withCards({ ...drawn, operations });
}

export class ReplayWorld {
  readonly world: World;
  readonly #plan: ConsentPlan;
  readonly #parts: Parts<ConsentPlan>;
  readonly #services: readonly ServiceDefinition[];
  readonly #databases: readonly Database[];
  #cards: CardWorld | undefined;
  readonly #journals: readonly MemoryJournal[];
  readonly #crashes: Crashes;
  readonly #client: Client;

  /** `chain`: of this world and of the world that is restored. */
  constructor(plan: ConsentPlan, chain: TokenChain) {
    this.#plan = plan;
    this.#parts = consentSystem(undefined, ({ cards }) => {
      this.#cards = cards;
    }).build(plan);
    const { activities = {} } = this.#parts;
    const chains = chain.service();
    const services = [...this.#parts.services, chains.service];
    const databases = [...(this.#parts.databases ?? []), chains.database];
    this.#services = services;
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
    await simulation.until(this.#client.open(topologyOf(this.#services.map((one) => one.config))));
    await this.#performed(before);
  }

  /** The deletions after the backup, and their file. */
  async deletions(): Promise<DeletionFile> {
    await this.#performed(after);
    const history = async (topic: string) => {
      const parts = await Promise.all(this.#journals.map((journal) => journal.history(topic)));
      return parts.flat().sort((a, b) => (a.id < b.id ? -1 : 1));
    };
    const topics = await deletionTopics(this.#journals.values(), 0);
    const deletions: FinishedDeletion[] = [];
    for (const topic of topics.sagas) {
      const record = sagaRecord(topic, await history(topic));
      if (record !== undefined) deletions.push(...finishedDeletions(record));
    }
    const cards: DeletedCard[] = [];
    for (const topic of topics.cards) cards.push(...(await deletedCards(topic, history)));
    return { deletions, cards };
  }

  /**
   * Carries the deletions out again; gives the number of removed nodes and cards. `isCalm`: nothing
   * crashes. `asOwner`: the defect that deletes the cards in the name of their owner.
   */
  async replay(file: DeletionFile, isCalm: boolean, asOwner = false): Promise<number> {
    const { simulation } = this.world;
    if (!isCalm) this.#crashes.begin(simulation);
    let removed = 0;
    for (const deletion of file.deletions)
      removed += await simulation.until(this.#replayed(deletion));
    for (const card of file.cards)
      removed += await simulation.until(this.#replayedCard(card, asOwner));
    this.#crashes.heal();
    await this.#rests();
    return removed;
  }

  /** The nodes that are there, by id, and the rows of orders, documents and cards. */
  async state(): Promise<{ readonly ids: readonly string[]; readonly rows: readonly string[] }> {
    const stores = this.#databases.flatMap((database) => database.stores);
    const read = async (name: string, op: string, args: Json): Promise<readonly JsonObject[]> => {
      const store = stores.find((one) => one.name === name);
      return store === undefined ? [] : ((await store.read(op, args)) as readonly JsonObject[]);
    };
    const nodes = await read(hierarchyStoreName, 'search', { attributes: ['cn'] });
    const documents = await read(vaultTable.name, 'find', { members: {} });
    const orders = await read(ordersTable.name, 'find', { members: {} });
    return {
      ids: nodes.map(({ id }) => String(id)).sort(),
      rows: [
        ...[...orders, ...documents].map(({ version: _, ...row }) => JSON.stringify(row)).sort(),
        ...((await this.#cards?.contents()) ?? []),
      ],
    };
  }

  async #performed(kinds: readonly ConsentOperation['what'][]): Promise<void> {
    const { simulation } = this.world;
    for (const operation of this.#plan.operations)
      if (kinds.includes(operation.what))
        await simulation.until(this.#parts.perform(operation, this.world));
    await this.#rests();
  }

  /** Up to the end of every retention. */
  async #rests(): Promise<void> {
    if (!(await this.world.rest(restMs))) throw new Error('the world does not come to rest');
  }

  async #replayed({ service, saga, ids, voters, retains = [] }: FinishedDeletion): Promise<number> {
    const entity = entities.find((one) => serviceOf(one) === service);
    if (entity === undefined) throw new Error(`${service} owns no nodes`);
    const place = placeOf(entity);
    const body = {
      action: 'replayDeletions',
      data: { id: [...ids].reverse(), saga, voters: [...voters], retains, ...said },
    };
    const answer = await this.#insisted(place, body);
    return [answer['removed'] ?? []].flat().length;
  }

  async #replayedCard({ card: id, burn }: DeletedCard, asOwner: boolean): Promise<number> {
    const replay = { id, ...(burn === undefined ? {} : { burn }), ...said };
    const body = asOwner
      ? { action: 'delete', data: { id, owner: cardOwner } }
      : { action: 'replayDeletion', data: replay };
    const answer = await this.#insisted(cardsPlace, body);
    return answer['gone'] === true || asOwner ? 0 : 1;
  }

  /** The first answer without an error. */
  async #insisted(place: Destination, body: JsonObject): Promise<JsonObject> {
    for (let tries = 1; ; tries += 1) {
      const answer = (await this.world.ask(place, body)) as JsonObject;
      if (answer['error'] === undefined) return answer;
      if (tries === triesMax)
        throw new Error(`${JSON.stringify(body)} is not carried out: ${JSON.stringify(answer)}`);
      await this.world.waits(againMs);
    }
  }
}
