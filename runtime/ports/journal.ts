/**
 * The port to everything that survives a crash: actors, inbox, outbox, asks, timers, activities,
 * history, dead letters. One journal per database. Adapters: memory; PostgreSQL and PGlite.
 *
 * Invariants:
 * - All or nothing: `commit` writes records by version, all rows of the turns and their store
 *   writes, or nothing. A version or an `expect` that does not hold rejects with `Conflict`, a
 *   write's own refusal with `Refused`.
 * - Outbox until confirmed: an outbox row stays until `forget` or a later `commit` says that the
 *   transport has confirmed it. One instance holds the row at a time.
 * - Timer until handled: a timer row stays until a turn that handled the timer commits. The journal
 *   may hand the timer out more than once.
 * - Adopted: rows that a dead instance held are taken over with `adopt`.
 * - Pruned by age only: rows that are over go with `prune`, and only then.
 */
import type { ActorAddress } from './address.ts';
import type { DeadLetterList } from './dead-letter.ts';
import type { JournalProcesses, ProcessState } from './journal-processes.ts';
import type {
  ActivityId,
  ActivityOutcome,
  ActivityRow,
  ActivityUnderWay,
  ActorRecord,
  AskRow,
  HistoryLine,
  InboxEntry,
  OutboxRow,
  TimerRow,
  TurnCommit,
} from './journal-rows.ts';
import type { JournalSurvey } from './journal-survey.ts';
import type { Json } from './json.ts';
import type { Prunable } from './retention.ts';
import type { Write } from './store.ts';

export interface LoadRequest {
  readonly address: ActorAddress;
  /** Messages that are about to be handled. */
  readonly messageIds: readonly string[];
  /**
   * Version held in a cache. When the cached version is still current, the result has no `record`.
   */
  readonly cachedVersion?: number;
}

export interface Loaded {
  /** 0 when there is no row. */
  readonly version: number;
  /** Left out when there is no row or when `cachedVersion` was current. */
  readonly record?: ActorRecord;
  /** The requested messages that were handled before. */
  readonly seen: readonly InboxEntry[];
}

export interface Adopted {
  readonly outbox: readonly OutboxRow[];
  readonly activities: readonly ActivityRow[];
}

/**
 * A commit under way. Nobody else sees its writes before its end, and its reads see them. Calls come
 * one after another. After a call that rejects, only `rollBack` is of use.
 */
export interface OpenCommit {
  /** As `Journal.load`. Other calls of the journal may wait for the end of the commit. */
  load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]>;
  /** Applies writes to their stores. Rejects as `Journal.commit` does. */
  write(writes: readonly Write[]): Promise<void>;
  /** Reads a store of `Journal.openReads`. Rejects as `Store.read` does. */
  read(store: string, op: string, args: Json): Promise<Json>;
  /**
   * Applies the `writes`, and commits as `Journal.commit` does. The writes in the turns themselves are
   * not applied.
   */
  commit(
    instance: string,
    turns: readonly TurnCommit[],
    confirmed: readonly string[],
    writes: readonly Write[],
  ): Promise<void>;
  /** Undoes everything, unless the commit has happened. Never rejects. */
  rollBack(): Promise<void>;
}

/** Number of rows of each kind. */
export type JournalCounts = {
  readonly actors: number;
  readonly inbox: number;
  readonly outbox: number;
  readonly asks: number;
  readonly timers: number;
  readonly activities: number;
  readonly history: number;
  readonly deadLetters: number;
};

/**
 * Everything that survives a crash. Calls reject with `Transient` while the database cannot be
 * reached; `commit` also with `Conflict` and with errors of stores.
 */
export interface Journal extends JournalSurvey, JournalProcesses, DeadLetterList {
  /**
   * True when no other process can hold the journal at the same time. Then all rows found at start
   * belong to the dead.
   */
  readonly exclusive: boolean;
  /** Creates the tables of the journal and of its stores; idempotent. */
  open(): Promise<void>;
  close(): Promise<void>;
  /**
   * A random text of at least 128 bits that was made with the journal and never changes: the same
   * for all processes of the journal.
   */
  secret(): Promise<string>;

  /** Results in the order of the requests. */
  load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]>;
  /**
   * Commits all turns or none. Their outbox rows and activities belong to `instance`. Deletes the
   * `confirmed` outbox rows too, which spares `forget` a transaction of its own.
   */
  commit(
    instance: string,
    turns: readonly TurnCommit[],
    confirmed?: readonly string[],
  ): Promise<void>;
  /** The stores that an open commit can read. */
  readonly openReads: ReadonlySet<string>;
  /**
   * Begins a commit whose writes are read before it ends. The caller ends it soon: others may wait for
   * its rows, and over an embedded database for all of it.
   */
  begin(): Promise<OpenCommit>;

  /** Deletes outbox rows that the transport has confirmed. */
  forget(outboxIds: readonly string[]): Promise<void>;
  findAsks(correlationIds: readonly string[]): Promise<readonly AskRow[]>;
  /** Timers of these services due at or before `untilMs`, soonest first. */
  dueTimers(
    services: readonly string[],
    untilMs: number,
    limit: number,
  ): Promise<readonly TimerRow[]>;
  /** When the next timer of these services after `afterMs` is due; undefined when there is none. */
  nextTimerAtMs(services: readonly string[], afterMs: number): Promise<number | undefined>;
  /**
   * Notes a failed try of an activity that will be tried again. False when the activity was
   * stopped, or when `instance` no longer holds it.
   */
  postponeActivity(
    instance: string,
    address: ActorAddress,
    token: string,
    attempt: number,
    notBeforeMs: number,
  ): Promise<boolean>;
  /** Replaces the progress of an activity. False as in `postponeActivity`. */
  noteProgress(
    instance: string,
    address: ActorAddress,
    token: string,
    progress: Json,
    atMs: number,
  ): Promise<boolean>;
  /**
   * Keeps the outcome of an activity whose actor this process cannot read, and gives the activity
   * up: another process adopts the activity and hands the outcome over, without a further try.
   * False as in `postponeActivity`.
   */
  keepOutcome(
    instance: string,
    address: ActorAddress,
    token: string,
    outcome: ActivityOutcome,
  ): Promise<boolean>;
  /**
   * Those of the given activities that `instance` no longer holds, because they ended, were
   * stopped, or were taken over.
   */
  lostActivities(
    instance: string,
    activities: readonly ActivityId[],
  ): Promise<readonly ActivityId[]>;
  /** Activities of an actor that run or wait, oldest first. */
  activitiesOf(address: ActorAddress): Promise<readonly ActivityUnderWay[]>;

  /**
   * Notes that `instance` is alive at `nowMs`, and its state. Resolves to the time of the journal's
   * own clock; a journal without a clock resolves to `nowMs`.
   */
  beat(instance: string, nowMs: number, state?: ProcessState): Promise<number>;
  /** Notes that `instance` ends: other processes may adopt its rows at once. */
  leave(instance: string): Promise<void>;
  /**
   * Gives `instance` the outbox rows and activities of these services whose instance has left or
   * has no heartbeat since `deadBeforeMs`. At most `limit` of each, oldest first. An activity of an
   * instance that has not left counts a further try, unless the activity waited for a later try at
   * the last heartbeat of the instance.
   */
  adopt(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<Adopted>;

  /** The stored record of one actor, for inspection. */
  inspect(address: ActorAddress): Promise<ActorRecord | undefined>;
  /** Lines of one topic, oldest first. */
  history(topic: string): Promise<readonly HistoryLine[]>;
  /**
   * Deletes finished rows of a single kind that are older than `beforeMs`, oldest first, at most
   * `limit`. Resolves to their number. An actor that has not ended loses only inbox entries of
   * messages that nobody sends any more, and answered questions.
   */
  prune(kind: Prunable, beforeMs: number, limit: number): Promise<number>;
  /** For tests and operators. */
  counts(): Promise<JournalCounts>;
}
