/**
 * What the memory journal holds. Every method is synchronous, so nobody sees a turn half done.
 *
 * 1. `check` says whether a turn may be committed; `put` of a checked turn cannot fail.
 * 2. A record is kept as JSON text: what is read is what a database would give back, and nobody can change it by
 *    holding on to the object that was committed.
 * 3. Whatever belongs to one actor hangs on its shelf; an empty shelf is thrown away.
 */
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { StoredDeadLetter } from '../ports/dead-letter.ts';
import { Conflict } from '../ports/errors.ts';
import type { Journal, Loaded, LoadRequest } from '../ports/journal.ts';
import type {
  ActivityId,
  ActivityRow,
  ActivityUnderWay,
  ActorRecord,
  InboxEntry,
  OutboxRow,
  TimerRow,
  TurnCommit,
} from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Prunable } from '../ports/retention.ts';
import { MemoryAsks } from './memory-asks.ts';
import { MemoryDeadLetters } from './memory-dead-letters.ts';
import { MemoryHistory } from './memory-history.ts';
import {
  type Held,
  isBare,
  type NotedActivity,
  recordOf,
  type Shelf,
  type StoredEntry,
} from './shelf.ts';
import { ShelfAges, takeFinished, takeInbox } from './shelf-ages.ts';
import { TimerIndex } from './timer-index.ts';

/** A turn that has been checked, with what its record is stored as. */
export interface CheckedTurn {
  readonly turn: TurnCommit;
  readonly id: string;
  readonly familyText: string | undefined;
}

export type JournalCounts = Awaited<ReturnType<Journal['counts']>>;

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function storedEntry({ messageId, answer }: InboxEntry, seenAtMs: number): StoredEntry {
  return answer === undefined ? { messageId, seenAtMs } : { messageId, answer, seenAtMs };
}

function entryOf({ messageId, answer }: StoredEntry): InboxEntry {
  return answer === undefined ? { messageId } : { messageId, answer };
}

function withoutTime({ progressAtMs: _noted, ...row }: NotedActivity): ActivityRow {
  return row;
}

function adopted<Row>(instance: string, orphans: readonly Held<Row>[]): Row[] {
  return orphans.map((held) => {
    held.instance = instance;
    return held.row;
  });
}

export class MemoryTables {
  readonly #shelves = new Map<string, Shelf>();
  readonly #outbox = new Map<string, Held<OutboxRow>>();
  readonly asks = new MemoryAsks();
  readonly history = new MemoryHistory();
  readonly deadLetters = new MemoryDeadLetters();
  readonly #timers = new Map<string, TimerIndex>();
  readonly #activities = new Set<Held<NotedActivity>>();
  readonly #inboxAges = new ShelfAges(takeInbox);
  readonly #finishedAges = new ShelfAges(takeFinished);
  readonly #lastBeatMs = new Map<string, number>();
  #timerSequence = 0;

  load(request: LoadRequest): Loaded {
    const shelf = this.#shelves.get(addressId(request.address));
    const seen: InboxEntry[] = [];
    for (const messageId of request.messageIds) {
      const entry = shelf?.inbox?.get(messageId);
      if (entry !== undefined) seen.push(entryOf(entry));
    }
    const stored = shelf?.record;
    if (stored === undefined) return { version: 0, seen };
    if (stored.version === request.cachedVersion) return { version: stored.version, seen };
    return { version: stored.version, record: recordOf(stored), seen };
  }

  /** @throws Conflict when the version is another or a message was handled already. */
  check(turn: TurnCommit): CheckedTurn {
    const id = addressId(turn.address);
    const shelf = this.#shelves.get(id);
    const version = shelf?.record?.version ?? 0;
    if (version !== turn.expectedVersion) {
      throw new Conflict(
        'version-conflict',
        `${id} is at version ${version}, not ${turn.expectedVersion}`,
      );
    }
    const repeated = turn.inbox.find((entry) => shelf?.inbox?.has(entry.messageId));
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
    const shelf = this.#shelves.get(id) ?? { address: turn.address };
    this.#putRecord(shelf, turn, familyText);
    this.#putInbox(shelf, turn);
    for (const row of turn.outbox) this.#outbox.set(row.id, { row, instance });
    this.#putAsks(shelf, turn);
    this.#putTimers(shelf, turn);
    this.#putActivities(shelf, turn, instance);
    for (const line of turn.history) this.history.add(line);
    for (const deadLetter of turn.deadLetters) this.deadLetters.add(deadLetter);
    this.#keepOrLet(id, shelf);
  }

  #keepOrLet(id: string, shelf: Shelf): void {
    if (isBare(shelf)) this.#shelves.delete(id);
    else this.#shelves.set(id, shelf);
  }

  #putRecord(
    shelf: Shelf,
    { record, expectedVersion, atMs }: TurnCommit,
    familyText: string | undefined,
  ): void {
    if (record === null || familyText === undefined) {
      shelf.record = undefined;
      return;
    }
    const { machineVersion, status } = record;
    shelf.record = {
      version: expectedVersion + 1,
      machineVersion,
      status,
      familyText,
      changedAtMs: atMs,
    };
    if (status !== 'active') this.#finishedAges.noted(atMs);
  }

  #putInbox(shelf: Shelf, { inbox, repeated, answers, atMs }: TurnCommit): void {
    for (const entry of inbox) this.#see(shelf, entry, atMs);
    for (const messageId of repeated) {
      const entry = shelf.inbox?.get(messageId);
      if (entry !== undefined) this.#see(shelf, entry, atMs);
    }
    for (const entry of answers) {
      const known = shelf.inbox?.get(entry.messageId);
      if (known !== undefined)
        shelf.inbox?.set(entry.messageId, storedEntry(entry, known.seenAtMs));
    }
  }

  /** What was last seen stands last. */
  #see(shelf: Shelf, entry: InboxEntry, seenAtMs: number): void {
    shelf.inbox ??= new Map();
    shelf.inbox.delete(entry.messageId);
    shelf.inbox.set(entry.messageId, storedEntry(entry, seenAtMs));
    this.#inboxAges.noted(seenAtMs);
  }

  #putAsks(shelf: Shelf, { address, record, asks, answered, atMs }: TurnCommit): void {
    if (record?.status !== 'active') {
      for (const correlationId of shelf.correlationIds ?? [])
        this.asks.remove(correlationId, address);
      shelf.correlationIds = undefined;
      return;
    }
    for (const correlationId of answered) this.asks.answered(correlationId, atMs);
    for (const ask of asks) {
      this.asks.put(ask);
      shelf.correlationIds ??= new Set();
      shelf.correlationIds.add(ask.correlationId);
    }
  }

  #putTimers(shelf: Shelf, { address, timers, timersEnded }: TurnCommit): void {
    if (timers.length === 0 && timersEnded.length === 0) return;
    const index = this.#timers.get(address.service) ?? new TimerIndex();
    this.#timers.set(address.service, index);
    shelf.timers ??= new Map();
    for (const row of timers) {
      const timer = { row, sequence: this.#timerSequence++ };
      shelf.timers.set(row.token, timer);
      index.add(timer);
    }
    for (const token of timersEnded) {
      const timer = shelf.timers.get(token);
      if (timer !== undefined) index.remove(timer);
      shelf.timers.delete(token);
    }
  }

  #putActivities(
    shelf: Shelf,
    { activities, activitiesEnded }: TurnCommit,
    instance: string,
  ): void {
    for (const row of activities) {
      const held: Held<NotedActivity> = { row, instance };
      shelf.activities ??= new Map();
      shelf.activities.set(row.token, held);
      this.#activities.add(held);
    }
    for (const token of activitiesEnded) {
      const held = shelf.activities?.get(token);
      if (held !== undefined) this.#activities.delete(held);
      shelf.activities?.delete(token);
    }
  }

  forget(outboxIds: readonly string[]): void {
    for (const id of outboxIds) this.#outbox.delete(id);
  }

  dueTimers(services: readonly string[], untilMs: number, limit: number): TimerRow[] {
    const due = services.flatMap((service) => this.#timers.get(service)?.due(untilMs, limit) ?? []);
    if (services.length > 1)
      due.sort((a, b) => a.row.dueAtMs - b.row.dueAtMs || a.sequence - b.sequence);
    return due.slice(0, limit).map((timer) => timer.row);
  }

  nextTimerAtMs(services: readonly string[], afterMs: number): number | undefined {
    const times = services.map(
      (service) => this.#timers.get(service)?.nextAtMs(afterMs) ?? Number.POSITIVE_INFINITY,
    );
    const soonestMs = Math.min(...times);
    return Number.isFinite(soonestMs) ? soonestMs : undefined;
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

  #changeActivity(
    instance: string,
    id: ActivityId,
    change: (row: NotedActivity) => NotedActivity,
  ): boolean {
    const held = this.#activity(id);
    if (held?.instance !== instance) return false;
    held.row = change(held.row);
    return true;
  }

  #activity({ address, token }: ActivityId): Held<NotedActivity> | undefined {
    return this.#shelves.get(addressId(address))?.activities?.get(token);
  }

  lostActivities(instance: string, activities: readonly ActivityId[]): ActivityId[] {
    return activities.filter((id) => this.#activity(id)?.instance !== instance);
  }

  activitiesOf(address: ActorAddress): ActivityUnderWay[] {
    const held = this.#shelves.get(addressId(address))?.activities?.values() ?? [];
    return [...held].map(({ row, instance }) => ({ ...row, instance }));
  }

  beat(instance: string, nowMs: number): void {
    this.#lastBeatMs.set(instance, nowMs);
  }

  leave(instance: string): void {
    this.#lastBeatMs.delete(instance);
  }

  adoptOutbox(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): OutboxRow[] {
    const orphans = [...this.#outbox.values()].filter(
      this.#orphaned(instance, services, deadBeforeMs),
    );
    return adopted(instance, orphans.sort((a, b) => byId(a.row, b.row)).slice(0, limit));
  }

  adoptActivities(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): ActivityRow[] {
    const orphans = [...this.#activities].filter(this.#orphaned(instance, services, deadBeforeMs));
    return adopted(instance, orphans.slice(0, limit)).map(withoutTime);
  }

  #orphaned(instance: string, services: readonly string[], deadBeforeMs: number) {
    const wanted = new Set(services);
    return (held: Held<OutboxRow | ActivityRow>): boolean =>
      held.instance !== instance &&
      wanted.has(held.row.address.service) &&
      this.#isDead(held.instance, deadBeforeMs);
  }

  #isDead(instance: string, deadBeforeMs: number): boolean {
    return (this.#lastBeatMs.get(instance) ?? Number.NEGATIVE_INFINITY) < deadBeforeMs;
  }

  /** Unknown means dead as well, so a beat that is stale need not be kept. */
  forgetDead(deadBeforeMs: number): void {
    for (const [instance, lastBeatMs] of this.#lastBeatMs)
      if (lastBeatMs < deadBeforeMs) this.#lastBeatMs.delete(instance);
  }

  inspect(address: ActorAddress): ActorRecord | undefined {
    const stored = this.#shelves.get(addressId(address))?.record;
    return stored === undefined ? undefined : recordOf(stored);
  }

  takeReplays(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): StoredDeadLetter[] {
    return this.deadLetters.take(
      instance,
      services,
      (taker) => this.#isDead(taker, deadBeforeMs),
      limit,
    );
  }

  shelvesOf(services: readonly string[]): Shelf[] {
    return [...this.#shelves.values()].filter(({ address }) => services.includes(address.service));
  }

  outboxOf(services: readonly string[]): OutboxRow[] {
    const rows = [...this.#outbox.values()].map(({ row }) => row);
    return rows.filter(({ address }) => services.includes(address.service)).sort(byId);
  }

  /** What stands here of this kind and is older; tombstones are the stores'. */
  prune(kind: Exclude<Prunable, 'tombstones'>, beforeMs: number, limit: number): number {
    if (kind === 'history') return this.history.prune(beforeMs, limit);
    if (kind === 'answered') return this.#pruneAsks(beforeMs, limit);
    const ages = kind === 'inbox' ? this.#inboxAges : this.#finishedAges;
    const { taken, touched } = ages.prune(this.#shelves.values(), beforeMs, limit);
    for (const shelf of touched) this.#keepOrLet(addressId(shelf.address), shelf);
    return taken;
  }

  #pruneAsks(beforeMs: number, limit: number): number {
    const taken = this.asks.prune(beforeMs, limit);
    for (const { address, correlationId } of taken)
      this.#shelves.get(addressId(address))?.correlationIds?.delete(correlationId);
    return taken.length;
  }

  counts(): JournalCounts {
    const shelves = [...this.#shelves.values()];
    const total = (count: (shelf: Shelf) => number) =>
      shelves.reduce((sum, shelf) => sum + count(shelf), 0);
    return {
      actors: total((shelf) => (shelf.record === undefined ? 0 : 1)),
      inbox: total((shelf) => shelf.inbox?.size ?? 0),
      outbox: this.#outbox.size,
      asks: this.asks.size,
      timers: total((shelf) => shelf.timers?.size ?? 0),
      activities: this.#activities.size,
      history: this.history.size,
      deadLetters: this.deadLetters.size,
    };
  }
}
