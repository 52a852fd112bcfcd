/**
 * What one turn is going to commit, gathered step by step.
 *
 * 1. Whether a message was handled before is answered here: by this turn's own inbox, or by what was loaded of the stored one.
 * 2. What is started and ended within the turn leaves no row.
 */

import type { EventInput } from '../messages/input.ts';
import { type Sender, TurnMessages } from '../messages/turn-messages.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { DeadLetter, UnhandledMessage } from '../ports/dead-letter.ts';
import { Broken, Refused } from '../ports/errors.ts';
import type {
  ActivityRow,
  ActorRecord,
  HistoryLine,
  InboxEntry,
  TimerRow,
  TurnCommit,
} from '../ports/journal-rows.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { Log } from '../ports/log.ts';
import type { Write } from '../ports/store.ts';
import type { Reply } from '../step/effects.ts';
import type { StepEffect } from '../step/step-effect.ts';

export interface TurnPorts {
  readonly now: () => number;
  readonly nextId: () => string;
  readonly log: Log;
  /** Where this process alone takes answers, for a service whose machines are ephemeral; else they come to the config's reply queue. */
  readonly ownReplyQueue?: (service: string) => string | undefined;
}

/** Whose turn it is, and what the inbox has of its messages. */
export interface DraftOf extends Sender {
  readonly machine: Sender['machine'] & { readonly version: number };
  readonly loaded: { readonly version: number; readonly seen: readonly InboxEntry[] };
}

const noneSeen: ReadonlyMap<string, InboxEntry> = new Map();

/** One turn's rows. */
export class TurnDraft {
  readonly #of: DraftOf;
  readonly #ports: TurnPorts;
  readonly #messages: TurnMessages;
  readonly #seen: ReadonlyMap<string, InboxEntry>;
  readonly #inbox = new Map<string, InboxEntry>();
  readonly #repeated: string[] = [];
  readonly #answers: Required<InboxEntry>[] = [];
  readonly #answered: string[] = [];
  readonly #timers: TimerRow[] = [];
  readonly #timersEnded: string[] = [];
  readonly #activities: ActivityRow[] = [];
  readonly #activitiesEnded: string[] = [];
  readonly #history: HistoryLine[] = [];
  readonly #deadLetters: DeadLetter[] = [];
  readonly #writes: Write[] = [];

  constructor(of: DraftOf, ports: TurnPorts) {
    const { seen } = of.loaded;
    this.#of = of;
    this.#ports = ports;
    this.#messages = new TurnMessages(of, ports);
    this.#seen =
      seen.length === 0 ? noneSeen : new Map(seen.map((entry) => [entry.messageId, entry]));
  }

  /** With the record the turn leaves; null when it leaves none. */
  commit(record: ActorRecord | null): TurnCommit {
    return {
      address: this.#of.address,
      atMs: this.#ports.now(),
      expectedVersion: this.#of.loaded.version,
      record,
      inbox: [...this.#inbox.values()],
      repeated: this.#repeated,
      answers: this.#answers,
      outbox: this.#messages.outbox,
      asks: this.#messages.asks,
      answered: this.#answered,
      timers: this.#timers,
      timersEnded: this.#timersEnded,
      activities: this.#activities,
      activitiesEnded: this.#activitiesEnded,
      history: this.#history,
      deadLetters: this.#deadLetters,
      writes: this.#writes,
    };
  }

  /** Whether anything was asked in this turn. */
  get asks(): boolean {
    return this.#messages.asks.length > 0;
  }

  /** Whether anything was written through that store in this turn. */
  writesTo(store: string): boolean {
    return this.#writes.some((write) => write.store === store);
  }

  /** Notes the message as handled; when it was before, answers it again and says so. */
  repeated({ identity, replyTo }: EventInput): boolean {
    if (identity === undefined || this.#of.machine.ephemeral) return false;
    const entry = this.#inbox.get(identity) ?? this.#seen.get(identity);
    if (entry === undefined) {
      this.#inbox.set(identity, { messageId: identity });
      return false;
    }
    if (this.#seen.has(identity)) this.#repeated.push(identity);
    if (entry.answer !== undefined && replyTo !== undefined)
      this.#messages.answer({ to: replyTo, body: entry.answer });
    return true;
  }

  /** The message counts as not handled. */
  leave(identity: string): void {
    this.#inbox.delete(identity);
  }

  answered(correlationId: string): void {
    this.#answered.push(correlationId);
  }

  reply(reply: Reply): void {
    if (reply.recorded !== false && !this.#of.machine.ephemeral)
      this.#remember(reply.to.messageId, reply.body);
    this.#messages.answer(reply);
  }

  #remember(messageId: string, answer: Json): void {
    if (this.#inbox.has(messageId)) this.#inbox.set(messageId, { messageId, answer });
    else this.#answers.push({ messageId, answer });
  }

  addDeadLetter(
    message: UnhandledMessage,
    error: unknown,
    reason = error instanceof Error ? error.message : String(error),
  ): void {
    const stack = error instanceof Error && !(error instanceof Refused) ? error.stack : undefined;
    this.#deadLetters.push({
      ...message,
      id: this.#ports.nextId(),
      reason,
      atMs: this.#ports.now(),
      ...(stack === undefined ? {} : { stack }),
    });
  }

  /**
   * What a step asks for. `machineVersion`: that of the code which asks.
   * @throws Broken when the service has no queue for an answer; then nothing of it is taken
   */
  take(effects: readonly StepEffect[], machineVersion: number): void {
    for (const { kind } of effects) if (kind === 'ask') this.#messages.replyQueue();
    for (const effect of effects) this.#take(effect, machineVersion);
  }

  #take(effect: StepEffect, machineVersion: number): void {
    const { address } = this.#of;
    switch (effect.kind) {
      case 'publish':
        this.#messages.publish(effect.message);
        return;
      case 'ask':
        this.#messages.ask(effect.question, effect.path);
        return;
      case 'reply':
        this.reply(effect.reply);
        return;
      case 'write':
        this.#writes.push(effect.write);
        return;
      case 'record':
        this.#history.push({
          ...effect.entry,
          id: this.#ports.nextId(),
          address,
          atMs: this.#ports.now(),
        });
        return;
      case 'start-timer':
        this.#timers.push({
          address,
          token: effect.token,
          dueAtMs: this.#ports.now() + effect.delayMs,
        });
        return;
      case 'cancel-timer':
        this.endTimer(effect.token);
        return;
      case 'start-activity':
        this.#activities.push(activityRow(address, effect, machineVersion, this.#ports.now()));
        return;
      case 'stop-activity':
        this.endActivity(effect.token);
        return;
      case 'failure':
        return;
      case 'log':
      case 'emit':
        this.#ports.log('debug', effect.kind, { actor: addressId(address), ...loggable(effect) });
        return;
      case 'read':
        throw new Broken('broken', 'a read is performed before its step is accepted');
      default:
        effect satisfies never;
    }
  }

  /** It fired or was cancelled. */
  endTimer(token: string): void {
    if (!taken(this.#timers, token)) this.#timersEnded.push(token);
  }

  /** It finished or was stopped. */
  endActivity(token: string): void {
    if (!taken(this.#activities, token)) this.#activitiesEnded.push(token);
  }
}

/** Takes the row of a token out; false when there is none. */
function taken(rows: { readonly token: string }[], token: string): boolean {
  const place = rows.findIndex((row) => row.token === token);
  if (place >= 0) rows.splice(place, 1);
  return place >= 0;
}

function activityRow(
  address: ActorAddress,
  { path, token, machine, activity, input }: Extract<StepEffect, { kind: 'start-activity' }>,
  machineVersion: number,
  notBeforeMs: number,
): ActivityRow {
  return {
    address,
    token,
    path,
    machine,
    kind: activity,
    machineVersion,
    input,
    attempt: 0,
    notBeforeMs,
  };
}

function loggable(effect: Extract<StepEffect, { kind: 'log' | 'emit' }>): JsonObject {
  return effect.kind === 'log'
    ? { label: effect.label, value: effect.value }
    : { event: effect.event };
}
