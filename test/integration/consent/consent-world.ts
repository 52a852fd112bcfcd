/**
 * The real services of the hierarchy in one process, over memory and in virtual time, and peers that are played by the test.
 *
 * 1. No real time passes: `until` moves the clock until what it waits for has happened.
 * 2. Every service runs in a runtime of its own, so that one can be stopped and started over the same journal.
 * 3. `traces` finds what the protocol must not leave: holds, promises, messages, questions, timers.
 */
import { readFileSync } from 'node:fs';
import { consentHeaders } from '../../../actors/consent/messages.ts';
import { MemoryHierarchyStore } from '../../../actors/hierarchy/memory-store.ts';
import { type HierarchyReads, hierarchyRead } from '../../../actors/hierarchy/store.ts';
import { sections, serviceKindOf } from '../../../catalog.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { serviceConfigPaths } from '../../../config/load.ts';
import { parseExchangeConfig } from '../../../config/parse.ts';
import { Client } from '../../../runtime/client.ts';
import type { Delivery, Headers } from '../../../runtime/envelope.ts';
import { type Ids, systemIds } from '../../../runtime/ids.ts';
import type { HistoryLine, Journal } from '../../../runtime/journal.ts';
import type { Json, JsonObject } from '../../../runtime/json.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';

export type Entity = 'objects' | 'tags' | 'alerts' | 'methods' | 'constants';
export const entities: readonly Entity[] = ['objects', 'tags', 'alerts', 'methods', 'constants'];
/** Changes a config file before it is parsed. */
export type ConfigChange = (config: JsonObject) => JsonObject;

/** Time given to anything that is waited for, milliseconds. */
const patienceMs = 120_000;
const stepMs = 25;

function configOf(name: string, change: ConfigChange = (config) => config): ExchangeConfig {
  const path = serviceConfigPaths().find((one) => one.endsWith(`/${name}.json`)) ?? '';
  const text = JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as JsonObject));
  return parseExchangeConfig(text, { file: path, env: {}, sections });
}

export class ConsentWorld {
  readonly clock = new VirtualClock();
  readonly ids: Ids = systemIds(this.clock);
  readonly broker = new MemoryBroker(this.clock);
  readonly store = new MemoryHierarchyStore();
  readonly journal = new MemoryJournal({ stores: [this.store] });
  readonly history: HistoryLine[] = [];
  /** Commits of the journal so far, and how many there were when a line of history came. */
  commits = 0;
  readonly #commitsAt = new Map<string, number>();
  readonly #configs: ReadonlyMap<string, ExchangeConfig>;
  readonly #running = new Map<string, Runtime>();
  readonly #peers: Peer[] = [];
  #client: Client | undefined;

  constructor(changes: Readonly<Record<string, ConfigChange>> = {}) {
    const names = entities.map((entity) => `${entity}_model_crud`);
    this.#configs = new Map(names.map((name) => [name, configOf(name, changes[name])]));
  }

  async open(): Promise<void> {
    for (const name of this.#configs.keys()) await this.start(name);
    this.#client = new Client({
      transport: new MemoryTransport(this.broker),
      name: 'test',
      clock: this.clock,
      ids: this.ids,
      timeoutMs: patienceMs,
    });
    await this.until(this.#client.open());
  }

  async close(): Promise<void> {
    for (const name of [...this.#running.keys()]) await this.stop(name);
    await this.until(this.#client?.close() ?? Promise.resolve());
    for (const peer of this.#peers) await this.until(peer.close());
  }

  async start(name: string): Promise<void> {
    const config = this.#configs.get(name) as ExchangeConfig;
    const locks = new MemoryLocks(this.clock);
    const runtime = createRuntime({
      services: [serviceKindOf(config).define(config, { store: () => this.store, locks })],
      transport: new MemoryTransport(this.broker),
      journal: keptOpen(this.journal, () => {
        this.commits += 1;
      }),
      ephemeral: new MemoryJournal({ stores: [] }),
      clock: this.clock,
      ids: this.ids,
      onHistory: (lines) => {
        this.history.push(...lines);
        for (const { line } of lines) this.#commitsAt.set(String(line['what']), this.commits);
      },
    });
    this.#running.set(name, runtime);
    await this.until(runtime.start());
  }

  /** How many commits there were when such a line came last. */
  commitsUntil(what: string): number | undefined {
    return this.#commitsAt.get(what);
  }

  async stop(name: string): Promise<void> {
    const runtime = this.#running.get(name);
    this.#running.delete(name);
    await this.until(runtime?.stop() ?? Promise.resolve());
  }

  async restart(name: string): Promise<void> {
    await this.stop(name);
    await this.start(name);
  }

  /** A request to the model service of an entity. */
  ask(entity: Entity, action: string, data: Json): Promise<JsonObject> {
    const to = { exchange: entity, routingKey: `${entity}_model_crud_consume` };
    return this.#client?.request(to, { action, data }) as Promise<JsonObject>;
  }

  /** The same, waited for. */
  call(entity: Entity, action: string, data: Json): Promise<JsonObject> {
    return this.until(this.ask(entity, action, data));
  }

  async create(entity: Entity, data: JsonObject = {}): Promise<string> {
    const { id, error } = await this.call(entity, 'create', data);
    if (typeof id !== 'string') throw new Error(`not created: ${JSON.stringify(error)}`);
    return id;
  }

  async peer(options: PeerOptions): Promise<Peer> {
    const peer = new Peer(this, options);
    this.#peers.push(peer);
    await this.until(peer.open());
    return peer;
  }

  /** Moves time on until the promise has settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    const limitMs = this.clock.now() + patienceMs;
    while (!settled && this.clock.now() < limitMs) await this.clock.advance(stepMs);
    if (!settled) throw new Error(`not within ${patienceMs} ms`);
    return promise;
  }

  async waits(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) await this.clock.advance(Math.min(stepMs, ms - passed));
  }

  read<Op extends keyof HierarchyReads>(op: Op, args: HierarchyReads[Op]['args']): Promise<HierarchyReads[Op]['result']> {
    const read = hierarchyRead(op, args);
    return this.store.read(read.op, read.args) as Promise<unknown> as Promise<HierarchyReads[Op]['result']>;
  }

  /** Rows of the tree. */
  async rows(): Promise<number> {
    const everything = { base: 'cn=prs', scope: 2, deref: false } as const;
    return (await this.read('search', everything)).length;
  }

  async exists(id: string): Promise<boolean> {
    return (await this.read('roster', { nodeIds: [id] })).nodes.length > 0;
  }

  /** What is left of operations on these nodes that should not be. */
  async traces(...nodeIds: readonly string[]): Promise<readonly string[]> {
    await this.waits(1_000);
    const { outbox, asks, timers, activities, deadLetters } = await this.journal.counts();
    const counts = Object.entries({ outbox, asks, timers, activities, deadLetters }).filter(([, count]) => count > 0);
    return [...counts.map(([what, count]) => `${count} ${what}`), ...(await this.#holds(nodeIds)), ...(await this.#promises(nodeIds))];
  }

  async #holds(nodeIds: readonly string[]): Promise<readonly string[]> {
    const sagas = new Set(this.history.map(({ topic }) => topic));
    const found: string[] = [];
    for (const saga of sagas) {
      for (const service of this.#configs.keys()) {
        const standing = await this.read('standing', { saga, service, nodeIds });
        found.push(
          ...standing.filter(({ state }) => state !== 'tombstoned').map(({ nodeId, state }) => `${service} holds ${nodeId} (${state})`),
        );
      }
    }
    return found;
  }

  async #promises(nodeIds: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const service of this.#configs.keys()) {
      const { links } = await this.read('place', { service, baseNode: 'objects', references: nodeIds });
      found.push(...links.flatMap(({ nodeId, promises }) => promises.map(({ state }) => `${service} promised ${nodeId} (${state})`)));
    }
    return found;
  }

  /** The facts of history about one action, in order: who did what. */
  happened(what: string): readonly JsonObject[] {
    return this.history.filter(({ line }) => line['what'] === what).map(({ address, line }) => ({ ...line, by: address.service }));
  }
}

/** The journal belongs to the world, not to one of its runtimes. */
function keptOpen(journal: Journal, onCommit: () => void): Journal {
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'close') return async () => undefined;
      if (name === 'commit') onCommit();
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

export interface PeerOptions {
  readonly service: string;
  /** Whose exchange it listens to, and is asked through. */
  readonly exchange: Entity;
  /** Keys its queue is bound under, beside its name. */
  readonly keys?: readonly string[];
  /** Where it answers; default: the exchange it was asked through. */
  readonly answersOn?: string;
}

export interface Received {
  readonly action: string;
  readonly data: JsonObject;
  readonly headers: Headers;
  readonly messageId: string | undefined;
  readonly delivery: Delivery;
}

/** A service played by the test: takes what is sent to it and answers when it is told to. */
export class Peer {
  readonly received: Received[] = [];
  readonly #world: ConsentWorld;
  readonly #options: PeerOptions;
  readonly #transport: MemoryTransport;
  /** Answers by action, given at once. */
  readonly #automatic = new Map<string, Json>();
  #taken = 0;

  constructor(world: ConsentWorld, options: PeerOptions) {
    this.#world = world;
    this.#options = options;
    this.#transport = new MemoryTransport(world.broker);
  }

  async open(): Promise<void> {
    const { service, exchange, keys = [], answersOn } = this.#options;
    const lasting = { durable: true, autoDelete: false, declare: true, arguments: {} };
    const names = [...new Set([exchange, answersOn ?? exchange])];
    await this.#transport.open({
      exchanges: names.map((name) => ({ name, type: 'direct' as const, ...lasting })),
      queues: [{ name: `${service}_queue`, exclusive: false, ...lasting, arguments: { 'x-queue-type': 'quorum' } }],
      bindings: [service, ...keys].map((routingKey) => ({ exchange, queue: `${service}_queue`, routingKey, arguments: {} })),
    });
    await this.#transport.consume(`${service}_queue`, { prefetch: 0 }, async (delivery) => {
      await this.#take(delivery);
      return 'done';
    });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Its queue goes, and with it its bindings: what is sent to it comes back. */
  vanish(): void {
    const { broker } = this.#world;
    const queue = broker.topology.findQueue(`${this.#options.service}_queue`);
    if (queue !== undefined) broker.discard(queue);
  }

  /** From now on answers such messages at once. */
  always(action: string, body: Json): void {
    this.#automatic.set(action, body);
  }

  /** The next message of this action, waited for. */
  async next(action: string): Promise<Received> {
    for (let passed = 0; passed < patienceMs; passed += stepMs) {
      const index = this.received.findIndex((one, at) => at >= this.#taken && one.action === action);
      const found = this.received[index];
      if (found !== undefined) {
        this.#taken = index + 1;
        return found;
      }
      await this.#world.clock.advance(stepMs);
    }
    throw new Error(`${this.#options.service} got no '${action}', but ${this.received.map((one) => one.action).join(', ') || 'nothing'}`);
  }

  async answer({ delivery }: Received, body: Json): Promise<void> {
    const { replyTo = '', correlationId } = delivery.properties;
    await this.#publish(this.#options.answersOn ?? delivery.exchange, replyTo, body, correlationId === undefined ? {} : { correlationId });
  }

  /** Subscribes in the seed's one-way form, without a word of the protocol. */
  async subscribeOld(nodeId: string, routingKey?: string): Promise<void> {
    const data =
      routingKey === undefined ? { service: this.#options.service, subscribe_to_id: [nodeId] } : { routing_key: routingKey, id: [nodeId] };
    await this.#send({ action: 'subscribe', data });
  }

  /** Subscribes as a new peer that does not wait for the answer. */
  async subscribe(nodeId: string): Promise<void> {
    const headers = { 'consent-protocol': 2, 'consent-generation': 1 };
    await this.#send({ action: 'subscribe', data: { service: this.#options.service, subscribe_to_id: [nodeId] } }, headers);
  }

  /** A message of an owner to a voter, as this peer's exchange gives it. */
  async tell(voter: string, action: string, nodeId: string, saga?: string): Promise<void> {
    const headers = saga === undefined ? {} : consentHeaders({ saga, epoch: 1, hops: 1, deadlineMs: 10_000 });
    const replyTo = `${this.#options.service}`;
    const id = this.#world.ids.next();
    await this.#publish(
      this.#options.exchange,
      voter,
      { action, data: { id: nodeId } },
      { headers, replyTo, correlationId: id, ...(saga === undefined ? {} : { messageId: id }) },
    );
    await this.#world.waits(100);
  }

  async #send(body: Json, headers: Headers = {}): Promise<void> {
    await this.#publish(this.#options.exchange, `${this.#options.exchange}_model_crud_consume`, body, { headers });
    await this.#world.waits(100);
  }

  async #publish(exchange: string, routingKey: string, body: Json, properties: object): Promise<void> {
    const message = { exchange, routingKey, mandatory: false, body: Buffer.from(JSON.stringify(body)) };
    await this.#transport.publish({ ...message, properties: { persistent: true, contentType: 'application/json', ...properties } });
  }

  async #take(delivery: Delivery): Promise<void> {
    const body = JSON.parse(Buffer.from(delivery.body).toString('utf8')) as JsonObject;
    // Answers to what it has asked itself carry no action.
    const action = typeof body['action'] === 'string' ? body['action'] : 'answer';
    const data = (action === 'answer' ? body : body['data']) as JsonObject;
    const { headers = {}, messageId, replyTo } = delivery.properties;
    const received = { action, data, headers, messageId, delivery };
    this.received.push(received);
    const automatic = this.#automatic.get(action);
    if (automatic !== undefined && replyTo !== undefined) await this.answer(received, automatic);
  }
}
