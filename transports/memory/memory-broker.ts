/**
 * A broker in memory with the behaviour of RabbitMQ (AMQP 0-9-1), without sockets. One
 * `MemoryBroker` stands for one virtual host; every `MemoryTransport` with a connection to the
 * broker is a client.
 *
 * Invariants:
 * - Given clock: the broker reads the time only from the given clock, and never waits.
 * - Within the call: all changes happen within the call. Only clients get their deliveries later.
 * - No copies: neither side may change a body or its properties after publishing.
 * - Queues first: a message is in all its queues before the messages that those queues drop for it
 *   are dead-lettered.
 * - Users: a user may write to every exchange, unless `limitWrites` names the exchanges. The
 *   connection writes its user into each message.
 * - Restart: `stop` and `start` restart the broker. Durable exchanges and queues survive, with
 *   their persistent messages.
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

/** `refused`: a full queue has rejected the message; other queues may have the message. */
export type PublishResult = 'taken' | 'unroutable' | 'refused';

interface DeadMessage {
  readonly dead: StoredMessage;
  readonly reason: DeathReason;
}

const nowhere: readonly MemoryQueue[] = [];

/**
 * A broker in this process with the behaviour of RabbitMQ. Transports of one broker reach each
 * other.
 */
export class MemoryBroker implements QueueHost {
  readonly clock: Clock;
  readonly topology: MemoryTopology;
  readonly #scheduler = new DeliveryScheduler();
  readonly #connections = new Set<BrokerConnection>();
  readonly #deadMessages = new Ring<DeadMessage>();
  readonly #writable = new Map<string, RegExp>();
  /**
   * A message is being put into its queues. Messages that die meanwhile are published when the
   * message is in all its queues.
   */
  #placing = false;
  #running = true;

  constructor(clock: Clock) {
    this.clock = clock;
    this.topology = new MemoryTopology(this);
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /**
   * `onLost` is called when the broker or the network ends the connection. Throws `Transient` while the
   * broker is stopped.
   */
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

  /**
   * From now on the user may write only to the exchanges whose names match. The name of the default
   * exchange is `amq.default`.
   */
  limitWrites(user: string, exchanges: RegExp): void {
    this.#writable.set(user, exchanges);
  }

  /**
   * Throws `BrokerRefusal`: 404 when the exchange does not exist, 403 when the user may not write
   * there.
   */
  publish(message: StoredMessage): PublishResult {
    const queues = this.queuesOf(message);
    if (queues.length === 0) return 'unroutable';
    let result: PublishResult = 'taken';
    this.#placing = true;
    for (const queue of queues) if (!queue.enqueue(message)) result = 'refused';
    this.#placing = false;
    if (this.#deadMessages.length > 0) this.#sendAllDead();
    return result;
  }

  /** The queues that `publish` would put the message into. Throws as `publish` does. */
  queuesOf(message: StoredMessage): readonly MemoryQueue[] {
    if (this.#writable.size > 0) this.#checkWrite(message);
    return this.#route(message);
  }

  /** Cuts every connection of this name, like a failure of the network. */
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

  /** The number of ready messages of a queue. Undefined: the queue does not exist. */
  depth(queue: string): number | undefined {
    return this.topology.findQueue(queue)?.depth;
  }

  deadLetter(queue: MemoryQueue, message: StoredMessage, reason: DeathReason): void {
    const { deadLetterExchange: exchange, deadLetterRoutingKey: routingKey } = queue.options;
    if (exchange === undefined || !this.topology.hasExchange(exchange)) return;
    const dead = deadLetter(message, {
      queue: queue.name,
      reason,
      atMs: this.clock.now(),
      exchange,
      routingKey,
    });
    this.#deadMessages.push({ dead, reason });
    if (!this.#placing) this.#sendAllDead();
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

  #sendAllDead(): void {
    this.#placing = true;
    for (
      let next = this.#deadMessages.shift();
      next !== undefined;
      next = this.#deadMessages.shift()
    )
      this.#sendDead(next);
    this.#placing = false;
  }

  /** The exchange may have been deleted since the message died. */
  #sendDead({ dead, reason }: DeadMessage): void {
    if (!this.topology.hasExchange(dead.exchange)) return;
    for (const target of this.#route(dead))
      if (!wouldCycle(dead, target.name, reason)) target.enqueue(dead);
  }

  #route(message: StoredMessage): readonly MemoryQueue[] {
    if (message.exchange === '')
      return this.topology.findQueue(message.routingKey)?.alone ?? nowhere;
    return this.topology.router.route(this.topology.exchange(message.exchange), message);
  }
}
