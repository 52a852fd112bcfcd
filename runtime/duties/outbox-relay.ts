/**
 * Publishes the messages that turns have committed, in the order of their actor, until the
 * transport has confirmed them.
 *
 * Invariants:
 * - In order per actor: rows of an actor go out in the order of their ids. The transport gets a
 *   window of rows at once, in this order, without a wait for single confirms. Rows of a window
 *   that failed go out again before any row of the next window.
 * - Actors apart: an actor never waits for the messages of another.
 * - Returned: a question that comes back unroutable is an event for its asker, and its row stays
 *   until the commit of the event. An answer that comes back goes straight to the queue of its
 *   routing key instead.
 * - Bounded: callers ask for `room` before they commit more messages. A returned question takes no
 *   room, because its row can go only after a turn.
 * - Never given up: while the broker cannot be reached or a queue is full, publishing is tried
 *   again, with back-off. A decision that is committed is never undone by the publishing.
 * - Final: a message that can never be published becomes a dead letter with its reason, and the
 *   next message of its actor goes out. So does a message whose publishing fails again and again
 *   with an error that is neither transient nor final, and an answer whose queue refuses answers.
 */
import { encodeBody } from '../messages/codec.ts';
import { tracedPublish } from '../messages/traced-publish.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { Clock } from '../ports/clock.ts';
import type { OutgoingMessage } from '../ports/envelope.ts';
import { Broken, errorOf, errorText, Transient } from '../ports/errors.ts';
import { type FailpointName, type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import type { Journal } from '../ports/journal.ts';
import type { OutboxRow } from '../ports/journal-rows.ts';
import type { Log } from '../ports/log.ts';
import type { Tracer } from '../ports/tracing.ts';
import type { PublishOutcome, Transport } from '../ports/transport.ts';
import { backoffMs, Pauses, Waiters } from '../ports/waiting.ts';
import { ConfirmedRows } from './confirmed-rows.ts';

export interface OutboxRelayOptions {
  readonly journal: Pick<Journal, 'forget'>;
  /** The connection of a service. */
  readonly transport: (service: string) => Pick<Transport, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined: no spans are made. */
  readonly tracer?: Tracer | undefined;
  readonly failpoints: Failpoints;
  /** Messages that may wait to be published before the relay has no more `room`. */
  readonly outgoingMax: number;
  /**
   * Tells an asker that nobody takes its question. True when the event is committed, false when it
   * could not be committed.
   */
  readonly unroutable: (row: OutboxRow) => Promise<boolean>;
  /**
   * Keeps a message that can never be published as a dead letter, and tells the asker of a question.
   * True when both are committed, false when they could not be.
   */
  readonly unpublishable: (row: OutboxRow, error: Error) => Promise<boolean>;
}

/** The rows of an actor that wait. */
interface Line {
  readonly actor: string;
  rows: OutboxRow[];
  running: boolean;
}

/** Rows of an actor that may be under way at once. */
const windowMax = 256;
const retry = { firstDelayMs: 100, delayMaxMs: 5_000 };
/** Tries of a message whose publishing may or may not work at the next try. */
const doubtfulTriesMax = 8;

const none: readonly OutboxRow[] = [];

export class OutboxRelay {
  /** Confirmed rows, which the next commit deletes. */
  readonly confirmed: ConfirmedRows;
  readonly #options: OutboxRelayOptions;
  readonly #lines = new Map<string, Line>();
  /** Ids of all rows that are not deleted yet. */
  readonly #held = new Set<string>();
  readonly #pauses: Pauses;
  readonly #lineEnded = new Waiters();
  /** Resolved when a row is confirmed, by its id. */
  readonly #published = new Map<string, () => void>();
  /** Ids of rows that the transport has not answered for. */
  readonly #outgoing = new Set<string>();
  /** Failed tries of doubtful messages, by the id of the row. */
  readonly #doubtfulTries = new Map<string, number>();
  readonly #waitingForRoom = new Waiters();
  #stopping = false;

  constructor(options: OutboxRelayOptions) {
    this.#options = options;
    this.#pauses = new Pauses(options.clock);
    this.confirmed = new ConfirmedRows({
      journal: options.journal,
      clock: options.clock,
      log: options.log,
      failpoints: options.failpoints,
      onForgotten: (ids) => {
        for (const id of ids) this.#held.delete(id);
      },
    });
  }

  /** Takes rows over. A row that the relay already holds is not taken twice. */
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

  /** Takes rows over as `push` does. Resolves when they are confirmed. */
  async publish(rows: readonly OutboxRow[]): Promise<void> {
    const added = rows.filter((row) => !this.#held.has(row.id));
    const published = added.map(
      ({ id }) => new Promise<void>((resolve) => this.#published.set(id, resolve)),
    );
    this.push(added);
    await Promise.all(published);
  }

  /** Whether messages of this actor wait to be published, or to be confirmed. */
  publishes(actor: ActorAddress): boolean {
    return this.#lines.size > 0 && this.#lines.has(addressId(actor));
  }

  /** True when no row waits to be published or to be deleted. */
  get isIdle(): boolean {
    return this.#held.size === 0;
  }

  /**
   * Resolves when fewer than `outgoingMax` messages wait for the transport. Undefined when there is
   * room now.
   */
  room(): Promise<void> | undefined {
    return this.#hasRoom ? undefined : this.#waitingForRoom.wait();
  }

  get #hasRoom(): boolean {
    return this.#outgoing.size < this.#options.outgoingMax;
  }

  /** Lets what is under way finish. Messages that could not be published stay in the journal. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#pauses.end();
    while ([...this.#lines.values()].some((line) => line.running)) await this.#lineEnded.wait();
    await this.confirmed.stop();
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
    let failures = 0;
    let window = windowMax;
    while (line.rows.length > 0 && !this.#stopping) {
      const failed = await this.#publishWindow(takenRows(line, window));
      window = failed.length === 0 ? windowMax : failed.length;
      failures = failed.length === 0 ? 0 : failures + 1;
      if (failures > 0) await this.#retryLater(line, failed, failures);
    }
    line.running = false;
    if (line.rows.length === 0) this.#lines.delete(line.actor);
    this.#lineEnded.release();
  }

  #retryLater(line: Line, failed: readonly OutboxRow[], failures: number): Promise<void> {
    line.rows.unshift(...failed);
    const delayMs = backoffMs(retry, failures);
    this.#options.log('warn', 'messages could not be published and are published again', {
      actor: line.actor,
      messages: failed.length,
      delayMs,
    });
    return this.#pauses.pause(delayMs);
  }

  /** The rows that could not be published, in order. */
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
      const outcome = await this.#outcomeOf(row);
      if (outcome instanceof Error) return await this.#refused(row, outcome);
      this.#takesNoRoom(row.id);
      if (outcome.kind === 'returned') return await this.#returned(row, outcome);
      this.#options.failpoints.reach('relay.confirmed');
      return this.#isConfirmed(row.id);
    } catch (error) {
      this.#noteRetry(row, error);
      return false;
    }
  }

  #noteRetry({ id }: OutboxRow, error: unknown): void {
    this.#options.log('debug', 'a message could not be published and is published again', {
      id,
      error: errorText(error),
    });
  }

  async #outcomeOf(row: OutboxRow): Promise<PublishOutcome | Error> {
    const { transport, tracer } = this.#options;
    try {
      const connection = transport(row.address.service);
      const message = messageOf(row);
      if (tracer === undefined) return await connection.publish(message);
      return await tracedPublish(message, tracer, (traced) => connection.publish(traced));
    } catch (error) {
      return errorOf(error);
    }
  }

  /** False when the message is to be published again. */
  async #refused(row: OutboxRow, error: Error): Promise<boolean> {
    if (!this.#isFinal(row, error)) {
      this.#noteRetry(row, error);
      return false;
    }
    if (row.orStraightToQueue === true) return this.#publish(straightToQueue(row));
    this.#takesNoRoom(row.id);
    if (!(await this.#options.unpublishable(row, error))) return false;
    return this.#isConfirmed(row.id);
  }

  /** A lost connection says nothing about the message, however often it is lost. */
  #isFinal({ id, properties: { type } }: OutboxRow, error: Error): boolean {
    if (error instanceof Broken) return true;
    const isDoubtful =
      !(error instanceof Transient) || (type === 'answer' && error.code === 'not-reachable');
    if (!isDoubtful) return false;
    const tries = (this.#doubtfulTries.get(id) ?? 0) + 1;
    this.#doubtfulTries.set(id, tries);
    return tries >= doubtfulTriesMax;
  }

  #takesNoRoom(id: string): void {
    this.#outgoing.delete(id);
    if (this.#hasRoom) this.#waitingForRoom.release();
  }

  async #returned(
    row: OutboxRow,
    { reason }: Extract<PublishOutcome, { kind: 'returned' }>,
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
      reason,
    });
    return this.#isConfirmed(row.id);
  }

  #isConfirmed(id: string): true {
    this.confirmed.add(id);
    this.#doubtfulTries.delete(id);
    this.#published.get(id)?.();
    this.#published.delete(id);
    return true;
  }
}

/** The place is nearly always the end. */
function putInOrder(row: OutboxRow, rows: OutboxRow[]): void {
  let place = rows.length;
  for (let last = rows[place - 1]; last !== undefined && last.id > row.id; last = rows[place - 1])
    place -= 1;
  if (place === rows.length) rows.push(row);
  else rows.splice(place, 0, row);
}

/** Takes the first rows of a line, at most `limit`. */
function takenRows(line: Line, limit: number): readonly OutboxRow[] {
  const { rows } = line;
  if (rows.length > limit) return rows.splice(0, limit);
  line.rows = [];
  return rows;
}

function straightToQueue({ orStraightToQueue: _tried, ...row }: OutboxRow): OutboxRow {
  return { ...row, exchange: '' };
}

/** The message of a row. Throws `Broken` for a body that is no JSON. */
export function messageOf(row: OutboxRow): OutgoingMessage {
  const { exchange, routingKey, mandatory, properties, body } = row;
  return { exchange, routingKey, mandatory, properties, body: encodeBody(body) };
}
