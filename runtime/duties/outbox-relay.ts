/**
 * Publishes what turns have committed, and forgets it some time after the transport has confirmed it.
 *
 * 1. Rows of one actor that wait go out in the order of their ids. A window of them is handed to the transport at once, in that order,
 *    and nothing waits for a single confirm; what failed of a window goes out again before anything of the next.
 * 2. Actors do not wait for each other.
 * 3. A question that comes back unroutable is an event for its asker, and its row stays until that event is committed; an answer
 *    that comes back goes straight to the queue of its routing key instead.
 * 4. What waits here is bounded by whoever asks for `room` before it makes more. A question that has come back does not count: for it to go
 *    a turn must be made.
 * 5. Failing to publish is never failing to have decided: it is tried again, with back-off, until it works.
 * 6. Confirmed rows are forgotten by the next commit, which is under way anyway (`take`), or by themselves when none comes soon. A process
 *    that dies before that has them published again, under the same message id.
 */

import { encodeBody } from '../messages/codec.ts';
import { addressId } from '../ports/address.ts';
import type { Clock } from '../ports/clock.ts';
import type { OutgoingMessage } from '../ports/envelope.ts';
import { type FailpointName, type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import type { Journal, OutboxRow } from '../ports/journal.ts';
import type { Log } from '../ports/log.ts';
import type { PublishOutcome, Transport } from '../ports/transport.ts';

export interface OutboxRelayOptions {
  readonly journal: Pick<Journal, 'forget'>;
  readonly transport: Pick<Transport, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** So many messages may wait to be published before there is no `room`. */
  readonly outgoingMax: number;
  /** Tells an asker that its question reached nobody; resolves when that is committed, false when it was not. */
  readonly unroutable: (row: OutboxRow) => Promise<boolean>;
}

interface Line {
  readonly actor: string;
  rows: OutboxRow[];
  running: boolean;
}

/** Rows of one actor that may be under way at once. */
const windowMax = 256;
const retryFirstMs = 100;
const retryMaxMs = 5_000;
/** How long a confirmed row waits for a commit to take it along, and how many of them do. */
const forgetAfterMs = 25;
const confirmedMax = 1_000;

const none: readonly OutboxRow[] = [];

export class OutboxRelay {
  readonly #options: OutboxRelayOptions;
  readonly #lines = new Map<string, Line>();
  readonly #held = new Set<string>();
  #confirmed: string[] = [];
  #cancelForgetting: (() => void) | undefined;
  #forgetting = false;
  #stopping = false;
  #idle: (() => void)[] = [];
  readonly #pauses = new Set<() => void>();
  /** Told when a row is out, by its id. */
  readonly #waiters = new Map<string, () => void>();
  /** Ids of rows the transport has not answered for. */
  readonly #outgoing = new Set<string>();
  #waitingForRoom: (() => void)[] = [];

  constructor(options: OutboxRelayOptions) {
    this.#options = options;
  }

  /** Takes rows over. A row that is already here is not taken twice. */
  push(rows: readonly OutboxRow[]): void {
    const resting: Line[] = [];
    for (const row of rows) {
      if (this.#held.has(row.id)) continue;
      const line = this.#enqueue(row);
      if (!line.running) resting.push(line);
      line.running = true;
    }
    for (const line of resting) void this.#run(line);
  }

  /** The same; resolves when they are out. */
  async publish(rows: readonly OutboxRow[]): Promise<void> {
    const fresh = rows.filter((row) => !this.#held.has(row.id));
    const out = fresh.map(
      ({ id }) => new Promise<void>((resolve) => this.#waiters.set(id, resolve)),
    );
    this.push(fresh);
    await Promise.all(out);
  }

  get isIdle(): boolean {
    return this.#held.size === 0;
  }

  /** Resolves when fewer than `outgoingMax` messages wait for the transport; undefined when that is so now. */
  room(): Promise<void> | undefined {
    if (this.#outgoing.size < this.#options.outgoingMax) return undefined;
    return new Promise((resolve) => this.#waitingForRoom.push(resolve));
  }

  #isOut(id: string): void {
    this.#outgoing.delete(id);
    if (this.#outgoing.size < this.#options.outgoingMax)
      for (const resolve of this.#waitingForRoom.splice(0)) resolve();
  }

  /** The confirmed rows that are to be forgotten: with a commit, which says by `forgotten` or `giveBack` what has come of it. */
  take(): readonly string[] {
    this.#cancelForgetting?.();
    this.#cancelForgetting = undefined;
    return this.#confirmed.splice(0);
  }

  forgotten(ids: readonly string[]): void {
    for (const id of ids) this.#held.delete(id);
  }

  giveBack(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#confirmed.unshift(...ids);
    this.#forgetLater(retryFirstMs);
  }

  /** Lets what is under way finish; what could not be published stays in the journal. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const endPause of this.#pauses) endPause();
    while ([...this.#lines.values()].some((line) => line.running) || this.#forgetting) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    await this.#forgetAll();
  }

  #enqueue(row: OutboxRow): Line {
    this.#held.add(row.id);
    this.#outgoing.add(row.id);
    const actor = addressId(row.address);
    let line = this.#lines.get(actor);
    if (line === undefined) {
      line = { actor, rows: [], running: false };
      this.#lines.set(actor, line);
    }
    putInOrder(row, line.rows);
    return line;
  }

  async #run(line: Line): Promise<void> {
    const { actor } = line;
    let failures = 0;
    let window = windowMax;
    while (line.rows.length > 0 && !this.#stopping) {
      const failed = await this.#publishWindow(taken(line, window));
      window = failed.length === 0 ? windowMax : failed.length;
      if (failed.length === 0) {
        failures = 0;
        continue;
      }
      line.rows.unshift(...failed);
      failures += 1;
      const delayMs = Math.min(retryMaxMs, retryFirstMs * 2 ** (failures - 1));
      this.#options.log('warn', 'messages could not be published and are published again', {
        actor,
        messages: failed.length,
        delayMs,
      });
      await this.#pause(delayMs);
    }
    line.running = false;
    if (line.rows.length === 0) this.#lines.delete(actor);
    this.#settleIdle();
  }

  #pause(delayMs: number): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const cancel = this.#options.clock.after(delayMs, end);
      this.#pauses.add(end);
    });
  }

  /** The rows that are not out, in order. */
  async #publishWindow(rows: readonly OutboxRow[]): Promise<readonly OutboxRow[]> {
    this.#reach('relay.before-publish', rows);
    const [only] = rows;
    const outcomes =
      only !== undefined && rows.length === 1
        ? await this.#publish(only)
        : await Promise.all(rows.map((row) => this.#publish(row)));
    this.#reach('relay.published', rows);
    if (typeof outcomes === 'boolean') return outcomes ? none : rows;
    return outcomes.includes(false) ? rows.filter((_, index) => outcomes[index] === false) : none;
  }

  #reach(name: FailpointName, rows: readonly OutboxRow[]): void {
    const { failpoints } = this.#options;
    if (failpoints !== noFailpoints)
      failpoints.reach(name, { addresses: rows.map((row) => row.address) });
  }

  async #publish(row: OutboxRow): Promise<boolean> {
    try {
      const outcome = await this.#options.transport.publish(messageOf(row));
      this.#isOut(row.id);
      if (outcome.kind === 'returned') return await this.#returned(row, outcome);
      this.#options.failpoints.reach('relay.confirmed');
      return this.#isConfirmed(row.id);
    } catch (error) {
      this.#options.log('debug', 'a message could not be published and is published again', {
        id: row.id,
        error: String(error),
      });
      return false;
    }
  }

  async #returned(
    row: OutboxRow,
    outcome: Extract<PublishOutcome, { kind: 'returned' }>,
  ): Promise<boolean> {
    const { failpoints, unroutable } = this.#options;
    failpoints.reach('relay.returned');
    if (row.orStraightToQueue === true) return this.#publish(straightToQueue(row));
    if (row.correlationId !== undefined) {
      if (!(await unroutable(row))) return false;
      failpoints.reach('relay.returned-told');
    }
    const { exchange, routingKey } = row;
    this.#options.log('info', 'nobody takes a message', {
      exchange,
      routingKey,
      type: row.properties.type,
      reason: outcome.reason,
    });
    return this.#isConfirmed(row.id);
  }

  #isConfirmed(id: string): true {
    this.#confirmed.push(id);
    this.#waiters.get(id)?.();
    this.#waiters.delete(id);
    this.#forgetSoon();
    return true;
  }

  #forgetSoon(): void {
    if (this.#confirmed.length >= confirmedMax && !this.#forgetting) void this.#forgetAll();
    else this.#forgetLater(forgetAfterMs);
  }

  #forgetLater(delayMs: number): void {
    this.#cancelForgetting ??= this.#options.clock.after(delayMs, () => void this.#forgetAll());
  }

  async #forgetAll(): Promise<void> {
    const ids = this.take();
    if (ids.length === 0) return;
    this.#forgetting = true;
    this.#options.failpoints.reach('relay.before-forget');
    try {
      await this.#options.journal.forget(ids);
      this.#options.failpoints.reach('relay.forgotten');
      this.forgotten(ids);
    } catch (error) {
      this.#options.log('warn', 'published messages could not be forgotten; tried again', {
        error: String(error),
      });
      if (!this.#stopping) this.giveBack(ids);
    }
    this.#forgetting = false;
    this.#settleIdle();
  }

  #settleIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** Nearly always at the end. */
function putInOrder(row: OutboxRow, rows: OutboxRow[]): void {
  let place = rows.length;
  while (place > 0 && (rows[place - 1] as OutboxRow).id > row.id) place -= 1;
  if (place === rows.length) rows.push(row);
  else rows.splice(place, 0, row);
}

/** Takes the first rows of a line, at most `limit`. */
function taken(line: Line, limit: number): readonly OutboxRow[] {
  const { rows } = line;
  if (rows.length > limit) return rows.splice(0, limit);
  line.rows = [];
  return rows;
}

function straightToQueue({ orStraightToQueue: _tried, ...row }: OutboxRow): OutboxRow {
  return { ...row, exchange: '' };
}

function messageOf(row: OutboxRow): OutgoingMessage {
  const { exchange, routingKey, mandatory, properties, body } = row;
  return { exchange, routingKey, mandatory, properties, body: encodeBody(body) };
}
