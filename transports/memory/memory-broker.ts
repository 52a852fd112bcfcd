/**
 * A broker in memory: AMQP 0-9-1 as RabbitMQ does it, without sockets. One `MemoryBroker` stands for one virtual host;
 * every `MemoryTransport` connected to it is a client.
 *
 * 1. Time is the clock handed in; nothing here waits or reads another one.
 * 2. Everything but the handing over of deliveries happens within the call.
 * 3. Messages are not copied: neither side may change a body or its properties after publishing.
 * 4. A message is in all its queues before what they drop for it is dead-lettered.
 * 5. A user may write to every exchange, unless `limitWrites` says to which. The connection writes its user into a message.
 * 6. `stop` and `start` are a broker's restart: durable exchanges and queues survive with their persistent messages.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import { Transient } from '../../runtime/ports/errors.ts';
import { BrokerRefusal } from '../broker-refusal.ts';
import { Ring } from '../ring.ts';
import { BrokerConnection } from './broker-connection.ts';
import { type DeathReason, deadLetter, wouldCycle } from './dead-letter.ts';
import { DeliveryScheduler } from './delivery-scheduler.ts';
import type { MemoryQueue, QueueHost } from './memory-queue.ts';
import { MemoryTopology } from './memory-topology.ts';
import type { StoredMessage } from './stored-message.ts';

/** `refused`: a queue that rejects when full did; other queues may have the message. */
export type PublishResult = 'taken' | 'unroutable' | 'refused';

interface Letter {
  readonly letter: StoredMessage;
  readonly reason: DeathReason;
}

const nowhere: readonly MemoryQueue[] = [];

/** A broker in this process, after AMQP 0-9-1 as RabbitMQ does it. Transports of one broker reach each other. */
export class MemoryBroker implements QueueHost {
  readonly clock: Clock;
  readonly topology: MemoryTopology;
  readonly #scheduler = new DeliveryScheduler();
  readonly #connections = new Set<BrokerConnection>();
  readonly #letters = new Ring<Letter>();
  readonly #writable = new Map<string, RegExp>();
  /** A message is on its way into its queues; what dies meanwhile is published when it is in all of them. */
  #placing = false;
  #running = true;

  constructor(clock: Clock) {
    this.clock = clock;
    this.topology = new MemoryTopology(this);
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** `onLost` is called when the connection ends without the client's doing. Throws `Transient` while the broker is stopped. */
  connect(name: string, onLost: (reason: string) => void): BrokerConnection {
    if (!this.#running) throw new Transient('not-reachable', 'the memory broker is stopped');
    const onEnd = (connection: BrokerConnection) => {
      this.#connections.delete(connection);
      this.topology.releaseExclusive(connection);
    };
    const connection = new BrokerConnection(name, this.#scheduler, onEnd, onLost);
    this.#connections.add(connection);
    return connection;
  }

  /** From now on the user may write only to the exchanges whose names match. The default exchange is called `amq.default`. */
  limitWrites(user: string, exchanges: RegExp): void {
    this.#writable.set(user, exchanges);
  }

  /** Throws `BrokerRefusal`: 404 when the exchange does not exist, 403 when the user may not write there. */
  publish(message: StoredMessage): PublishResult {
    if (this.#writable.size > 0) this.#checkWrite(message);
    const queues = this.#route(message);
    if (queues.length === 0) return 'unroutable';
    let result: PublishResult = 'taken';
    this.#placing = true;
    for (const queue of queues) if (!queue.enqueue(message)) result = 'refused';
    this.#placing = false;
    if (this.#letters.length > 0) this.#sendLetters();
    return result;
  }

  /** Cuts every connection of this name, as a network does. */
  cut(name: string): void {
    for (const connection of [...this.#connections])
      if (connection.name === name) connection.cut('connection cut');
  }

  stop(): void {
    this.#running = false;
    for (const connection of [...this.#connections]) connection.cut('broker stopped');
    this.topology.recover();
  }

  start(): void {
    this.#running = true;
  }

  /** Messages ready in a queue; undefined when there is no such queue. */
  depth(queue: string): number | undefined {
    return this.topology.findQueue(queue)?.depth;
  }

  deadLetter(queue: MemoryQueue, message: StoredMessage, reason: DeathReason): void {
    const { deadLetterExchange: exchange, deadLetterRoutingKey: routingKey } = queue.options;
    if (exchange === undefined || !this.topology.hasExchange(exchange)) return;
    const letter = deadLetter(message, {
      queue: queue.name,
      reason,
      atMs: this.clock.now(),
      exchange,
      routingKey,
    });
    this.#letters.push({ letter, reason });
    if (!this.#placing) this.#sendLetters();
  }

  discard(queue: MemoryQueue): void {
    this.topology.deleteQueue(queue);
  }

  #checkWrite({ exchange, properties: { userId = '' } }: StoredMessage): void {
    const name = exchange === '' ? 'amq.default' : exchange;
    if (this.#writable.get(userId)?.test(name) ?? true) return;
    const place = `exchange '${name}' in vhost '/'`;
    throw new BrokerRefusal(
      403,
      `ACCESS_REFUSED - write access to ${place} refused for user '${userId}'`,
    );
  }

  #sendLetters(): void {
    this.#placing = true;
    for (let next = this.#letters.shift(); next !== undefined; next = this.#letters.shift())
      this.#sendLetter(next);
    this.#placing = false;
  }

  /** The exchange may have gone since the message died. */
  #sendLetter({ letter, reason }: Letter): void {
    if (!this.topology.hasExchange(letter.exchange)) return;
    for (const target of this.#route(letter))
      if (!wouldCycle(letter, target.name, reason)) target.enqueue(letter);
  }

  #route(message: StoredMessage): readonly MemoryQueue[] {
    if (message.exchange === '')
      return this.topology.findQueue(message.routingKey)?.alone ?? nowhere;
    return this.topology.router.route(this.topology.exchange(message.exchange), message);
  }
}
