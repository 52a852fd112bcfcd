/**
 * One queue: takes messages, gives messages to consumers with credit, takes deliveries back, and
 * dead-letters messages.
 *
 * Invariants:
 * - Served: either no message is ready, or no consumer has credit.
 * - Past the queue: a message for which a consumer has credit is delivered at once. Such a message
 *   does not count against the length limit and does not expire, not even with a time to live of 0.
 * - At the head: messages expire at the head only. Length limits count ready messages only.
 * - Dead letters last: dead letters leave at the end of the operation that made them, the oldest
 *   first. So a dead letter that leads back into its own queue finds the consumers served.
 * - Deleted: after `delete` the queue does nothing, and ignores late acknowledgements.
 */
import type { QueueDeclaration } from '../../config/topology.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import { Alarm } from './alarm.ts';
import type { BrokerConsumer, ConsumedQueue } from './broker-consumer.ts';
import { ConsumerRotation } from './consumer-rotation.ts';
import type { DeathReason } from './dead-letter.ts';
import type { QueueEntry, RequeueReason } from './queue-entry.ts';
import { type QueueOptions, queueOptions } from './queue-options.ts';
import { type ReadyMessages, readyMessages } from './ready-messages.ts';
import type { StoredMessage } from './stored-message.ts';

/** The port of a queue to its broker. */
export interface QueueHost {
  readonly clock: Clock;
  deadLetter(queue: MemoryQueue, message: StoredMessage, reason: DeathReason): void;
  /** The queue is to be deleted: auto-delete, or unused for too long. */
  discard(queue: MemoryQueue): void;
}

interface DeadMessage {
  readonly message: StoredMessage;
  readonly reason: DeathReason;
}

export class MemoryQueue implements ConsumedQueue {
  readonly declaration: QueueDeclaration;
  readonly options: QueueOptions;
  /** The connection of an exclusive queue. */
  readonly owner: object | undefined;
  /** The route that has only this queue. */
  readonly alone: readonly MemoryQueue[] = [this];
  readonly #host: QueueHost;
  readonly #ready: ReadyMessages;
  readonly #consumers: ConsumerRotation;
  readonly #messageAlarm: Alarm;
  readonly #idleAlarm: Alarm;
  readonly #rejectsOverflow: boolean;
  #readyBytes = 0;
  /** The dead letters of the present operation, in the order in which they will leave. */
  readonly #dying: DeadMessage[] = [];
  readonly #deadMessages: DeadMessage[] = [];
  #sendingDead = false;
  #lastPosition = 0;
  #deleted = false;

  /** Throws `BrokerRefusal` when the arguments are not acceptable. */
  constructor(declaration: QueueDeclaration, owner: object | undefined, host: QueueHost) {
    const options = queueOptions(declaration);
    this.declaration = declaration;
    this.options = options;
    this.owner = owner;
    this.#host = host;
    this.#ready = readyMessages(options.type, options.deliveryLimit !== undefined);
    this.#consumers = new ConsumerRotation(options.singleActiveConsumer, options.type === 'quorum');
    this.#messageAlarm = new Alarm(host.clock, () => this.#serve());
    this.#idleAlarm = new Alarm(host.clock, () => this.#host.discard(this));
    this.#rejectsOverflow = options.overflow !== 'drop-head';
    this.touch();
  }

  get name(): string {
    return this.declaration.name;
  }

  /** Messages ready for delivery. */
  get depth(): number {
    return this.#ready.length;
  }

  /**
   * Whether a message would be handed to a consumer before any other message. With a single active
   * consumer only the broker knows the consumer.
   */
  get isFree(): boolean {
    if (this.#ready.length > 0 || this.#consumers.size === 0) return false;
    return !this.options.singleActiveConsumer && this.#consumers.areServed;
  }

  /**
   * The number of consumers that RabbitMQ reports. A quorum queue does not count the consumers that
   * wait behind a single active consumer.
   */
  get consumerCount(): number {
    const { type, singleActiveConsumer } = this.options;
    return type === 'quorum' && singleActiveConsumer
      ? Math.min(1, this.#consumers.size)
      : this.#consumers.size;
  }

  /** The queue is in use now. The time after which an unused queue is deleted starts again. */
  touch(): void {
    this.#idleAlarm.clear();
    if (this.options.expiresMs !== undefined && this.#consumers.size === 0) {
      this.#idleAlarm.set(this.#host.clock.now() + this.options.expiresMs);
    }
  }

  /** Takes a message. False: the queue is full and rejects the message. */
  enqueue(message: StoredMessage): boolean {
    if (this.#rejectsOverflow && this.#overflowsWith(message)) return this.#refuse(message);
    const entry = this.#entryOf(message);
    const consumer = this.#ready.length === 0 ? this.#consumers.next() : undefined;
    if (consumer !== undefined) consumer.assign(entry);
    else this.#hold(entry);
    this.#sendAllDead();
    return true;
  }

  subscribe(consumer: BrokerConsumer): void {
    this.#consumers.add(consumer);
    this.touch();
    this.#serve();
  }

  /** Ends a subscription. Its unsettled deliveries stay with the channel. Call `detached` next. */
  detach(consumer: BrokerConsumer): void {
    this.#consumers.remove(consumer);
  }

  detached(): void {
    if (this.#deleted) return;
    if (this.#consumers.size > 0) this.#serve();
    else if (this.declaration.autoDelete) this.#host.discard(this);
    else this.touch();
  }

  /**
   * The consumer has one delivery less to settle. Call it before `acknowledged`, `rejected` or
   * `requeue`.
   */
  credit(consumer: BrokerConsumer): void {
    this.#consumers.credited(consumer);
  }

  acknowledged(): void {
    if (!this.#deleted && this.#ready.length > 0) this.#serve();
  }

  rejected(entries: readonly QueueEntry[]): void {
    if (this.#deleted) return;
    for (const entry of entries) this.#deadLetter(entry.message, 'rejected');
    this.#feed();
    this.#sendAllDead();
  }

  /** Takes deliveries back, in the order of the deliveries. */
  requeue(entries: readonly QueueEntry[], why: RequeueReason): void {
    if (this.#deleted) return;
    // Deliveries of the last consumer are deleted with the queue, and become no dead letters.
    if (why === 'lost' && this.declaration.autoDelete && this.#consumers.size === 0)
      this.#host.discard(this);
    else this.#takeAllBack(entries, why);
  }

  /** Ends the queue: drops its messages and ends its subscriptions. */
  delete(): void {
    this.#deleted = true;
    this.#messageAlarm.clear();
    this.#idleAlarm.clear();
    this.#ready.retain(() => false);
    for (const consumer of this.#consumers.toArray()) consumer.end();
  }

  /**
   * A restart of the broker. A quorum queue keeps all messages, a classic queue only persistent
   * messages.
   */
  recover(): void {
    if (this.options.type === 'classic')
      this.#ready.retain((entry) => entry.message.properties.persistent);
    this.#readyBytes = 0;
    this.#ready.retain((entry) => {
      this.#readyBytes += entry.message.body.byteLength;
      return true;
    });
    this.touch();
  }

  #entryOf(message: StoredMessage): QueueEntry {
    this.#lastPosition += 1;
    return {
      message,
      position: this.#lastPosition,
      expiresAtMs: this.#expiryOf(message),
      returns: 0,
      consumer: undefined,
      deliveryTag: 0,
      previous: undefined,
      next: undefined,
    };
  }

  #expiryOf({ properties }: StoredMessage): number {
    const ttlMs = Math.min(
      this.options.messageTtlMs,
      properties.expirationMs ?? Number.POSITIVE_INFINITY,
    );
    return ttlMs === Number.POSITIVE_INFINITY ? ttlMs : this.#host.clock.now() + ttlMs;
  }

  #hold(entry: QueueEntry): void {
    this.#readyBytes += entry.message.body.byteLength;
    this.#ready.push(entry);
    this.#dropExcess();
    this.#dropExpired();
  }

  #takeAllBack(entries: readonly QueueEntry[], why: RequeueReason): void {
    for (const entry of entries) this.#takeBack(entry, why);
    // A quorum queue serves its consumers before it checks its limits, a classic queue afterwards.
    if (this.options.type === 'classic') this.#dropExcess();
    this.#feed();
    this.#dropExcess();
    // The message at the head may have expired while another message stood before it.
    this.#dropExpired();
    this.#sendAllDead();
  }

  #takeBack(entry: QueueEntry, why: RequeueReason): void {
    entry.returns += 1;
    const limit = this.options.deliveryLimit;
    if (limit !== undefined && entry.returns > limit)
      this.#deadLetter(entry.message, 'delivery_limit');
    else {
      this.#readyBytes += entry.message.body.byteLength;
      this.#ready.restore(entry, why);
    }
  }

  #serve(): void {
    this.#feed();
    this.#sendAllDead();
  }

  /**
   * In a quorum queue, messages over the length limit leave before other dead letters, the last
   * message first.
   */
  #deadLetter(message: StoredMessage, reason: DeathReason): void {
    if (reason === 'maxlen' && this.options.type === 'quorum')
      this.#dying.unshift({ message, reason });
    else this.#dying.push({ message, reason });
  }

  /**
   * Sending a dead letter may return it to this queue and cause further dead letters; these wait
   * until it is placed.
   */
  #sendAllDead(): void {
    if (this.#dying.length > 0) this.#deadMessages.push(...this.#dying.splice(0));
    if (this.#sendingDead || this.#deadMessages.length === 0) return;
    this.#sendingDead = true;
    for (
      let dead = this.#deadMessages.shift();
      dead !== undefined;
      dead = this.#deadMessages.shift()
    ) {
      this.#host.deadLetter(this, dead.message, dead.reason);
    }
    this.#sendingDead = false;
  }

  #feed(): void {
    this.#dropExpired();
    while (this.#ready.length > 0) {
      const consumer = this.#consumers.next();
      if (consumer === undefined) return;
      const entry = this.#takeHead();
      if (entry !== undefined) consumer.assign(entry);
      this.#dropExpired();
    }
  }

  #takeHead(): QueueEntry | undefined {
    const entry = this.#ready.shift();
    if (entry !== undefined) this.#readyBytes -= entry.message.body.byteLength;
    // Nothing is left to expire, so no timer is needed.
    if (this.#ready.length === 0) this.#messageAlarm.clear();
    return entry;
  }

  #dropExpired(): void {
    for (
      let head = this.#ready.peek();
      head !== undefined && head.expiresAtMs !== Number.POSITIVE_INFINITY;
      head = this.#ready.peek()
    ) {
      if (head.expiresAtMs > this.#host.clock.now()) {
        this.#messageAlarm.set(head.expiresAtMs);
        return;
      }
      this.#takeHead();
      this.#deadLetter(head.message, 'expired');
    }
  }

  #dropExcess(): void {
    if (this.#rejectsOverflow) return;
    while (
      this.#ready.length > this.options.maxLength ||
      this.#readyBytes > this.options.maxLengthBytes
    ) {
      const head = this.#takeHead();
      if (head !== undefined) this.#deadLetter(head.message, 'maxlen');
    }
  }

  #overflowsWith(message: StoredMessage): boolean {
    const { maxLength, maxLengthBytes } = this.options;
    return (
      this.#ready.length + 1 > maxLength ||
      this.#readyBytes + message.body.byteLength > maxLengthBytes
    );
  }

  #refuse(message: StoredMessage): boolean {
    if (this.options.overflow === 'reject-publish-dlx') this.#deadLetter(message, 'maxlen');
    this.#sendAllDead();
    return false;
  }
}
