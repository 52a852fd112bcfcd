/**
 * The port `Transport` on a `MemoryBroker`, in place of RabbitMQ and with the same meaning.
 *
 * Invariants:
 * - Same behaviour: errors, outcomes and recovery are those of the RabbitMQ transport. Only the wire is
 *   missing.
 * - Reconnection: a lost connection is opened again after `reconnectDelayMs`. The topology is declared
 *   and the consumers subscribe again. Until then publishing rejects with `Transient`.
 * - Redelivery: a delivery of a lost connection is never acknowledged on a new connection. The broker
 *   delivers the message again.
 */
import type { Topology } from '../../config/topology.ts';
import type { Delivery, OutgoingMessage } from '../../runtime/ports/envelope.ts';
import { Transient, UnanimousError } from '../../runtime/ports/errors.ts';
import type {
  Acknowledgement,
  BrokerObjects,
  ConsumeOptions,
  Consumer,
  PublishOutcome,
  Route,
  Transport,
} from '../../runtime/ports/transport.ts';
import { pause, settlesWithin } from '../../runtime/ports/waiting.ts';
import { amqpAddressing } from '../addressing.ts';
import { BrokerRefusal, isWriteRefusal, publishError } from '../broker-refusal.ts';
import { unencodable, unencodableError } from '../encodable.ts';
import { withProcessQueues } from '../process-queues.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { declareTopology } from './declare-topology.ts';
import { deliveryOf } from './delivery-of.ts';
import type { MemoryBroker } from './memory-broker.ts';
import { MemoryConsumer } from './memory-consumer.ts';
import type { StoredMessage } from './stored-message.ts';
import { wireProperties } from './wire-properties.ts';

/** The name of a connection, and its waits in milliseconds: before a reconnection, and at `close`. */
export interface MemoryTransportOptions {
  /** The name of the connection, for `MemoryBroker.cut`. */
  readonly name?: string;
  /** The user of the connection. Default: `guest`. */
  readonly user?: string;
  readonly reconnectDelayMs?: number;
  /** The longest wait of `close` for running handlers. */
  readonly closeDeadlineMs?: number;
}

const memoryUser = 'guest';
// All publishes with one outcome share a settled promise: the hot path allocates none.
const confirmed: Promise<PublishOutcome> = Promise.resolve({ kind: 'confirmed' });
const returned: Promise<PublishOutcome> = Promise.resolve({
  kind: 'returned',
  reason: 'NO_ROUTE',
});

interface Waiter {
  resolve(connection: BrokerConnection): void;
  reject(error: Error): void;
}

function closed(): Transient {
  return new Transient('transport-lost', 'the memory transport is closed');
}

/** The message that the broker keeps: the same object, unless the wire would change the message. */
function stored(message: OutgoingMessage, user: string): StoredMessage {
  const properties = wireProperties(message.properties, user);
  if (properties === message.properties) return message;
  const { exchange, routingKey, body } = message;
  return { exchange, routingKey, properties, body };
}

/** A connection to a `MemoryBroker`, with the errors and outcomes of `RabbitmqTransport`. */
export class MemoryTransport implements Transport {
  readonly addressing = amqpAddressing;
  readonly #broker: MemoryBroker;
  readonly #options: Required<MemoryTransportOptions>;
  readonly #consumers = new Set<MemoryConsumer>();
  readonly #waiters: Waiter[] = [];
  readonly #ending = new AbortController();
  #connection: BrokerConnection | undefined;
  #topology: Topology = { exchanges: [], queues: [], bindings: [] };
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(broker: MemoryBroker, options: MemoryTransportOptions = {}) {
    this.#broker = broker;
    this.#options = {
      name: 'memory',
      user: memoryUser,
      reconnectDelayMs: 100,
      closeDeadlineMs: 10_000,
      ...options,
    };
  }

  open(objects: BrokerObjects): Promise<void> {
    this.#opening ??= this.#firstConnect(withProcessQueues(objects)).catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  publish(message: OutgoingMessage): Promise<PublishOutcome> {
    if (this.#connection === undefined)
      return Promise.reject(new Transient('transport-lost', 'not connected to the memory broker'));
    const problem = unencodable(message);
    if (problem !== undefined) return Promise.reject(unencodableError(problem));
    try {
      return this.#outcome(message);
    } catch (error) {
      if (!(error instanceof BrokerRefusal)) throw error;
      return Promise.reject(this.#refusalOf(message, error, this.#connection));
    }
  }

  route(message: OutgoingMessage): Route | undefined {
    if (this.#connection === undefined || unencodable(message) !== undefined) return undefined;
    try {
      const entry = { message: stored(message, this.#options.user), returns: 0 };
      const queues = this.#broker.queuesOf(entry.message);
      return {
        deliveries: queues.map(({ name }) => deliveryOf(name, entry, false, false)),
        isFree: queues.every(({ isFree }) => isFree),
        delivered: () => undefined,
      };
    } catch (error) {
      if (!(error instanceof BrokerRefusal)) throw error;
      return undefined;
    }
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    handler: (delivery: Delivery) => Promise<Acknowledgement>,
  ): Promise<Consumer> {
    const consumer = new MemoryConsumer(queue, options.prefetch, handler, {
      onCancelled: () => void this.#resubscribe(consumer),
      onFinished: () => this.#consumers.delete(consumer),
    });
    consumer.attach(this.#broker, this.#connection ?? (await this.#nextConnection()));
    this.#consumers.add(consumer);
    return consumer;
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  get #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  /** An exchange of the topology was deleted: declares the exchange again, then publishes again. */
  #refusalOf(
    { exchange }: OutgoingMessage,
    refusal: BrokerRefusal,
    connection: BrokerConnection,
  ): UnanimousError {
    const isOurs = this.#topology.exchanges.some(({ name }) => name === exchange);
    if (!isOurs || isWriteRefusal(refusal)) return publishError(exchange, refusal);
    this.#tried(() => declareTopology(this.#broker.topology, this.#topology, connection));
    return new Transient('transport-lost', `the exchange had gone: ${refusal.message}`);
  }

  #outcome(message: OutgoingMessage): Promise<PublishOutcome> {
    switch (this.#broker.publish(stored(message, this.#options.user))) {
      case 'taken':
        return confirmed;
      case 'unroutable':
        return message.mandatory ? returned : confirmed;
      case 'refused':
        return Promise.reject(
          new Transient(
            'not-reachable',
            `a full queue refuses messages to exchange '${message.exchange}'`,
          ),
        );
    }
  }

  async #firstConnect(topology: Topology): Promise<void> {
    this.#topology = topology;
    while (!this.#broker.isRunning && !this.#isEnding) await this.#delay();
    if (this.#isEnding) throw closed();
    this.#establish();
  }

  #establish(): void {
    const connection = this.#broker.connect(this.#options.name, () => void this.#recover());
    try {
      declareTopology(this.#broker.topology, this.#topology, connection);
      for (const consumer of this.#consumers)
        if (!consumer.isCancelled) consumer.attach(this.#broker, connection);
    } catch (error) {
      connection.close();
      throw error;
    }
    this.#connection = connection;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(connection);
  }

  async #recover(): Promise<void> {
    this.#connection = undefined;
    while (!this.#isEnding && this.#connection === undefined) {
      await this.#delay();
      if (!this.#isEnding && this.#connection === undefined) this.#tried(() => this.#establish());
    }
  }

  /** A failed attempt may succeed later, so a further attempt follows. */
  #tried(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof UnanimousError)) throw error;
    }
  }

  /** The broker ended a subscription: its queue was deleted. Declares it again and subscribes. */
  async #resubscribe(consumer: MemoryConsumer): Promise<void> {
    const connection = this.#connection;
    await this.#delay();
    if (connection === undefined || connection !== this.#connection || consumer.isCancelled) return;
    try {
      declareTopology(this.#broker.topology, this.#topology, connection);
      consumer.attach(this.#broker, connection);
    } catch (error) {
      if (!(error instanceof UnanimousError)) throw error;
      await this.#resubscribe(consumer);
    }
  }

  #delay(): Promise<void> {
    return pause(this.#broker.clock, this.#options.reconnectDelayMs, this.#ending.signal);
  }

  #nextConnection(): Promise<BrokerConnection> {
    if (this.#opening === undefined || this.#isEnding) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  async #shutDown(): Promise<void> {
    this.#ending.abort();
    await this.#opening?.catch(() => undefined);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closed());
    const consumers = [...this.#consumers];
    for (const consumer of consumers) await consumer.cancel();
    const idle = Promise.all(consumers.map((consumer) => consumer.idle()));
    await settlesWithin(this.#broker.clock, this.#options.closeDeadlineMs, idle);
    this.#connection?.close();
    this.#connection = undefined;
  }
}
