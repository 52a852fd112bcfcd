/**
 * A channel: its consumers, its delivery tags and its unsettled deliveries.
 *
 * - A delivery is settled once; an unknown delivery tag closes the channel (406).
 * - Only the scheduler hands deliveries over, never the call that made them possible.
 * - Closing the channel gives unsettled deliveries back to their queues, in delivery order.
 */
import { BrokerRefusal } from '../broker-refusal.ts';
import { Ring } from '../ring.ts';
import {
  BrokerConsumer,
  type ConsumedQueue,
  type ConsumerCallbacks,
  type ConsumerChannel,
} from './broker-consumer.ts';
import type { DeliveryScheduler, ScheduledChannel } from './delivery-scheduler.ts';
import type { EntryConsumer, QueueEntry, SettlingQueue } from './queue-entry.ts';
import { UnsettledList } from './unsettled-list.ts';

type Settlement = (queue: SettlingQueue, entries: readonly QueueEntry[]) => void;

const acknowledge: Settlement = (queue) => queue.acknowledged();
const giveBack: Settlement = (queue, entries) => queue.requeue(entries, 'returned');
const lose: Settlement = (queue, entries) => queue.requeue(entries, 'lost');
const reject: Settlement = (queue, entries) => queue.rejected(entries);

export class BrokerChannel implements ConsumerChannel, ScheduledChannel {
  scheduled = false;
  readonly #scheduler: DeliveryScheduler;
  readonly #consumers = new Set<BrokerConsumer>();
  readonly #unsettled = new UnsettledList();
  readonly #outgoing = new Ring<QueueEntry>();
  #lastTag = 0;
  #open = true;

  constructor(scheduler: DeliveryScheduler) {
    this.#scheduler = scheduler;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get hasOutgoing(): boolean {
    return this.#outgoing.length > 0;
  }

  /** Subscribes; `prefetch` 0 is no limit. */
  consume(queue: ConsumedQueue, prefetch: number, callbacks: ConsumerCallbacks): BrokerConsumer {
    const consumer = new BrokerConsumer(this, queue, prefetch, callbacks);
    this.#consumers.add(consumer);
    queue.subscribe(consumer);
    return consumer;
  }

  /**
   * Ends new deliveries. The client still gets deliveries that were made before, and may settle them.
   */
  cancel(consumer: BrokerConsumer): void {
    if (!this.#consumers.delete(consumer)) return;
    consumer.cancelled = true;
    consumer.queue.detach(consumer);
    consumer.queue.detached();
  }

  /** The broker ended the subscription. */
  forget(consumer: BrokerConsumer): void {
    this.#consumers.delete(consumer);
  }

  send(entry: QueueEntry): void {
    this.#lastTag += 1;
    entry.deliveryTag = this.#lastTag;
    this.#unsettled.push(entry);
    this.#outgoing.push(entry);
    if (!this.scheduled) this.#scheduler.add(this);
  }

  /** Gives the client at most `max` deliveries. Returns their number. */
  flush(max: number): number {
    let count = 0;
    while (count < max) {
      const entry = this.#outgoing.shift();
      if (entry === undefined) return count;
      count += 1;
      entry.consumer?.deliver(entry);
    }
    return count;
  }

  /**
   * The unsettled delivery with this tag. An unknown tag closes the channel and throws `BrokerRefusal`
   * (406).
   */
  find(tag: number): QueueEntry {
    const entry = this.#unsettled.find(tag);
    if (entry !== undefined) return entry;
    this.close();
    throw new BrokerRefusal(406, `PRECONDITION_FAILED - unknown delivery tag ${tag}`);
  }

  ack(entry: QueueEntry): void {
    const { consumer } = entry;
    if (consumer === undefined) return;
    this.#release(entry, consumer);
    consumer.queue.acknowledged();
  }

  nack(entry: QueueEntry, requeue: boolean): void {
    this.#settle([entry], requeue ? giveBack : reject);
  }

  /** Acknowledges the delivery and every earlier unsettled delivery. */
  ackThrough(entry: QueueEntry): void {
    this.#settle(this.#unsettled.through(entry.deliveryTag), acknowledge);
  }

  nackThrough(entry: QueueEntry, requeue: boolean): void {
    this.#settle(this.#unsettled.through(entry.deliveryTag), requeue ? giveBack : reject);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#outgoing.clear();
    const consumers = [...this.#consumers];
    this.#consumers.clear();
    for (const consumer of consumers) {
      consumer.cancelled = true;
      consumer.queue.detach(consumer);
    }
    this.#settle(this.#unsettled.through(this.#lastTag), lose);
    for (const consumer of consumers) consumer.queue.detached();
  }

  #release(entry: QueueEntry, consumer: EntryConsumer): void {
    this.#unsettled.remove(entry);
    entry.consumer = undefined;
    consumer.settled();
  }

  /** Settles entries queue by queue, the entries of each queue in the order of their delivery. */
  #settle(entries: readonly QueueEntry[], settlement: Settlement): void {
    const byQueue = new Map<SettlingQueue, QueueEntry[]>();
    for (const entry of entries) {
      const { consumer } = entry;
      if (consumer === undefined) continue;
      this.#release(entry, consumer);
      const group = byQueue.get(consumer.queue);
      if (group === undefined) byQueue.set(consumer.queue, [entry]);
      else group.push(entry);
    }
    for (const [queue, group] of byQueue) settlement(queue, group);
  }
}
