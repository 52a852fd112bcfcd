/**
 * The transport port on a `SimulatedBroker`: the memory transport with a way to the broker that
 * takes time and can fail.
 *
 * - Same promises: this transport keeps the promises of every transport. A fault looks like the
 *   same fault on RabbitMQ: a publish that rejects with `Transient`, a delivery that comes again.
 * - Lost acknowledgement: the acknowledgement of a handler may be lost with the connection. The
 *   delivery then comes again.
 * - Without faults: no operation takes time.
 */
import type { Delivery, OutgoingMessage } from '../../runtime/ports/envelope.ts';
import { Transient } from '../../runtime/ports/errors.ts';
import type {
  Acknowledgement,
  BrokerObjects,
  ConsumeOptions,
  Consumer,
  PublishOutcome,
  Route,
  Transport,
} from '../../runtime/ports/transport.ts';
import { settlesWithin } from '../../runtime/ports/waiting.ts';
import { amqpAddressing } from '../addressing.ts';
import type { MemoryBroker } from '../memory/memory-broker.ts';
import { MemoryTransport } from '../memory/memory-transport.ts';
import type { FaultDice, PublishFate } from './fault-dice.ts';
import type { Link } from './link.ts';
import type { Trace } from './trace.ts';

/** The port of a transport to the broker, with the connections and their faults. */
export interface FaultyBroker extends MemoryBroker {
  readonly dice: FaultDice;
  readonly trace: Trace;
  /** The connection that the client of this name has now. */
  linkOf(name: string): Link | undefined;
  restart(): void;
  readonly handsOver: () => boolean;
  isArriving(queue: string): boolean;
  arriving(queue: string): () => void;
}

/** Of one connection to a simulated broker. */
export interface SimulatedTransportOptions {
  /** The user of the connection. Default: that of the memory transport. */
  readonly user?: string;
  readonly reconnectDelayMs?: number;
  /** How long `close` waits for handlers and publishes under way. */
  readonly closeDeadlineMs?: number;
}

type Handler = (delivery: Delivery) => Promise<Acknowledgement>;

interface SimulatedConsumer {
  /** A part of the names of the consumer's two wires, for deliveries and acknowledgements. */
  readonly name: string;
  readonly handler: Handler;
  cancelled: boolean;
}

function lost(reason: string): Transient {
  return new Transient('transport-lost', `the publish was not confirmed: ${reason}`);
}

/** A connection to a `SimulatedBroker`. */
export class SimulatedTransport implements Transport {
  readonly addressing = amqpAddressing;
  readonly name: string;
  readonly #broker: FaultyBroker;
  readonly #memory: MemoryTransport;
  readonly #closeDeadlineMs: number;
  readonly #onEnd: () => void;
  readonly #consumers: Consumer[] = [];
  #opened = false;
  #closing: Promise<void> | undefined;
  #underWay = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(
    broker: FaultyBroker,
    name: string,
    options: SimulatedTransportOptions,
    onEnd: () => void,
  ) {
    const { reconnectDelayMs = 100, closeDeadlineMs = 10_000, user } = options;
    this.#broker = broker;
    this.name = name;
    this.#closeDeadlineMs = closeDeadlineMs;
    this.#onEnd = onEnd;
    this.#memory = new MemoryTransport(broker, {
      name,
      reconnectDelayMs,
      closeDeadlineMs: 0,
      ...(user === undefined ? {} : { user }),
    });
  }

  /** True when nothing is on its way or being handled, and the connection stands. */
  get isIdle(): boolean {
    return this.#underWay === 0 && (!this.#opened || this.#link !== undefined);
  }

  open(objects: BrokerObjects): Promise<void> {
    this.#opened = true;
    return this.#memory.open(objects);
  }

  publish(message: OutgoingMessage): Promise<PublishOutcome> {
    const link = this.#link;
    if (link === undefined) return this.#memory.publish(message);
    return this.#counted(this.#send(link, message, this.#broker.dice.publishFate()));
  }

  route(message: OutgoingMessage): Route | undefined {
    const route = this.#link === undefined ? undefined : this.#memory.route(message);
    if (route === undefined) return undefined;
    const { deliveries } = route;
    const isArriving = deliveries.some(({ queue }) => this.#broker.isArriving(queue));
    return {
      deliveries,
      isFree: route.isFree && !isArriving && this.#broker.handsOver(),
      delivered: () => this.#noteHandedOver(message, deliveries),
    };
  }

  async consume(queue: string, options: ConsumeOptions, handler: Handler): Promise<Consumer> {
    const consumer: SimulatedConsumer = {
      name: `${queue} ${this.#consumers.length}`,
      handler,
      cancelled: false,
    };
    const inner = await this.#memory.consume(queue, options, (delivery) =>
      this.#counted(this.#receive(delivery, consumer)),
    );
    const cancel = (): Promise<void> => {
      consumer.cancelled = true;
      return inner.cancel();
    };
    this.#consumers.push({ cancel });
    return { cancel };
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  /** The process of the transport has ended: the connection ends at once and is not opened again. */
  abandon(): void {
    this.#onEnd();
    this.#closing ??= this.#memory.close();
    this.#broker.cut(this.name);
  }

  get #link(): Link | undefined {
    return this.#broker.linkOf(this.name);
  }

  async #send(link: Link, message: OutgoingMessage, fate: PublishFate): Promise<PublishOutcome> {
    const { dice, trace } = this.#broker;
    const arrived = await link.carry('publish', dice.wayMs());
    const accident = arrived ? this.#accidentBefore(fate) : 'lost';
    if (accident !== undefined) {
      trace.note(this.name, 'publish', accident, message);
      throw lost(accident);
    }
    const outcome = await this.#taken(message);
    if (fate === 'cutAfter') this.#broker.cut(this.name);
    if (fate === 'unconfirmed' || !(await link.carry('confirm', dice.wayMs())))
      throw lost('unconfirmed');
    return outcome;
  }

  /** The fault that keeps the broker from taking an arrived message. */
  #accidentBefore(fate: PublishFate): string | undefined {
    if (fate === 'cutBefore') this.#broker.cut(this.name);
    if (fate === 'restart') this.#broker.restart();
    return fate === 'dropped' || fate === 'cutBefore' || fate === 'restart' ? fate : undefined;
  }

  async #taken(message: OutgoingMessage): Promise<PublishOutcome> {
    const { trace } = this.#broker;
    try {
      const outcome = await this.#memory.publish(message);
      trace.note(this.name, 'publish', outcome.kind, message);
      return outcome;
    } catch (error) {
      trace.note(this.name, 'publish', 'refused', message);
      throw error;
    }
  }

  /**
   * Gives a delivery to the handler, and resolves with the acknowledgement. After the loss of the
   * connection the acknowledgement has no effect, because the broker has put the delivery back already.
   */
  async #receive(delivery: Delivery, consumer: SimulatedConsumer): Promise<Acknowledgement> {
    const link = this.#link;
    const { dice, trace } = this.#broker;
    const fate = dice.deliveryFate();
    if (link === undefined || !(await this.#arrives(link, delivery, consumer))) return 'retry';
    if (fate === 'cutBefore') this.#broker.cut(this.name);
    if (fate === 'cutBefore' || consumer.cancelled) return 'retry';
    trace.note(
      this.name,
      'deliver',
      delivery.redelivered ? `${delivery.queue} again` : delivery.queue,
      delivery,
    );
    const acknowledgement = await answerOf(consumer.handler, delivery);
    if (fate === 'cutAfter') this.#broker.cut(this.name);
    const arrived = await link.carry(`acknowledge ${consumer.name}`, dice.wayMs());
    trace.note(this.name, 'acknowledge', arrived ? acknowledgement : 'lost', delivery);
    return acknowledgement;
  }

  async #arrives(link: Link, { queue }: Delivery, { name }: SimulatedConsumer): Promise<boolean> {
    const arrived = this.#broker.arriving(queue);
    const isThere = await link.carry(`deliver ${name}`, this.#broker.dice.wayMs());
    arrived();
    return isThere;
  }

  #noteHandedOver(message: OutgoingMessage, deliveries: readonly Delivery[]): void {
    const { trace } = this.#broker;
    trace.note(this.name, 'publish', 'handed over', message);
    for (const delivery of deliveries)
      trace.note(this.name, 'deliver', `${delivery.queue} at once`, delivery);
  }

  async #counted<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await work;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
  }

  #idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  async #shutDown(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.cancel()));
    await settlesWithin(this.#broker.clock, this.#closeDeadlineMs, this.#idle());
    await this.#memory.close();
    this.#onEnd();
  }
}

/** A handler that throws, at once or later, means `retry`. */
async function answerOf(handler: Handler, delivery: Delivery): Promise<Acknowledgement> {
  try {
    return await handler(delivery);
  } catch {
    return 'retry';
  }
}
