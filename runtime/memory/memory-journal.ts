/**
 * The journal in memory: for tests, the simulation and machines whose state need not survive the process.
 *
 * 1. Commits run one after another. The stores write first and say how to undo it; only when all have agreed is the
 *    rest put into the tables, in one go that cannot fail. So a commit that throws leaves nothing.
 * 2. A store is told when the commit is over, so that its reads need see nothing that is undone afterwards.
 * 3. What is committed outlives `close`: opening the same object again is what a restart is to a database.
 */
import type { ActorAddress } from '../ports/address.ts';
import type { DeadLetter, DeadLetterSelection, StoredDeadLetter } from '../ports/dead-letter.ts';
import { Broken, Conflict, Transient } from '../ports/errors.ts';
import { type FailpointName, type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import type { Adopted, Journal, Loaded, LoadRequest } from '../ports/journal.ts';
import type {
  ActivityId,
  ActivityRow,
  ActivityUnderWay,
  ActorRecord,
  AskRow,
  HistoryLine,
  OutboxRow,
  TimerRow,
  TurnCommit,
} from '../ports/journal-rows.ts';
import {
  type MachineVersion,
  type StoredActor,
  type StoredVersion,
  type TokenPosition,
  versionId,
} from '../ports/journal-survey.ts';
import type { Prunable } from '../ports/retention.ts';
import { type Store, writeFailure, writesByStore } from '../ports/store.ts';
import { MemoryTransaction, noUndo, type UndoLog } from '../ports/undo-log.ts';
import { type CheckedTurn, type JournalCounts, MemoryTables } from './memory-tables.ts';
import { activitiesAfter, actorsAfter, storedIn, timersAfter } from './shelf-survey.ts';

/** `stores` share its commits, as tables share a database's transaction. */
export interface MemoryJournalOptions {
  readonly stores: readonly Store<UndoLog>[];
  readonly failpoints?: Failpoints;
  /** Told of every commit in the moment in which it is done, before anything else can happen. */
  readonly onCommitted?: (turns: readonly TurnCommit[]) => void;
}

/** A journal in this process, with all the meaning of the one on SQL; gone with the process. */
export class MemoryJournal implements Journal {
  readonly exclusive = true;
  readonly #stores: ReadonlyMap<string, Store<UndoLog>>;
  readonly #failpoints: Failpoints;
  readonly #onCommitted: (turns: readonly TurnCommit[]) => void;
  readonly #stored = new MemoryTables();
  readonly #versions = new Map<string, MachineVersion>();
  #isOpen = false;
  #commitsWaiting = 0;
  #lastCommit: Promise<unknown> = Promise.resolve();

  constructor({
    stores,
    failpoints = noFailpoints,
    onCommitted = () => undefined,
  }: MemoryJournalOptions) {
    this.#stores = new Map(stores.map((store) => [store.name, store]));
    this.#failpoints = failpoints;
    this.#onCommitted = onCommitted;
  }

  /** @throws Transient when the journal is not open. */
  get #tables(): MemoryTables {
    if (!this.#isOpen) throw new Transient('not-reachable', 'the journal is not open');
    return this.#stored;
  }

  async open(): Promise<void> {
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    await this.#lastCommit;
    this.#isOpen = false;
  }

  async load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]> {
    const tables = this.#tables;
    return requests.map((request) => tables.load(request));
  }

  async commit(
    instance: string,
    turns: readonly TurnCommit[],
    confirmed: readonly string[] = [],
  ): Promise<void> {
    const tables = this.#tables;
    const put = (checked: readonly CheckedTurn[]): void =>
      this.#put(tables, instance, checked, confirmed);
    if (this.#commitsWaiting === 0 && turns.every((turn) => turn.writes.length === 0)) {
      this.#commitWithoutWrites(tables, turns, put);
      return;
    }
    this.#commitsWaiting += 1;
    const commit = this.#lastCommit.then(() => this.#commitWithWrites(tables, turns, put));
    this.#lastCommit = commit.catch(() => undefined).finally(() => (this.#commitsWaiting -= 1));
    await commit;
  }

  #commitWithoutWrites(
    tables: MemoryTables,
    turns: readonly TurnCommit[],
    put: (checked: readonly CheckedTurn[]) => void,
  ): void {
    const checked = this.#check(tables, turns);
    this.#reach('commit.before-writes', turns);
    this.#reach('commit.after-writes', turns);
    put(checked);
  }

  async #commitWithWrites(
    tables: MemoryTables,
    turns: readonly TurnCommit[],
    put: (checked: readonly CheckedTurn[]) => void,
  ): Promise<void> {
    const checked = this.#check(tables, turns);
    const transaction = new MemoryTransaction();
    await transaction.run(async () => {
      this.#reach('commit.before-writes', turns);
      await this.#write(transaction, turns);
      this.#reach('commit.after-writes', turns);
      put(checked);
    });
  }

  #check(tables: MemoryTables, turns: readonly TurnCommit[]): CheckedTurn[] {
    const checked = turns.map((turn) => tables.check(turn));
    if (checked.length > 1 && new Set(checked.map(({ id }) => id)).size < checked.length) {
      throw new Conflict('version-conflict', 'two turns of one actor in one commit');
    }
    return checked;
  }

  async #write(undoLog: UndoLog, turns: readonly TurnCommit[]): Promise<void> {
    for (const [name, writes] of writesByStore(turns.flatMap((turn) => turn.writes))) {
      const store = this.#stores.get(name);
      if (store === undefined) throw new Broken('broken', `there is no store named ${name}`);
      try {
        await store.apply(undoLog, writes);
      } catch (error) {
        throw writeFailure(name, error);
      }
    }
  }

  #put(
    tables: MemoryTables,
    instance: string,
    checked: readonly CheckedTurn[],
    confirmed: readonly string[],
  ): void {
    this.#reach(
      'commit.before-end',
      checked.map(({ turn }) => turn),
    );
    for (const turn of checked) tables.put(instance, turn);
    tables.forget(confirmed);
    this.#onCommitted(checked.map(({ turn }) => turn));
  }

  #reach(name: FailpointName, turns: readonly TurnCommit[]): void {
    if (this.#failpoints === noFailpoints) return;
    this.#failpoints.reach(name, { addresses: turns.map(({ address }) => address) });
  }

  async forget(outboxIds: readonly string[]): Promise<void> {
    this.#tables.forget(outboxIds);
  }

  async findAsks(correlationIds: readonly string[]): Promise<readonly AskRow[]> {
    return this.#tables.asks.find(correlationIds);
  }

  async dueTimers(
    services: readonly string[],
    untilMs: number,
    limit: number,
  ): Promise<readonly TimerRow[]> {
    return this.#tables.dueTimers(services, untilMs, limit);
  }

  async nextTimerAtMs(services: readonly string[], afterMs: number): Promise<number | undefined> {
    return this.#tables.nextTimerAtMs(services, afterMs);
  }

  async postponeActivity(...noted: Parameters<Journal['postponeActivity']>): Promise<boolean> {
    return this.#tables.postponeActivity(...noted);
  }

  async noteProgress(...noted: Parameters<Journal['noteProgress']>): Promise<boolean> {
    return this.#tables.noteProgress(...noted);
  }

  async lostActivities(
    instance: string,
    activities: readonly ActivityId[],
  ): Promise<readonly ActivityId[]> {
    return this.#tables.lostActivities(instance, activities);
  }

  async activitiesOf(address: ActorAddress): Promise<readonly ActivityUnderWay[]> {
    return this.#tables.activitiesOf(address);
  }

  async beat(instance: string, nowMs: number): Promise<number> {
    this.#tables.beat(instance, nowMs);
    return nowMs;
  }

  async leave(instance: string): Promise<void> {
    this.#tables.leave(instance);
  }

  async adopt(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<Adopted> {
    const tables = this.#tables;
    const outbox = tables.adoptOutbox(instance, services, deadBeforeMs, limit);
    this.#failpoints.reach('adopt.half-way');
    const activities = tables.adoptActivities(instance, services, deadBeforeMs, limit);
    tables.forgetDead(deadBeforeMs);
    return { outbox, activities };
  }

  async inspect(address: ActorAddress): Promise<ActorRecord | undefined> {
    return this.#tables.inspect(address);
  }

  async history(topic: string): Promise<readonly HistoryLine[]> {
    return this.#tables.history.of(topic);
  }

  async addDeadLetter(deadLetter: DeadLetter): Promise<void> {
    this.#tables.deadLetters.add(deadLetter);
  }

  async deadLetters(
    services: readonly string[],
    limit: number,
  ): Promise<readonly StoredDeadLetter[]> {
    return this.#tables.deadLetters.list(services, limit);
  }

  async deadLetter(id: string): Promise<StoredDeadLetter | undefined> {
    return this.#tables.deadLetters.find(id);
  }

  async requestReplay(selection: DeadLetterSelection): Promise<number> {
    return this.#tables.deadLetters.mark(selection);
  }

  async dropDeadLetters(selection: DeadLetterSelection): Promise<number> {
    return this.#tables.deadLetters.drop(selection);
  }

  async takeReplays(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<readonly StoredDeadLetter[]> {
    return this.#tables.takeReplays(instance, services, deadBeforeMs, limit);
  }

  async endReplays(deadLetters: readonly Pick<StoredDeadLetter, 'id' | 'count'>[]): Promise<void> {
    this.#tables.deadLetters.end(deadLetters);
  }

  async registerVersions(
    services: readonly string[],
    known: readonly MachineVersion[],
  ): Promise<readonly StoredVersion[]> {
    const shelves = this.#tables.shelvesOf(services);
    const knownIds = new Set(known.map(versionId));
    const others = [...this.#versions.values()].filter(
      (version) => services.includes(version.service) && !knownIds.has(versionId(version)),
    );
    const strangers = others
      .map((version) => storedIn(version, shelves))
      .filter(({ count }) => count > 0);
    if (strangers.length > 0) return strangers;
    for (const version of others) this.#versions.delete(versionId(version));
    for (const { service, machine, version } of known)
      this.#versions.set(versionId({ service, machine, version }), { service, machine, version });
    return [];
  }

  async listActors(
    services: readonly string[],
    after: ActorAddress | undefined,
    limit: number,
  ): Promise<readonly StoredActor[]> {
    return actorsAfter(this.#tables.shelvesOf(services), after, limit);
  }

  async listTimers(
    services: readonly string[],
    after: TokenPosition | undefined,
    limit: number,
  ): Promise<readonly TimerRow[]> {
    return timersAfter(this.#tables.shelvesOf(services), after, limit);
  }

  async listActivities(
    services: readonly string[],
    after: TokenPosition | undefined,
    limit: number,
  ): Promise<readonly ActivityRow[]> {
    return activitiesAfter(this.#tables.shelvesOf(services), after, limit);
  }

  async listOutbox(
    services: readonly string[],
    afterId: string,
    limit: number,
  ): Promise<readonly OutboxRow[]> {
    const rows = this.#tables.outboxOf(services);
    return rows.filter(({ id }) => id > afterId).slice(0, limit);
  }

  async prune(kind: Prunable, beforeMs: number, limit: number): Promise<number> {
    return kind === 'tombstones'
      ? this.#pruneStores(beforeMs, limit)
      : this.#tables.prune(kind, beforeMs, limit);
  }

  /** Between commits, as a database would lock it. */
  #pruneStores(beforeMs: number, limit: number): Promise<number> {
    const pruned = this.#lastCommit.then(async () => {
      let taken = 0;
      for (const store of this.#stores.values())
        taken += (await store.prune?.(noUndo, beforeMs, limit)) ?? 0;
      return taken;
    });
    this.#lastCommit = pruned.catch(() => undefined);
    return pruned;
  }

  async counts(): Promise<JournalCounts> {
    return this.#tables.counts();
  }
}
