/**
 * The world of one run, the interface of operations and invariants.
 *
 * 1. The first problem ends the run, because later problems may be its consequences.
 */
import type { Client } from '../../runtime/client.ts';
import type { BodyFor, Recipient } from '../../runtime/messages/recipient.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Transport } from '../../runtime/ports/transport.ts';
import type { Destination } from '../../runtime/step/effects.ts';
import type { Crashes } from './crashes.ts';
import type { Simulation } from './simulation.ts';

export interface Violation {
  readonly invariant: string;
  readonly problem: string;
  /** Milliseconds of virtual time since the start. */
  readonly atMs: number;
}

/** Tables of a journal that hold no open work: `actors`, `inbox`, `history` and dead letters. */
const workKinds = ['outbox', 'asks', 'timers', 'activities'] as const;
const askTimeoutMs = 20_000;
type Residue = Readonly<Record<(typeof workKinds)[number], number>>;

/** The interface of operations and invariants: ask, send, wait, note, read. */
export class World {
  readonly simulation: Simulation;
  readonly journals: readonly Pick<
    Journal,
    'counts' | 'deadLetters' | 'history' | 'prune' | 'releaseVersion'
  >[];
  /** Number of notes by situation. */
  readonly situations = new Map<string, number>();
  readonly crashes: Pick<Crashes, 'kill' | 'heal'>;
  readonly #client: () => Client;
  readonly #bare: () => Transport;
  readonly #startMs: number;
  #violation: Violation | undefined;

  constructor(
    simulation: Simulation,
    journals: World['journals'],
    crashes: World['crashes'],
    client: () => Client,
    bare: () => Transport,
  ) {
    this.simulation = simulation;
    this.journals = journals;
    this.crashes = crashes;
    this.#client = client;
    this.#bare = bare;
    this.#startMs = simulation.clock.now();
  }

  /**
   * Repeats a question to a service under one identity (default: a new one) until the answer
   * arrives.
   */
  ask<TRecipient extends Recipient>(
    to: TRecipient,
    body: BodyFor<TRecipient>,
    messageId?: string,
    headers?: Headers,
  ): Promise<Json> {
    return this.simulation.ask(this.#client(), to, body, askTimeoutMs, messageId, headers);
  }

  /** Repeats a message without an answer until the broker has confirmed it. */
  send<TRecipient extends Recipient>(
    to: TRecipient,
    body: BodyFor<TRecipient>,
    messageId = this.simulation.ids.next(),
  ): Promise<void> {
    return this.simulation.insist(() => this.#client().send(to, body, { messageId }));
  }

  /** Publishes unchanged bytes until the broker has confirmed them. */
  async publish({ body, ...to }: Destination & { readonly body: string }): Promise<void> {
    const message = {
      ...to,
      mandatory: false,
      properties: { persistent: true },
      body: Buffer.from(body),
    };
    await this.simulation.insist(() => this.#bare().publish(message));
  }

  waits(ms: number): Promise<void> {
    return new Promise((resolve) => void this.simulation.clock.after(ms, resolve));
  }

  note(situation: string): void {
    this.situations.set(situation, (this.situations.get(situation) ?? 0) + 1);
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  fail(invariant: string, problem: string): void {
    this.#violation ??= { invariant, problem, atMs: this.simulation.clock.now() - this.#startMs };
  }

  /** Open work in the journals. */
  async residue(): Promise<Residue> {
    const counts = await Promise.all(this.journals.map((journal) => journal.counts()));
    const sum = (kind: keyof Residue): number =>
      counts.reduce((total, count) => total + count[kind], 0);
    return {
      outbox: sum('outbox'),
      asks: sum('asks'),
      timers: sum('timers'),
      activities: sum('activities'),
    };
  }

  /** Moves time until no work is open; false after `limitMs`, or after a problem. */
  async rest(limitMs: number): Promise<boolean> {
    let counted: Residue | undefined;
    const isOver = (): boolean => {
      if (this.violation !== undefined) return true;
      if (!this.simulation.isIdle) {
        counted = undefined;
        return false;
      }
      void this.residue().then((residue) => {
        counted = residue;
      });
      return counted !== undefined && workKinds.every((kind) => counted?.[kind] === 0);
    };
    return (await this.simulation.moveUntil(isOver, limitMs)) && this.violation === undefined;
  }
}
