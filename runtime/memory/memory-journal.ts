/**
 * The journal in memory: for tests, the simulation and ephemeral machines.
 *
 * Invariants:
 * - All or nothing: commits run one after another. The stores write first and register how each
 *   write is undone. When all stores have agreed, the rows are added at once, which cannot fail.
 * - No dirty reads: a store learns when the commit is over, so its reads can wait for that.
 * - Committed rows outlive `close`. Opening the same object again is like a restart on a database.
 */
import type { ActorAddress } from '../ports/address.ts';
import { Broken, Conflict, Transient } from '../ports/errors.ts';
import { type FailpointName, type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import { type CommitWork, heldCommit } from '../ports/held-commit.ts';
import type {
  Adopted,
  Journal,
  JournalCounts,
  Loaded,
  LoadRequest,
  OpenCommit,
} from '../ports/journal.ts';
import type { ProcessState } from '../ports/journal-processes.ts';
import type {
  ActivityId,
  ActivityOutcome,
  ActivityUnderWay,
  ActorRecord,
  AskRow,
  HistoryLine,
  TimerRow,
  TurnCommit,
} from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Prunable } from '../ports/retention.ts';
import { newSecret } from '../ports/secret.ts';
import {
  type Read,
  readableIn,
  type Store,
  type Write,
  writeFailure,
  writesByStore,
} from '../ports/store.ts';
import { MemoryTransaction, noUndo, type UndoLog } from '../ports/undo-log.ts';
import { MemoryMaintenance } from './memory-maintenance.ts';
import { type CheckedTurn, MemoryRows } from './memory-rows.ts';

/** The writes of `stores` are part of the commits. */
export interface MemoryJournalOptions {
  readonly stores: readonly Store<UndoLog>[];
  readonly failpoints?: Failpoints;
  /** The secret of the journal. Default: a new one. */
  readonly secret?: string;
  /** Called at the end of every commit, before any other code runs. */
  readonly onCommitted?: (turns: readonly TurnCommit[]) => void;
}

/** A journal that ends with its process. It behaves like the journal on SQL. */
export class MemoryJournal extends MemoryMaintenance implements Journal {
  readonly exclusive = true;
  readonly openReads: ReadonlySet<string>;
  readonly #stores: ReadonlyMap<string, Store<UndoLog>>;
  readonly #failpoints: Failpoints;
  readonly #secret: string;
  readonly #onCommitted: (turns: readonly TurnCommit[]) => void;
  readonly #stored = new MemoryRows();
  #isOpen = false;
  #commitsWaiting = 0;
  #lastCommit: Promise<unknown> = Promise.resolve();

  constructor({
    stores,
    failpoints = noFailpoints,
    secret = newSecret(),
    onCommitted = () => undefined,
  }: MemoryJournalOptions) {
    super();
    this.#stores = new Map(stores.map((store) => [store.name, store]));
    this.openReads = readableIn(stores);
    this.#failpoints = failpoints;
    this.#secret = secret;
    this.#onCommitted = onCommitted;
  }

  /** @throws Transient when the journal is not open. */
  protected get rows(): MemoryRows {
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

  async secret(): Promise<string> {
    return this.#secret;
  }

  async load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]> {
    const rows = this.rows;
    return requests.map((request) => rows.load(request));
  }

  async commit(
    instance: string,
    turns: readonly TurnCommit[],
    confirmed: readonly string[] = [],
  ): Promise<void> {
    const rows = this.rows;
    if (this.#commitsWaiting === 0 && turns.every((turn) => turn.writes.length === 0)) {
      this.#commitWithoutWrites(rows, instance, turns, confirmed);
      return;
    }
    const writes = turns.flatMap((turn) => turn.writes);
    await this.#inOrder(() => {
      const transaction = new MemoryTransaction();
      return transaction.run(() =>
        this.#commitIn(rows, transaction).commit(instance, turns, confirmed, writes),
      );
    });
  }

  /** Runs the work when all earlier commits have ended. */
  #inOrder(work: () => Promise<void>): Promise<void> {
    this.#commitsWaiting += 1;
    const commit = this.#lastCommit.then(work);
    this.#lastCommit = commit.catch(() => undefined).finally(() => (this.#commitsWaiting -= 1));
    return commit;
  }

  async begin(): Promise<OpenCommit> {
    const rows = this.rows;
    return heldCommit<UndoLog>(
      (work) =>
        this.#inOrder(() => {
          const transaction = new MemoryTransaction();
          return transaction.run(() => work(transaction));
        }),
      (undoLog) => this.#commitIn(rows, undoLog),
    );
  }

  #commitIn(rows: MemoryRows, undoLog: UndoLog): CommitWork {
    return {
      load: async (requests) => requests.map((request) => rows.load(request)),
      write: (writes) => this.#write(undoLog, writes),
      read: (store, op, args) => this.#readIn(undoLog, { store, op, args }),
      commit: async (instance, turns, confirmed, writes) => {
        const checked = this.#check(rows, turns);
        this.#reach('commit.before-writes', turns);
        await this.#write(undoLog, writes);
        this.#reach('commit.after-writes', turns);
        this.#put(rows, instance, checked, confirmed);
      },
    };
  }

  async #readIn(undoLog: UndoLog, { store: name, op, args }: Read): Promise<Json> {
    const store = this.#stores.get(name);
    if (store?.readIn === undefined)
      throw new Broken('broken', `the store '${name}' cannot be read within a commit`);
    return store.readIn(undoLog, op, args);
  }

  #commitWithoutWrites(
    rows: MemoryRows,
    instance: string,
    turns: readonly TurnCommit[],
    confirmed: readonly string[],
  ): void {
    const checked = this.#check(rows, turns);
    this.#reach('commit.before-writes', turns);
    this.#reach('commit.after-writes', turns);
    this.#put(rows, instance, checked, confirmed);
  }

  #check(rows: MemoryRows, turns: readonly TurnCommit[]): CheckedTurn[] {
    const checked = turns.map((turn) => rows.check(turn));
    if (checked.length > 1 && new Set(checked.map(({ id }) => id)).size < checked.length) {
      throw new Conflict('version-conflict', 'two turns of one actor in one commit');
    }
    return checked;
  }

  async #write(undoLog: UndoLog, all: readonly Write[]): Promise<void> {
    for (const [name, writes] of writesByStore(all)) {
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
    rows: MemoryRows,
    instance: string,
    checked: readonly CheckedTurn[],
    confirmed: readonly string[],
  ): void {
    this.#reach(
      'commit.before-end',
      checked.map(({ turn }) => turn),
    );
    for (const turn of checked) rows.put(instance, turn);
    rows.outbox.forget(confirmed);
    this.#onCommitted(checked.map(({ turn }) => turn));
  }

  #reach(name: FailpointName, turns: readonly TurnCommit[]): void {
    if (this.#failpoints === noFailpoints) return;
    this.#failpoints.reach(name, { addresses: turns.map(({ address }) => address) });
  }

  async forget(outboxIds: readonly string[]): Promise<void> {
    this.rows.outbox.forget(outboxIds);
  }

  async findAsks(correlationIds: readonly string[]): Promise<readonly AskRow[]> {
    return this.rows.asks.find(correlationIds);
  }

  async dueTimers(
    services: readonly string[],
    untilMs: number,
    limit: number,
  ): Promise<readonly TimerRow[]> {
    return this.rows.timers.due(services, untilMs, limit);
  }

  async nextTimerAtMs(services: readonly string[], afterMs: number): Promise<number | undefined> {
    return this.rows.timers.nextAtMs(services, afterMs);
  }

  async postponeActivity(...noted: Parameters<Journal['postponeActivity']>): Promise<boolean> {
    return this.rows.postponeActivity(...noted);
  }

  async noteProgress(...noted: Parameters<Journal['noteProgress']>): Promise<boolean> {
    return this.rows.noteProgress(...noted);
  }

  async keepOutcome(
    instance: string,
    address: ActorAddress,
    token: string,
    outcome: ActivityOutcome,
  ): Promise<boolean> {
    return this.rows.keepOutcome(instance, address, token, outcome);
  }

  async lostActivities(
    instance: string,
    activities: readonly ActivityId[],
  ): Promise<readonly ActivityId[]> {
    return this.rows.lostActivities(instance, activities);
  }

  async activitiesOf(address: ActorAddress): Promise<readonly ActivityUnderWay[]> {
    return this.rows.activitiesOf(address);
  }

  async beat(instance: string, nowMs: number, state?: ProcessState): Promise<number> {
    this.rows.instances.beat(instance, nowMs, state);
    return nowMs;
  }

  async leave(instance: string): Promise<void> {
    this.rows.instances.leave(instance);
  }

  async adopt(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<Adopted> {
    const halfWay = (): void => this.#failpoints.reach('adopt.half-way');
    return this.rows.adopt(instance, services, deadBeforeMs, limit, halfWay);
  }

  async inspect(address: ActorAddress): Promise<ActorRecord | undefined> {
    return this.rows.inspect(address);
  }

  async history(topic: string): Promise<readonly HistoryLine[]> {
    return this.rows.history.of(topic);
  }

  async prune(kind: Prunable, beforeMs: number, limit: number): Promise<number> {
    return kind === 'tombstones'
      ? this.#pruneStores(beforeMs, limit)
      : this.rows.prune(kind, beforeMs, limit);
  }

  /** Runs between commits, because the stores' rows must not change meanwhile. */
  #pruneStores(beforeMs: number, limit: number): Promise<number> {
    const pruned = this.#lastCommit.then(async () => {
      let deleted = 0;
      for (const store of this.#stores.values())
        deleted += (await store.prune?.(noUndo, beforeMs, limit)) ?? 0;
      return deleted;
    });
    this.#lastCommit = pruned.catch(() => undefined);
    return pruned;
  }

  async counts(): Promise<JournalCounts> {
    return this.rows.counts();
  }
}
