/**
 * The rows that one turn is going to commit, collected step by step.
 *
 * Invariants:
 * - Repetitions: whether a message was handled before is decided here, by the inbox of this turn and
 *   by the loaded part of the stored inbox. A message of another content under the same id is no
 *   repetition.
 * - Every sender: a sender who repeats a question in progress gets its answer too.
 * - A timer or an activity that starts and ends within the turn leaves no row.
 */
import type { Correlation } from '../messages/correlation.ts';
import type { EventInput } from '../messages/input.ts';
import { type Sender, TurnMessages } from '../messages/turn-messages.ts';
import { undeliverableMessage } from '../messages/unhandled-message.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { DeadLetter, UnhandledMessage } from '../ports/dead-letter.ts';
import type { Draft } from '../ports/draft.ts';
import { errorOf, errorText, Refused } from '../ports/errors.ts';
import type {
  ActivityRow,
  ActorRecord,
  GivenAnswer,
  HistoryLine,
  InboxEntry,
  TimerRow,
  TurnCommit,
} from '../ports/journal-rows.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { Log } from '../ports/log.ts';
import type { Write } from '../ports/store.ts';
import { type TraceContext, type Tracer, traceIdOf } from '../ports/tracing.ts';
import type { PublishRule } from '../ports/transport.ts';
import type {
  AfterCommit,
  HistoryEntry,
  Reply,
  ReplyAddress,
  Undeliverable,
} from '../step/effects.ts';
import type { Family } from '../step/family.ts';
import type { StepEffect } from '../step/step-effect.ts';
import { WaitingSenders } from './waiting-senders.ts';

export interface TurnDraftPorts {
  readonly now: () => number;
  /** The id of the next outbox row, line of history or dead letter. */
  readonly rowId: () => string;
  readonly log: Log;
  /** Undefined: no spans are made. */
  readonly tracer?: Tracer | undefined;
  /**
   * The queue for answers to this process alone, for a service with ephemeral machines. Undefined:
   * answers come to the reply queue of the config.
   */
  readonly ownReplyQueue?: (service: string) => string | undefined;
  /**
   * Makes the correlation ids of the questions of a service. Undefined: a question is correlated by
   * its message id.
   */
  readonly correlation?: (service: string) => Correlation;
  /** Finds what keeps a message from ever being published. Undefined: nothing is looked for. */
  readonly unpublishable?: PublishRule;
}

/** The actor whose turn it is, and the stored inbox entries of its messages. */
export interface DraftOf extends Sender {
  readonly loaded: { readonly version: number; readonly seen: readonly InboxEntry[] };
  readonly family: Family | undefined;
}

/** The message was handled before. */
export interface Repetition {
  readonly kind: 'repeated';
  readonly answer: Json | undefined;
}

const noneSeen: ReadonlyMap<string, InboxEntry> = new Map();

export class TurnDraft {
  readonly #of: DraftOf;
  readonly #ports: TurnDraftPorts;
  readonly messages: TurnMessages;
  readonly #seen: ReadonlyMap<string, InboxEntry>;
  readonly #inbox = new Map<string, InboxEntry>();
  #unnoted = false;
  readonly #repeated: string[] = [];
  readonly #answers: GivenAnswer[] = [];
  readonly #answered: string[] = [];
  readonly #askersEnded: number[] = [];
  #timers: Map<string, TimerRow> | undefined;
  readonly #timersEnded: string[] = [];
  #activities: Map<string, ActivityRow> | undefined;
  readonly #activitiesEnded: string[] = [];
  readonly #history: HistoryLine[] = [];
  readonly #deadLetters: DeadLetter[] = [];
  readonly #writes: Write[] = [];
  readonly #waiting: WaitingSenders;
  readonly #afterCommit: AfterCommit[] = [];

  constructor(of: DraftOf, ports: TurnDraftPorts) {
    const { seen } = of.loaded;
    this.#of = of;
    this.#ports = ports;
    this.messages = new TurnMessages(of, ports);
    this.#waiting = new WaitingSenders(of.family);
    this.#seen =
      seen.length === 0 ? noneSeen : new Map(seen.map((entry) => [entry.messageId, entry]));
  }

  /** `record`: the actor after the turn; null when no row of it is left. */
  commit(record: ActorRecord | null): TurnCommit {
    const { outbox, asks, handedOver } = this.messages;
    const commit: Draft<TurnCommit> = {
      address: this.#of.address,
      atMs: this.#ports.now(),
      expectedVersion: this.#of.loaded.version,
      record,
      inbox: this.#of.machine.ephemeral ? [] : [...this.#inbox.values()],
      repeated: this.#repeated,
      answers: this.#answers,
      outbox,
      asks,
      answered: this.#answered,
      askersEnded: this.#askersEnded,
      timers: rowsOf(this.#timers),
      timersEnded: this.#timersEnded,
      activities: rowsOf(this.#activities),
      activitiesEnded: this.#activitiesEnded,
      history: this.#history,
      deadLetters: this.#deadLetters,
      writes: this.#writes,
    };
    if (handedOver.length > 0) commit.handedOver = handedOver;
    return commit;
  }

  get #trace(): TraceContext | undefined {
    return this.messages.trace;
  }

  /** Functions for after the commit; no part of what is stored. */
  get afterCommit(): readonly AfterCommit[] {
    return this.#afterCommit;
  }

  /** Whether a question was asked in this turn. */
  get asks(): boolean {
    return this.messages.asks.length > 0;
  }

  /** In the order in which the steps have made them. */
  get writes(): readonly Write[] {
    return this.#writes;
  }

  /** Whether this turn writes through that store. */
  writesTo(store: string): boolean {
    return this.#writes.some((write) => write.store === store);
  }

  /** Whether another message came under the same id before. */
  isIdReused({ identity, digest = '' }: EventInput): boolean {
    const entry = identity === undefined ? undefined : this.#entry(identity);
    return entry !== undefined && entry.digest !== digest;
  }

  /**
   * Notes the message in the inbox, and returns undefined. When the message was handled before,
   * answers it again instead, now or as soon as there is an answer.
   */
  repetition({ identity, digest = '', replyTo }: EventInput): Repetition | undefined {
    if (identity === undefined) return undefined;
    const entry = this.#entry(identity);
    if (entry === undefined) this.#inbox.set(identity, { messageId: identity, digest });
    if (entry === undefined || this.#of.machine.ephemeral) return undefined;
    const { answer } = entry;
    if (this.#seen.has(identity)) this.#repeated.push(identity);
    if (replyTo !== undefined) {
      if (answer === undefined) this.#waiting.add(replyTo);
      else this.answerOnly(replyTo, answer);
    }
    return { kind: 'repeated', answer };
  }

  #entry(identity: string): InboxEntry | undefined {
    return this.#inbox.get(identity) ?? this.#seen.get(identity);
  }

  /** Whether a message of the id came before. */
  hasSeen({ identity }: EventInput): boolean {
    return identity !== undefined && this.#entry(identity) !== undefined;
  }

  /** The message counts as not handled. False for a message without an identity. */
  forget({ identity }: EventInput): boolean {
    if (identity !== undefined) this.#inbox.delete(identity);
    return identity !== undefined;
  }

  /** Whether a message was answered that is not in the inbox of the commit. */
  get unnoted(): boolean {
    return this.#unnoted;
  }

  answered(correlationId: string): void {
    this.#answered.push(correlationId);
  }

  reply(reply: Reply): void {
    this.answerOnly(reply.to, reply.body);
    this.#noteReply(reply);
  }

  /** Records the answer, and answers those who wait for it too. */
  #noteReply({ to, body, recorded = true }: Reply): void {
    if (recorded && !this.#of.machine.ephemeral) this.#recordAnswer(to.messageId, body);
    // Otherwise the same question would wait for an answer that is not made again.
    if (!recorded && this.#inbox.delete(to.messageId)) this.#unnoted = true;
    for (const sender of this.#waiting.take(to)) this.answerOnly(sender, body);
  }

  /** Answers that sender and nobody else; nothing is recorded. */
  answerOnly(to: ReplyAddress, body: Json): void {
    this.messages.answer(to, body);
  }

  #recordAnswer(messageId: string, answer: Json): void {
    const entry = this.#inbox.get(messageId);
    if (entry === undefined) this.#answers.push({ messageId, answer });
    else this.#inbox.set(messageId, { messageId, digest: entry.digest, answer });
  }

  /** The actor has ended, and may begin again in this turn. */
  endLife(): void {
    this.#waiting.end();
  }

  /** The family with the senders who wait for an answer. */
  withWaiting(family: Family | undefined): Family | undefined {
    return family && this.#waiting.keptIn(family);
  }

  addDeadLetter(message: UnhandledMessage, thrown: unknown, reason = errorText(thrown)): void {
    const error = errorOf(thrown);
    const deadLetter: Draft<DeadLetter> = {
      ...message,
      id: this.#ports.rowId(),
      reason,
      atMs: this.#ports.now(),
    };
    if (!(error instanceof Refused) && error.stack !== undefined) deadLetter.stack = error.stack;
    this.#deadLetters.push(deadLetter);
  }

  /**
   * Takes the effects of a step. `family`: the actor after the step.
   * @throws Broken as `TurnMessages.take`; then no effect is taken
   */
  take(effects: readonly StepEffect[], family: Family): void {
    this.messages.take(effects, family.life);
    for (const effect of effects) this.#take(effect, family);
  }

  #take(effect: StepEffect, { root }: Family): void {
    const { address } = this.#of;
    switch (effect.kind) {
      case 'end-asker':
        this.messages.endAsker(effect.asker);
        this.#askersEnded.push(effect.asker);
        break;
      case 'reply':
        this.#noteReply(effect.reply);
        break;
      case 'write':
        this.#writes.push(effect.write);
        break;
      case 'record':
        this.#history.push(this.#historyLine(effect.entry));
        break;
      case 'dead-letter':
        this.#deadLetters.push(this.#deadLetter(effect.message));
        break;
      case 'start-timer': {
        const dueAtMs = this.#ports.now() + effect.delayMs;
        this.#timers ??= new Map();
        this.#timers.set(effect.token, timerRow(address, effect.token, dueAtMs, this.#trace));
        break;
      }
      case 'cancel-timer':
        this.endTimer(effect.token);
        break;
      case 'start-activity':
        this.#activities ??= new Map();
        this.#activities.set(
          effect.token,
          activityRow(address, effect, root.definition.version, this.#ports.now(), this.#trace),
        );
        break;
      case 'stop-activity':
        this.endActivity(effect.token);
        break;
      case 'log':
      case 'emit':
        this.#ports.log('debug', effect.kind, { actor: addressId(address), ...loggable(effect) });
        break;
      case 'after-commit':
        this.#afterCommit.push(effect);
        break;
      // Messages are taken before, the step has performed its reads, and the turn reports failures
      // of children.
      case 'publish':
      case 'ask':
      case 'read':
      case 'failure':
        break;
      default:
        effect satisfies never;
    }
  }

  #historyLine({ topic, line }: HistoryEntry): HistoryLine {
    const entry: Draft<HistoryLine> = {
      topic,
      line,
      id: this.#ports.rowId(),
      address: this.#of.address,
      atMs: this.#ports.now(),
    };
    if (this.#trace !== undefined) entry.trace = traceIdOf(this.#trace);
    return entry;
  }

  #deadLetter(message: Undeliverable): DeadLetter {
    const id = this.#ports.rowId();
    const { reason } = message;
    const { service } = this.#of.address;
    return { ...undeliverableMessage(message, service, id), id, reason, atMs: this.#ports.now() };
  }

  /** The timer has fired or was cancelled. */
  endTimer(token: string): void {
    if (this.#timers?.delete(token) !== true) this.#timersEnded.push(token);
  }

  /** The activity has finished or was stopped. */
  endActivity(token: string): void {
    if (this.#activities?.delete(token) !== true) this.#activitiesEnded.push(token);
  }
}

function rowsOf<Row>(rows: ReadonlyMap<string, Row> | undefined): readonly Row[] {
  return rows === undefined ? [] : [...rows.values()];
}

function timerRow(
  address: ActorAddress,
  token: string,
  dueAtMs: number,
  trace: TraceContext | undefined,
): TimerRow {
  return trace === undefined ? { address, token, dueAtMs } : { address, token, dueAtMs, trace };
}

function activityRow(
  address: ActorAddress,
  { path, token, machine, activity, id, input }: Extract<StepEffect, { kind: 'start-activity' }>,
  machineVersion: number,
  notBeforeMs: number,
  trace: TraceContext | undefined,
): ActivityRow {
  const row: Draft<ActivityRow> = {
    address,
    token,
    path,
    machine,
    kind: activity,
    id,
    machineVersion,
    attempt: 0,
    notBeforeMs,
  };
  if (input !== undefined) row.input = input;
  if (trace !== undefined) row.trace = trace;
  return row;
}

function loggable(effect: Extract<StepEffect, { kind: 'log' | 'emit' }>): JsonObject {
  return effect.kind === 'log'
    ? { label: effect.label, value: effect.value }
    : { event: effect.event };
}
