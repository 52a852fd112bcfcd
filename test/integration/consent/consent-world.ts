/**
 * The real services of the hierarchy in one process, over memory and in virtual time, and peers that are played by the test.
 *
 * 1. No real time passes: `until` moves the clock until what it waits for has happened.
 * 2. Every service runs in a runtime of its own, so that one can be stopped and started over the same journal.
 * 3. `traces` finds what the protocol must not leave: holds, promises, messages, questions, timers.
 */

import { serviceKindOf } from '../../../actors/catalog.ts';
import { MemoryLedgerStore } from '../../../actors/consent/ledger/memory/memory-ledger-store.ts';
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import { hierarchyStoreName } from '../../../actors/hierarchy/store.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import { addressId } from '../../../runtime/ports/address.ts';
import { type Ids, systemIds } from '../../../runtime/ports/ids.ts';
import type { Journal } from '../../../runtime/ports/journal.ts';
import type { HistoryLine, TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { type Store, type Write, writesByStore } from '../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts';
import { killable, killableClock, type ProcessState } from '../../../runtime/simulated/killable.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { killableService } from '../../../testing/simulation/killable-service.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { type WorldReads, worldRead } from '../../contract/world-reads.ts';
import { ConsentBench } from './bench.ts';
import {
  type ConfigChanges,
  configOf,
  type Entity,
  entities,
  serviceOf,
} from './entity-configs.ts';
import { storedStates } from './stored-states.ts';

/** Time given to anything that is waited for, milliseconds. */
const patienceMs = 120_000;
const stepMs = 25;

interface Running {
  readonly runtime: Runtime;
  readonly transport: MemoryTransport;
  readonly life: ProcessState;
}

/** A death that is arranged, or has happened. */
interface Death {
  readonly what: string;
  readonly happened: Promise<void>;
  readonly happen: () => void;
}

export class ConsentWorld extends ConsentBench {
  readonly clock = new VirtualClock();
  readonly ids: Ids = systemIds(this.clock);
  readonly broker = new MemoryBroker(this.clock);
  readonly store = new MemoryHierarchyStore();
  readonly ledger = new MemoryLedgerStore();
  readonly journal = new MemoryJournal({ stores: [this.store, this.ledger] });
  readonly lines: HistoryLine[] = [];
  /** Commits of the journal so far, and how many there were when a line of history came. */
  commits = 0;
  /** States in which a service's actors were stored when its process died. */
  readonly diedIn = new Set<string>();
  /** By service: of the actors that live, and of those that ended with its last commit. */
  readonly #stored = new Map<
    string,
    { readonly living: Map<string, readonly string[]>; readonly ended: readonly string[] }
  >();
  readonly #commitsAt = new Map<string, number>();
  readonly #configs: ReadonlyMap<string, ExchangeConfig>;
  readonly #running = new Map<string, Running>();
  readonly #deaths = new Map<string, Death>();
  #client: Client | undefined;

  constructor(changes: ConfigChanges = {}) {
    super();
    this.#configs = new Map(entities.map(serviceOf).map((name) => [name, configOf(name, changes)]));
  }

  async open(): Promise<void> {
    for (const name of this.#configs.keys()) await this.start(name);
    this.#client = new Client({
      transport: this.transport(),
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
    await this.closePeers();
  }

  transport(): MemoryTransport {
    return new MemoryTransport(this.broker);
  }

  async start(name: string): Promise<void> {
    const config = this.#configs.get(name) as ExchangeConfig;
    const locks = new MemoryLocks(this.clock);
    const life = { ended: false };
    const transport = this.transport();
    const onCommit = (turns: readonly TurnCommit[]) => this.#keepStates(name, turns);
    const runtime = createRuntime({
      services: [
        killableService(
          serviceKindOf(config).define(config, {
            store: (name) => (name === ledgerStoreName ? this.ledger : this.store),
            locks,
          }),
          life,
        ),
      ],
      transport: killable(transport, life),
      journal: killable(keptOpen(this.journal, onCommit), life),
      ephemeral: killable(new MemoryJournal({ stores: [] }), life),
      clock: killableClock(this.clock, life),
      // Each step has a commit of its own: the scenarios kill between steps.
      fuse: false,
      ids: this.ids,
      onHistory: (lines) => this.#take(name, lines),
    });
    this.#running.set(name, { runtime, transport, life });
    await this.until(runtime.start());
  }

  #keepStates(name: string, turns: readonly TurnCommit[]): void {
    this.commits += 1;
    const living = new Map(this.#stored.get(name)?.living);
    const isOver = ({ record }: TurnCommit): boolean => record?.status !== 'active';
    for (const turn of turns) {
      if (isOver(turn)) living.delete(addressId(turn.address));
      else living.set(addressId(turn.address), storedStates(turn));
    }
    this.#stored.set(name, { living, ended: turns.filter(isOver).flatMap(storedStates) });
  }

  #take(name: string, lines: readonly HistoryLine[]): void {
    this.lines.push(...lines);
    for (const { line } of lines) this.#commitsAt.set(String(line['what']), this.commits);
    const death = this.#deaths.get(name);
    if (death === undefined || !lines.some(({ line }) => line['what'] === death.what)) return;
    this.#crash(name);
    death.happen();
  }

  /** As SIGKILL: nothing it has not committed is left. */
  #crash(name: string): void {
    const { living, ended } = this.#stored.get(name) ?? { living: new Map(), ended: [] };
    for (const state of [...[...living.values()].flat(), ...ended]) this.diedIn.add(state);
    const { life, transport } = this.#running.get(name) as Running;
    this.#running.delete(name);
    life.ended = true;
    void transport.close();
  }

  async dieAfter(name: string, what: string): Promise<void> {
    let happen: () => void = () => undefined;
    const happened = new Promise<void>((resolve) => {
      happen = resolve;
    });
    this.#deaths.set(name, { what, happened, happen });
  }

  async kill(name: string): Promise<void> {
    this.#crash(name);
  }

  async died(name: string): Promise<void> {
    await this.until(
      this.#deaths.get(name)?.happened ?? Promise.reject(new Error(`nothing is to kill ${name}`)),
    );
    this.#deaths.delete(name);
  }

  async history(): Promise<readonly HistoryLine[]> {
    return this.lines;
  }

  async stored(name: string): Promise<readonly string[]> {
    return [...(this.#stored.get(name)?.living.values() ?? [])].flat();
  }

  /** How many commits there were when such a line came last. */
  commitsUntil(what: string): number | undefined {
    return this.#commitsAt.get(what);
  }

  async stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    await this.until(running?.runtime.stop() ?? Promise.resolve());
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

  /** Rows of the tree. */
  async rows(): Promise<number> {
    const everything = { base: 'cn=prs', scope: 2, deref: false } as const;
    return (await this.read('search', everything)).length;
  }

  /** A queue goes, and with it its bindings: what is sent to it comes back. */
  discard(name: string): void {
    const queue = this.broker.topology.findQueue(name);
    if (queue !== undefined) this.broker.discard(queue);
  }

  async eventually(isSo: () => Promise<boolean>): Promise<void> {
    const limitMs = this.clock.now() + patienceMs;
    while (!(await isSo())) {
      if (this.clock.now() > limitMs) throw new Error(`not so within ${patienceMs} ms`);
      await this.clock.advance(stepMs);
    }
  }

  async waits(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs)
      await this.clock.advance(Math.min(stepMs, ms - passed));
  }

  read<Op extends keyof WorldReads>(
    op: Op,
    args: WorldReads[Op]['args'],
  ): Promise<WorldReads[Op]['result']> {
    const stores = this.#stores;
    return worldRead(
      async (read) => (await stores.get(read.store)?.read(read.op, read.args)) ?? null,
      op,
      args,
    );
  }

  async apply(...writes: readonly Write[]): Promise<void> {
    for (const [name, of] of writesByStore(writes)) await this.#stores.get(name)?.apply(noUndo, of);
  }

  get #stores(): ReadonlyMap<string, Store<UndoLog>> {
    return new Map<string, Store<UndoLog>>([
      [hierarchyStoreName, this.store],
      [ledgerStoreName, this.ledger],
    ]);
  }

  /** What is left of operations on these nodes that should not be. */
  async traces(...nodeIds: readonly string[]): Promise<readonly string[]> {
    await this.waits(1_000);
    const { outbox, asks, timers, activities, deadLetters } = await this.journal.counts();
    const counts = Object.entries({ outbox, asks, timers, activities, deadLetters }).filter(
      ([, count]) => count > 0,
    );
    return [
      ...counts.map(([what, count]) => `${count} ${what}`),
      ...(await this.#holds(nodeIds)),
      ...(await this.#promises(nodeIds)),
    ];
  }

  async #holds(nodeIds: readonly string[]): Promise<readonly string[]> {
    const sagas = new Set(this.lines.map(({ topic }) => topic));
    const found: string[] = [];
    for (const saga of sagas) {
      for (const service of this.#configs.keys()) {
        const states = await this.read('engagementStates', { saga, service, nodeIds });
        found.push(
          ...states
            .filter(({ state }) => state !== 'tombstoned')
            .map(({ nodeId, state }) => `${service} holds ${nodeId} (${state})`),
        );
      }
    }
    return found;
  }

  async #promises(nodeIds: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const service of this.#configs.keys()) {
      const { links } = await this.read('place', {
        service,
        baseNode: 'objects',
        references: nodeIds,
      });
      found.push(
        ...links.flatMap(({ nodeId, promises }) =>
          promises.map(({ state }) => `${service} promised ${nodeId} (${state})`),
        ),
      );
    }
    return found;
  }

  /** The facts of history about one action, in order: who did what. */
  happened(what: string): readonly JsonObject[] {
    return this.lines
      .filter(({ line }) => line['what'] === what)
      .map(({ address, line }) => ({ ...line, by: address.service }));
  }
}

/** The journal belongs to the world, not to one of its runtimes. */
function keptOpen(journal: Journal, onCommit: (turns: readonly TurnCommit[]) => void): Journal {
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'close') return async () => undefined;
      if (name === 'commit')
        return (instance: string, turns: readonly TurnCommit[], confirmed?: readonly string[]) =>
          target.commit(instance, turns, confirmed).then(() => onCommit(turns));
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
