/**
 * All rows of the memory journal. Every method is synchronous, so no reader sees half a turn.
 *
 * Invariants:
 * - `check` decides whether a turn may be committed. `put` of a checked turn cannot fail.
 * - A record is stored as JSON text. So a reader gets the value that a database would give, and
 *   changes of the committed object later have no effect.
 * - The rows of one actor stand together (`actor-rows.ts`). An actor without rows is deleted.
 */
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { StoredDeadLetter } from '../ports/dead-letter.ts';
import { Conflict } from '../ports/errors.ts';
import type { Adopted, JournalCounts, Loaded, LoadRequest } from '../ports/journal.ts';
import type {
  ActivityId,
  ActivityOutcome,
  ActivityUnderWay,
  ActorRecord,
  InboxEntry,
  TurnCommit,
} from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Prunable } from '../ports/retention.ts';
import { ActorPruning, deleteOldFinished, deleteOldInbox } from './actor-pruning.ts';
import {
  type ActorRows,
  type Held,
  isEmpty,
  recordOf,
  type StoredActivity,
  type StoredEntry,
} from './actor-rows.ts';
import { MemoryActivities } from './memory-activities.ts';
import { MemoryAsks } from './memory-asks.ts';
import { MemoryDeadLetters } from './memory-dead-letters.ts';
import { MemoryHistory } from './memory-history.ts';
import { MemoryInstances } from './memory-instances.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { MemoryProcesses } from './memory-processes.ts';
import { MemoryTimers } from './memory-timers.ts';

/** A turn that may be committed, with its record as text. */
export interface CheckedTurn {
  readonly turn: TurnCommit;
  readonly id: string;
  readonly familyText: string | undefined;
}

export class MemoryRows {
  readonly asks = new MemoryAsks();
  readonly history = new MemoryHistory();
  readonly deadLetters = new MemoryDeadLetters();
  readonly timers = new MemoryTimers();
  readonly instances = new MemoryInstances();
  readonly processes = new MemoryProcesses(this.instances);
  readonly outbox = new MemoryOutbox(this.instances);
  readonly #activities = new MemoryActivities(this.instances);
  readonly #actors = new Map<string, ActorRows>();
  readonly #inboxPruning = new ActorPruning(deleteOldInbox);
  readonly #finishedPruning = new ActorPruning(deleteOldFinished);

  load(request: LoadRequest): Loaded {
    const rows = this.#actors.get(addressId(request.address));
    const seen: InboxEntry[] = [];
    for (const messageId of request.messageIds) {
      const entry = rows?.inbox?.get(messageId);
      if (entry !== undefined) seen.push(entryOf(entry));
    }
    const stored = rows?.record;
    if (stored === undefined) return { version: 0, seen };
    if (stored.version === request.cachedVersion) return { version: stored.version, seen };
    return { version: stored.version, record: recordOf(stored), seen };
  }

  /** @throws Conflict when the actor has another version, or has already handled a message */
  check(turn: TurnCommit): CheckedTurn {
    const id = addressId(turn.address);
    const rows = this.#actors.get(id);
    const version = rows?.record?.version ?? 0;
    if (version !== turn.expectedVersion)
      throw new Conflict(
        'version-conflict',
        `${id} is at version ${version}, not ${turn.expectedVersion}`,
      );
    const repeated = turn.inbox.find((entry) => rows?.inbox?.has(entry.messageId));
    if (repeated !== undefined)
      throw new Conflict(
        'version-conflict',
        `${id} has already handled message ${repeated.messageId}`,
      );
    return {
      turn,
      id,
      familyText: turn.record === null ? undefined : JSON.stringify(turn.record.family),
    };
  }

  put(instance: string, { turn, id, familyText }: CheckedTurn): void {
    const rows = this.#actors.get(id) ?? { address: turn.address };
    this.#putRecord(rows, turn, familyText);
    this.#putInbox(rows, turn);
    for (const row of turn.outbox) this.outbox.add(instance, row);
    this.#putAsks(rows, turn);
    this.timers.put(rows, turn);
    this.#activities.put(rows, turn, instance);
    for (const line of turn.history) this.history.add(line);
    for (const deadLetter of turn.deadLetters) this.deadLetters.add(deadLetter);
    this.#keepUnlessEmpty(id, rows);
  }

  #keepUnlessEmpty(id: string, rows: ActorRows): void {
    if (isEmpty(rows)) this.#actors.delete(id);
    else this.#actors.set(id, rows);
  }

  #putRecord(
    rows: ActorRows,
    { record, expectedVersion, atMs }: TurnCommit,
    familyText: string | undefined,
  ): void {
    if (record === null || familyText === undefined) {
      rows.record = undefined;
      return;
    }
    const { machineVersion, status } = record;
    rows.record = {
      version: expectedVersion + 1,
      machineVersion,
      status,
      familyText,
      changedAtMs: atMs,
    };
    if (status !== 'active') this.#finishedPruning.added(atMs);
  }

  #putInbox(rows: ActorRows, { inbox, repeated, answers, atMs }: TurnCommit): void {
    for (const entry of inbox) this.#see(rows, entry, atMs);
    for (const messageId of repeated) {
      const entry = rows.inbox?.get(messageId);
      if (entry !== undefined) this.#see(rows, entry, atMs);
    }
    for (const entry of answers) {
      const known = rows.inbox?.get(entry.messageId);
      if (known !== undefined) rows.inbox?.set(entry.messageId, { ...known, answer: entry.answer });
    }
  }

  /** Puts the entry last, because the inbox is in the order of `seenAtMs`. */
  #see(rows: ActorRows, entry: InboxEntry, seenAtMs: number): void {
    rows.inbox ??= new Map();
    rows.inbox.delete(entry.messageId);
    rows.inbox.set(entry.messageId, storedEntry(entry, seenAtMs));
    this.#inboxPruning.added(seenAtMs);
  }

  #putAsks(rows: ActorRows, commit: TurnCommit): void {
    const { address, record, asks, answered, askersEnded, atMs } = commit;
    if (record?.status !== 'active') {
      for (const correlationId of rows.correlationIds ?? [])
        this.asks.remove(correlationId, address);
      rows.correlationIds = undefined;
      return;
    }
    for (const correlationId of answered) this.asks.answered(correlationId, atMs);
    if (askersEnded.length > 0) this.#deleteAsksOf(rows, new Set(askersEnded));
    for (const ask of asks) {
      this.asks.put(ask);
      rows.correlationIds ??= new Set();
      rows.correlationIds.add(ask.correlationId);
    }
  }

  #deleteAsksOf(
    { address, correlationIds = new Set() }: ActorRows,
    askers: ReadonlySet<number | undefined>,
  ): void {
    for (const { correlationId, asker } of this.asks.find([...correlationIds])) {
      if (!askers.has(asker)) continue;
      this.asks.remove(correlationId, address);
      correlationIds.delete(correlationId);
    }
  }

  postponeActivity(
    instance: string,
    address: ActorAddress,
    token: string,
    attempt: number,
    notBeforeMs: number,
  ): boolean {
    return this.#changeActivity(instance, { address, token }, (row) => ({
      ...row,
      attempt,
      notBeforeMs,
    }));
  }

  noteProgress(
    instance: string,
    address: ActorAddress,
    token: string,
    progress: Json,
    atMs: number,
  ): boolean {
    const text = JSON.stringify(progress);
    return this.#changeActivity(instance, { address, token }, (row) => ({
      ...row,
      progress: JSON.parse(text),
      progressAtMs: atMs,
    }));
  }

  keepOutcome(
    instance: string,
    address: ActorAddress,
    token: string,
    outcome: ActivityOutcome,
  ): boolean {
    const kept = JSON.parse(JSON.stringify(outcome));
    const isHeld = this.#changeActivity(instance, { address, token }, (row) => ({
      ...row,
      outcome: 'error' in kept ? kept : { output: kept.output },
    }));
    const held = this.#activity({ address, token });
    if (isHeld && held !== undefined) held.instance = '';
    return isHeld;
  }

  #changeActivity(
    instance: string,
    id: ActivityId,
    change: (row: StoredActivity) => StoredActivity,
  ): boolean {
    const held = this.#activity(id);
    if (held?.instance !== instance) return false;
    held.row = change(held.row);
    return true;
  }

  #activity({ address, token }: ActivityId): Held<StoredActivity> | undefined {
    return this.#actors.get(addressId(address))?.activities?.get(token);
  }

  lostActivities(instance: string, activities: readonly ActivityId[]): ActivityId[] {
    return activities.filter((id) => this.#activity(id)?.instance !== instance);
  }

  activitiesOf(address: ActorAddress): ActivityUnderWay[] {
    const held = this.#actors.get(addressId(address))?.activities?.values() ?? [];
    return [...held].map(({ row, instance }) => ({ ...row, instance }));
  }

  /** `halfWay` is called between the messages and the activities. */
  adopt(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
    halfWay: () => void,
  ): Adopted {
    const outbox = this.outbox.adopt(instance, services, deadBeforeMs, limit);
    halfWay();
    const activities = this.#activities.adopt(instance, services, deadBeforeMs, limit);
    this.instances.forgetDead(deadBeforeMs, instance);
    return { outbox, activities };
  }

  takeReplays(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): StoredDeadLetter[] {
    const isDead = (taker: string): boolean => this.instances.isDead(taker, deadBeforeMs);
    return this.deadLetters.take(instance, services, isDead, limit);
  }

  inspect(address: ActorAddress): ActorRecord | undefined {
    const stored = this.#actors.get(addressId(address))?.record;
    return stored === undefined ? undefined : recordOf(stored);
  }

  actorsOf(services: readonly string[]): ActorRows[] {
    return [...this.#actors.values()].filter(({ address }) => services.includes(address.service));
  }

  /** Deletes old rows of one kind; the stores delete tombstones themselves. */
  prune(kind: Exclude<Prunable, 'tombstones'>, beforeMs: number, limit: number): number {
    switch (kind) {
      case 'history':
        return this.history.prune(beforeMs, limit);
      case 'answered':
        return this.#pruneAsks(beforeMs, limit);
      case 'inbox':
        return this.#pruneActors(this.#inboxPruning, beforeMs, limit);
      case 'finished':
        return this.#pruneActors(this.#finishedPruning, beforeMs, limit);
      default:
        return kind satisfies never;
    }
  }

  #pruneActors(pruning: ActorPruning, beforeMs: number, limit: number): number {
    const { deleted, touched } = pruning.prune(this.#actors.values(), beforeMs, limit);
    for (const rows of touched) this.#keepUnlessEmpty(addressId(rows.address), rows);
    return deleted;
  }

  #pruneAsks(beforeMs: number, limit: number): number {
    const deleted = this.asks.prune(beforeMs, limit);
    for (const { address, correlationId } of deleted)
      this.#actors.get(addressId(address))?.correlationIds?.delete(correlationId);
    return deleted.length;
  }

  counts(): JournalCounts {
    const actors = [...this.#actors.values()];
    const total = (count: (rows: ActorRows) => number) =>
      actors.reduce((sum, rows) => sum + count(rows), 0);
    return {
      actors: total((rows) => (rows.record === undefined ? 0 : 1)),
      inbox: total((rows) => rows.inbox?.size ?? 0),
      outbox: this.outbox.size,
      asks: this.asks.size,
      timers: total((rows) => rows.timers?.size ?? 0),
      activities: this.#activities.size,
      history: this.history.size,
      deadLetters: this.deadLetters.size,
    };
  }
}

function storedEntry(entry: InboxEntry, seenAtMs: number): StoredEntry {
  const { messageId, digest, answer } = entry;
  return answer === undefined
    ? { messageId, digest, seenAtMs }
    : { messageId, digest, answer, seenAtMs };
}

function entryOf({ messageId, digest, answer }: StoredEntry): InboxEntry {
  return answer === undefined ? { messageId, digest } : { messageId, digest, answer };
}
