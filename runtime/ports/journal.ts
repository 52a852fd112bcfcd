/**
 * The port to what survives a crash: snapshots, inbox, outbox, asks, timers, activities, history, dead letters.
 * One journal per database; adapters: memory, and PostgreSQL or PGlite through MikroORM.
 *
 * 1. `commit` is all or nothing: snapshots by version, everything the turns asked for, and their writes.
 * 2. A version or an `expect` that does not hold throws `Conflict`, a write's own refusal `Refused`; nothing is left.
 * 3. An outbox row stays until `forget` says that the transport has confirmed it; one instance holds it at a time.
 * 4. A timer row stays until a turn that consumed it commits; it may be handed out more than once.
 * 5. What a dead instance held is found by `adopt`.
 * 6. What is over goes by age, and only then: `prune`.
 */
import type { ActorAddress } from './address.ts';
import type { DeadLetter, DeadLetterList } from './dead-letter.ts';
import type { MessageProperties } from './envelope.ts';
import type { JournalSurvey } from './journal-survey.ts';
import type { Json, JsonObject } from './json.ts';
import type { Prunable } from './retention.ts';
import type { Write } from './store.ts';

/** What is stored of an actor and its children; `family` is opaque to the journal. */
export interface ActorRecord {
  /** Version of the machine that wrote it. */
  readonly machineVersion: number;
  readonly status: 'active' | 'done' | 'error';
  readonly family: Json;
}

export interface InboxEntry {
  readonly messageId: string;
  /** The answer that was given; a repeated question gets it again. */
  readonly answer?: Json;
}

/** A message that waits to be published. */
export interface OutboxRow {
  /** UUIDv7; rows of one actor are published in the order of their ids. */
  readonly id: string;
  readonly address: ActorAddress;
  readonly exchange: string;
  readonly routingKey: string;
  readonly mandatory: boolean;
  readonly properties: MessageProperties;
  readonly body: Json;
  /** When the exchange gives the message back: publish it again, straight to the queue of the routing key. */
  readonly orStraightToQueue?: boolean;
  /** A question: when it is given back, its asker gets `<event>.unroutable`. */
  readonly correlationId?: string;
}

/** A question that waits for its answer. */
export interface AskRow {
  readonly correlationId: string;
  readonly address: ActorAddress;
  /** Child ids from the actor down to the machine that asked. */
  readonly path: readonly string[];
  /** Type of the event in which the answer arrives. */
  readonly event: string;
  /** What the asker wants back beside the answer. */
  readonly about?: Json;
}

export interface TimerRow {
  readonly address: ActorAddress;
  /** Unique within the actor and never used again: a stale timer is recognised by it. */
  readonly token: string;
  readonly dueAtMs: number;
}

export interface ActivityRow {
  readonly address: ActorAddress;
  /** Unique within the actor; with the address it is the idempotency key. */
  readonly token: string;
  /** Child ids from the actor down to the machine that invoked it. */
  readonly path: readonly string[];
  /** Name of the machine that invoked it and of the activity there. */
  readonly machine: string;
  readonly kind: string;
  /** Version of the machine that invoked it; left out in rows that are older than this note. */
  readonly machineVersion?: number;
  readonly input: Json;
  /** Tries made so far. */
  readonly attempt: number;
  /** Not to be tried before. */
  readonly notBeforeMs: number;
  /** What it said last about how far it is; left out when it has said nothing. */
  readonly progress?: Json;
}

/** Which activity. */
export type ActivityId = Pick<ActivityRow, 'address' | 'token'>;

/** An activity that runs or waits, for whoever looks from outside. */
export interface ActivityUnderWay extends ActivityRow {
  /** The process that holds it, or has held it. */
  readonly instance: string;
  /** When `progress` was said, milliseconds since the epoch; left out as that is. */
  readonly progressAtMs?: number;
}

/** One line of what happened, found again by its topic (a saga's id). */
export interface HistoryLine {
  readonly id: string;
  readonly topic: string;
  readonly address: ActorAddress;
  readonly atMs: number;
  readonly line: JsonObject;
}

/** Everything one actor's turn changes. */
export interface TurnCommit {
  readonly address: ActorAddress;
  /** When it was computed: what it leaves behind has its age from it. Milliseconds since the epoch. */
  readonly atMs: number;
  /** Version that was loaded; 0 when there was no row. The new version is one more. */
  readonly expectedVersion: number;
  /** The new record; null deletes the row. */
  readonly record: ActorRecord | null;
  /** Messages handled in this turn, with the answer when it was given at once. */
  readonly inbox: readonly InboxEntry[];
  /** Messages that came again: someone still sends them, so they are remembered from now on as long as new ones. */
  readonly repeated: readonly string[];
  /** Answers given now to messages handled in earlier turns. */
  readonly answers: readonly Required<InboxEntry>[];
  readonly outbox: readonly OutboxRow[];
  readonly asks: readonly AskRow[];
  /** Questions that got an answer in this turn, by correlation id. */
  readonly answered: readonly string[];
  readonly timers: readonly TimerRow[];
  /** Tokens of timers that fired or were cancelled. */
  readonly timersEnded: readonly string[];
  readonly activities: readonly ActivityRow[];
  /** Tokens of activities that finished or were stopped. */
  readonly activitiesEnded: readonly string[];
  readonly history: readonly HistoryLine[];
  readonly deadLetters: readonly DeadLetter[];
  readonly writes: readonly Write[];
}

export interface LoadRequest {
  readonly address: ActorAddress;
  /** Messages that are about to be handled. */
  readonly messageIds: readonly string[];
  /** Version held in a cache: when it is still the current one, `record` is left out of the result. */
  readonly cachedVersion?: number;
}

export interface Loaded {
  /** 0 when there is no row. */
  readonly version: number;
  /** Left out when there is no row or when `cachedVersion` was current. */
  readonly record?: ActorRecord;
  /** Which of the messages were handled before. */
  readonly seen: readonly InboxEntry[];
}

export interface Adopted {
  readonly outbox: readonly OutboxRow[];
  readonly activities: readonly ActivityRow[];
}

/**
 * What survives a crash. Calls reject with `Transient` while the database cannot be reached; `commit` also with `Conflict`, and with what
 * a store throws.
 */
export interface Journal extends JournalSurvey, DeadLetterList {
  /** True when no other process can hold it at the same time: what it holds at start was left by the dead. */
  readonly exclusive: boolean;
  /** Creates or migrates its tables and those of its stores; idempotent. */
  open(): Promise<void>;
  close(): Promise<void>;

  /** Answers in the order of the requests. */
  load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]>;
  /**
   * Outbox rows and activities in it belong to `instance`. All turns or none; outbox rows that were `confirmed` since go with them, which
   * spares `forget` a transaction of its own.
   */
  commit(
    instance: string,
    turns: readonly TurnCommit[],
    confirmed?: readonly string[],
  ): Promise<void>;

  /** Deletes outbox rows that were confirmed. */
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
  /** An activity failed and will be tried again: notes the attempt. False when it was stopped, or is not held by `instance` any more. */
  postponeActivity(
    instance: string,
    address: ActorAddress,
    token: string,
    attempt: number,
    notBeforeMs: number,
  ): Promise<boolean>;
  /** Notes how far an activity is, in place of what was noted before. False as in `postponeActivity`. */
  noteProgress(
    instance: string,
    address: ActorAddress,
    token: string,
    progress: Json,
    atMs: number,
  ): Promise<boolean>;
  /** Those of these activities that `instance` does not hold (any more): they ended, were stopped, or were taken over. */
  lostActivities(
    instance: string,
    activities: readonly ActivityId[],
  ): Promise<readonly ActivityId[]>;
  /** Activities of one actor that run or wait, oldest first. */
  activitiesOf(address: ActorAddress): Promise<readonly ActivityUnderWay[]>;

  /** Says that `instance` is alive at `nowMs`. Resolves with the time by the journal's own clock; one that has none gives `nowMs` back. */
  beat(instance: string, nowMs: number): Promise<number>;
  /** Says that `instance` ends: what it still holds can be adopted at once. */
  leave(instance: string): Promise<void>;
  /**
   * Takes over outbox rows and activities of these services whose instance has not beaten since `deadBeforeMs` (or has
   * left): they belong to `instance` from now on. At most `limit` of each, oldest first.
   */
  adopt(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<Adopted>;

  /** One actor as it is stored, for inspection. */
  inspect(address: ActorAddress): Promise<ActorRecord | undefined>;
  /** Lines under one topic, oldest first. */
  history(topic: string): Promise<readonly HistoryLine[]>;
  /**
   * Removes what is over and older than that moment, oldest first, at most `limit`; says how many rows went. An actor that has not ended
   * loses nothing but inbox entries of messages that nobody sends any more, and questions that were answered.
   */
  prune(kind: Prunable, beforeMs: number, limit: number): Promise<number>;
  /** How many rows of each kind there are, for tests and for operators. */
  counts(): Promise<
    Readonly<
      Record<
        | 'actors'
        | 'inbox'
        | 'outbox'
        | 'asks'
        | 'timers'
        | 'activities'
        | 'history'
        | 'deadLetters',
        number
      >
    >
  >;
}
