/**
 * Consumes the queues of services and hands each delivery to the intake of its service.
 *
 * Invariants:
 * - The intake's answer is the acknowledgement.
 * - Kept while the journal is down: a delivery that cannot be taken is kept and tried again. If the
 *   broker got the delivery back, the broker would send it again at once, and a few such rounds use
 *   up the deliveries that the broker allows a message.
 * - Bounded: after a few errors that are not `Transient`, the message becomes a dead letter, and
 *   the delivery is acknowledged.
 */
import type { Intake } from '../messages/intake.ts';
import type { ServiceDefinition } from '../messages/service-definition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Delivery } from '../ports/envelope.ts';
import { errorOf, errorText, Transient } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { TakenMessages } from '../ports/journal-processes.ts';
import type { Log } from '../ports/log.ts';
import type { Acknowledgement, Consumer, Transport } from '../ports/transport.ts';
import { backoffMs, Pauses } from '../ports/waiting.ts';
import { Deliveries } from './deliveries.ts';

export interface ConsumersOptions {
  /** The connection of a service. */
  readonly transport: (service: string) => Pick<Transport, 'consume'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** Deliveries of a queue that may be under way. */
  readonly prefetch: number;
}

type MessageIntake = Pick<Intake, 'handle' | 'setAside'>;

const retry = { firstDelayMs: 50, delayMaxMs: 1_000 };
/** Tries of a delivery with errors that are not `Transient`. */
const undecidedTriesMax = 8;

/** The consumers of a service, opened one after the other. A cancelled group keeps no consumer. */
class ConsumerGroup {
  readonly #consumers: Consumer[] = [];
  #isCancelled = false;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  async add(consumer: Consumer): Promise<void> {
    if (this.#isCancelled) await consumer.cancel();
    else this.#consumers.push(consumer);
  }

  async cancel(): Promise<void> {
    this.#isCancelled = true;
    await Promise.all(this.#consumers.map((consumer) => consumer.cancel()));
  }
}

export class Consumers {
  readonly #options: ConsumersOptions;
  /** By service: of the queues that its processes share. */
  readonly #shared = new Map<string, ConsumerGroup>();
  /** Of the reply queues that this process has for itself. */
  readonly #own: Consumer[] = [];
  readonly #deliveries = new Deliveries();
  readonly #pauses: Pauses;
  #stopped = false;

  constructor(options: ConsumersOptions) {
    this.#options = options;
    this.#pauses = new Pauses(options.clock);
  }

  /**
   * Consumes the queues that the processes of a service share. Does nothing when they are consumed
   * already. When a queue cannot be consumed, none is.
   */
  async consume({ name, config }: ServiceDefinition, intake: MessageIntake): Promise<void> {
    if (this.#shared.has(name)) return;
    const queues = new Set(Object.values(config.consume).map(({ queue }) => queue));
    if (config.replyQueue !== undefined) queues.add(config.replyQueue);
    const group = new ConsumerGroup();
    this.#shared.set(name, group);
    try {
      for (const queue of queues) {
        if (group.isCancelled) return;
        await group.add(await this.#consumeQueue(name, queue, intake));
      }
    } catch (error) {
      if (this.#shared.get(name) === group) this.#shared.delete(name);
      await group.cancel();
      throw error;
    }
  }

  /** Consumes a reply queue that this process has for itself. */
  async consumeOwn(service: string, queue: string, intake: MessageIntake): Promise<void> {
    this.#own.push(await this.#consumeQueue(service, queue, intake));
  }

  /** Messages of the service that are taken and not acknowledged. */
  taken(service: string): TakenMessages {
    return this.#deliveries.of(service);
  }

  /** Whether the queues that the processes of a service share are consumed here. */
  consumes(service: string): boolean {
    return !this.#stopped && this.#shared.has(service);
  }

  /**
   * Resolves when no new delivery of the service's shared queues arrives any more. A queue whose
   * consumer is being opened is left as soon as the consumer is open.
   */
  async pause(service: string): Promise<void> {
    const group = this.#shared.get(service);
    this.#shared.delete(service);
    await group?.cancel();
  }

  /**
   * Resolves when no new delivery arrives any more. A delivery that waits to be tried again goes
   * back to the broker.
   */
  async cancel(): Promise<void> {
    this.#stopped = true;
    const all = [...this.#own, ...this.#shared.values()];
    await Promise.all(all.map((consumer) => consumer.cancel()));
    // Last: a delivery that goes back to a queue with a consumer would come again at once.
    this.#pauses.end();
  }

  async #consumeQueue(service: string, queue: string, intake: MessageIntake): Promise<Consumer> {
    const { transport, failpoints, prefetch } = this.#options;
    const handler = (delivery: Delivery) => this.#handle(service, intake, delivery);
    const consumer = await transport(service).consume(queue, { prefetch }, handler);
    failpoints.reach('start.consuming');
    return consumer;
  }

  async #handle(
    service: string,
    intake: MessageIntake,
    delivery: Delivery,
  ): Promise<Acknowledgement> {
    const { failpoints, clock } = this.#options;
    failpoints.reach('delivery.received');
    const end = this.#deliveries.begin(service, clock.now());
    try {
      const acknowledgement = await this.#taken(intake, delivery);
      failpoints.reach('delivery.before-acknowledge');
      return acknowledgement;
    } finally {
      end();
    }
  }

  async #taken(intake: MessageIntake, delivery: Delivery): Promise<Acknowledgement> {
    let undecided = 0;
    let reason: unknown;
    for (let failures = 1; ; failures += 1) {
      try {
        if (undecided >= undecidedTriesMax) return await intake.setAside(delivery, errorOf(reason));
        return await intake.handle(delivery);
      } catch (error) {
        if (!(errorOf(error) instanceof Transient)) {
          undecided += 1;
          reason = error;
        }
        const delayMs = backoffMs(retry, failures);
        this.#options.log('warn', 'a message could not be taken and is tried again', {
          queue: delivery.queue,
          delayMs,
          error: errorText(error),
        });
        await this.#pauses.pause(delayMs);
        if (this.#stopped) return 'retry';
      }
    }
  }
}
