/**
 * The order in which the consumers of a queue get messages.
 *
 * - Round robin: a consumer that got a message goes to the end of the line.
 * - A consumer without credit leaves the line, and joins its end again with the next credit. A
 *   classic queue notices the missing credit at the consumer's turn, a quorum queue at once. So the
 *   two types may choose different consumers.
 * - With a single active consumer, the consumer that subscribed first gets every message until it
 *   leaves.
 */

import { Ring } from '../ring.ts';
import type { BrokerConsumer } from './broker-consumer.ts';

export class ConsumerRotation {
  readonly #line = new Ring<BrokerConsumer>();
  readonly #members = new Set<BrokerConsumer>();
  readonly #singleActive: boolean;
  readonly #parksAtOnce: boolean;

  constructor(singleActive: boolean, parksAtOnce: boolean) {
    this.#singleActive = singleActive;
    this.#parksAtOnce = parksAtOnce;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Whether every consumer has been handed all its deliveries. */
  get areServed(): boolean {
    for (const consumer of this.#members) if (consumer.hasUndelivered) return false;
    return true;
  }

  add(consumer: BrokerConsumer): void {
    this.#members.add(consumer);
    this.#line.push(consumer);
  }

  remove(consumer: BrokerConsumer): void {
    this.#members.delete(consumer);
    this.#line.retain((other) => other !== consumer);
  }

  /**
   * The consumer for the next message, when a consumer has credit. The caller assigns the message at
   * once.
   */
  next(): BrokerConsumer | undefined {
    return this.#singleActive ? this.#active() : this.#inTurn();
  }

  /** The consumer has credit again. */
  credited(consumer: BrokerConsumer): void {
    if (!consumer.waitsForCredit || consumer.cancelled) return;
    consumer.waitsForCredit = false;
    this.#line.push(consumer);
  }

  toArray(): BrokerConsumer[] {
    return [...this.#members];
  }

  #active(): BrokerConsumer | undefined {
    const [first] = this.#members;
    return first?.hasCredit ? first : undefined;
  }

  #inTurn(): BrokerConsumer | undefined {
    for (let consumer = this.#line.shift(); consumer !== undefined; consumer = this.#line.shift()) {
      if (!consumer.hasCredit) consumer.waitsForCredit = true;
      else {
        if (this.#parksAtOnce && consumer.hasLastCredit) consumer.waitsForCredit = true;
        else this.#line.push(consumer);
        return consumer;
      }
    }
    return undefined;
  }
}
