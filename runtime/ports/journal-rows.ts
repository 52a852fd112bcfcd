/**
 * The rows of the journal, and the commit that writes rows. Every row is JSON.
 *
 * Boundary: these types describe stored data. `journal.ts` is the port that stores and finds the
 * rows.
 */
import type { ActorAddress } from './address.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { MessageProperties } from './envelope.ts';
import type { Json, JsonObject } from './json.ts';
import type { Write } from './store.ts';
import type { TraceContext } from './tracing.ts';

/** The stored state of an actor and its children. The journal never looks into `family`. */
export type ActorRecord = {
  /** Version of the machine that wrote the record. */
  readonly machineVersion: number;
  readonly status: 'active' | 'done' | 'error';
  readonly family: Json;
};

/** A message that an actor has handled. */
export type InboxEntry = {
  /** The identity of the message: its id with its sender. */
  readonly messageId: string;
  /** What the message said. Another message under the same id has another digest. */
  readonly digest: string;
  /** The answer that was given. A repeated question gets it again. */
  readonly answer?: Json;
};

/** An answer to a message that an earlier turn has handled. */
export type GivenAnswer = {
  readonly messageId: string;
  readonly answer: Json;
};

/** A message that waits to be published. */
export type OutboxRow = {
  /** UUIDv7. Rows of an actor are published in the order of their ids. */
  readonly id: string;
  readonly address: ActorAddress;
  readonly exchange: string;
  readonly routingKey: string;
  readonly mandatory: boolean;
  readonly properties: MessageProperties;
  readonly body: Json;
  /**
   * When the exchange gives the message back: publish it again, straight to the queue of the
   * routing key.
   */
  readonly orStraightToQueue?: boolean;
  /** A question: when the broker returns the question, its asker gets `<event>.unroutable`. */
  readonly correlationId?: string;
};

/** A question that waits for its answer. */
export type AskRow = {
  readonly correlationId: string;
  readonly address: ActorAddress;
  /** Child ids from the actor down to the machine that asked. */
  readonly path: readonly string[];
  /**
   * The number of the child that asked; left out for the root machine. A later child of the same
   * path has another number.
   */
  readonly asker?: number;
  /** Type of the event in which the answer arrives. */
  readonly event: string;
  /** The services that may answer; left out when any service may. */
  readonly of?: readonly string[];
  /** Data that the asker gets back beside the answer. */
  readonly about?: Json;
  /** The step that asked, for an answer without a context of its own. */
  readonly trace?: TraceContext;
};

export type TimerRow = {
  readonly address: ActorAddress;
  /** Of no other timer or activity, in no life of the actor: a stale timer is recognised by it. */
  readonly token: string;
  readonly dueAtMs: number;
  /** The step that started the timer; left out without a tracer. */
  readonly trace?: TraceContext;
};

export type ActivityRow = {
  readonly address: ActorAddress;
  /** As a timer's. Address and token together are the idempotency key. */
  readonly token: string;
  /** Child ids from the actor down to the machine that invoked the activity. */
  readonly path: readonly string[];
  /** The machine that invoked the activity: its `place` in the family. */
  readonly machine: string;
  /** Name of the activity in that machine. */
  readonly kind: string;
  /** The id under which the machine invoked or spawned the activity. */
  readonly id: string;
  /** Version of the machine that invoked the activity. */
  readonly machineVersion?: number;
  /** Left out when the machine gives none. */
  readonly input?: Json;
  /** The number of tries so far, including those that ended because their process died. */
  readonly attempt: number;
  /** The next try begins no sooner, milliseconds since the epoch. */
  readonly notBeforeMs: number;
  /** The newest progress that the activity has reported; left out when there is none. */
  readonly progress?: Json;
  /** The step that started the activity; absent without a tracer. */
  readonly trace?: TraceContext;
  /** Of a last try in a process that could not read the actor; absent otherwise. */
  readonly outcome?: ActivityOutcome;
};

/** What an activity has ended with. */
export type ActivityOutcome = { readonly output: Json | undefined } | { readonly error: Json };

/** Names one activity. */
export type ActivityId = Pick<ActivityRow, 'address' | 'token'>;

/** An activity that runs or waits, as an observer sees it. */
export type ActivityUnderWay = ActivityRow & {
  /** The process that holds the activity, or held it last. */
  readonly instance: string;
  /** When `progress` was reported, milliseconds since the epoch; left out without `progress`. */
  readonly progressAtMs?: number;
};

/** One line of history. All lines of one topic (the id of a saga) are found together. */
export type HistoryLine = {
  readonly id: string;
  readonly topic: string;
  readonly address: ActorAddress;
  readonly atMs: number;
  readonly line: JsonObject;
  /** The id of the trace; left out without a tracer. */
  readonly trace?: string;
};

/** Everything that one turn of an actor changes. */
export interface TurnCommit {
  readonly address: ActorAddress;
  /**
   * When the turn was computed, milliseconds since the epoch. The age of all rows of the commit is
   * counted from this moment.
   */
  readonly atMs: number;
  /** The loaded version; 0 without a row. The new version is one more. */
  readonly expectedVersion: number;
  /** The new record; null deletes the row. */
  readonly record: ActorRecord | null;
  /** Messages handled in this turn, with their answers when given at once. */
  readonly inbox: readonly InboxEntry[];
  /** Messages that came again. Their senders still send them, so their age is counted anew. */
  readonly repeated: readonly string[];
  /** Answers given in this turn to messages of earlier turns. */
  readonly answers: readonly GivenAnswer[];
  readonly outbox: readonly OutboxRow[];
  /**
   * Messages that their receivers have handled in the same commit. Not stored: for observers of
   * commits. Left out when there are none.
   */
  readonly handedOver?: readonly OutboxRow[];
  readonly asks: readonly AskRow[];
  /** Questions that got an answer in this turn, by correlation id. */
  readonly answered: readonly string[];
  /** Children that have ended, by `asker`. Their earlier questions are deleted. */
  readonly askersEnded: readonly number[];
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
