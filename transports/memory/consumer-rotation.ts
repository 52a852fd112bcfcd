/**
 * Whose turn it is among the consumers of a queue.
 *
 * 1. Round robin: who got a message goes to the end of the line.
 * 2. Who has no credit leaves the line and comes back to its end with the next credit. A classic queue notices when the
 *    turn comes, a quorum queue at once; this is why both may choose different consumers.
 * 3. With a single active consumer, the one that subscribed first gets everything until it leaves.
 */

import { Ring } from '../ring.ts';
import type { BrokerConsumer } from './broker-consumer.ts';

export class ConsumerRotation {
  private readonly line = new Ring<BrokerConsumer>();
  private readonly members = new Set<BrokerConsumer>();
  private readonly singleActive: boolean;
  private readonly parksAtOnce: boolean;

  constructor(singleActive: boolean, parksAtOnce: boolean) {
    this.singleActive = singleActive;
    this.parksAtOnce = parksAtOnce;
  }

  get size(): number {
    return this.members.size;
  }

  add(consumer: BrokerConsumer): void {
    this.members.add(consumer);
    this.line.push(consumer);
  }

  remove(consumer: BrokerConsumer): void {
    this.members.delete(consumer);
    this.line.retain((other) => other !== consumer);
  }

  /** The consumer that gets the next message, if any can take one. The caller assigns it right away. */
  next(): BrokerConsumer | undefined {
    return this.singleActive ? this.active() : this.inTurn();
  }

  /** The consumer has credit again. */
  credited(consumer: BrokerConsumer): void {
    if (!consumer.parked || consumer.cancelled) return;
    consumer.parked = false;
    this.line.push(consumer);
  }

  toArray(): BrokerConsumer[] {
    return [...this.members];
  }

  private active(): BrokerConsumer | undefined {
    const [first] = this.members;
    return first?.hasCredit ? first : undefined;
  }

  private inTurn(): BrokerConsumer | undefined {
    for (let consumer = this.line.shift(); consumer !== undefined; consumer = this.line.shift()) {
      if (!consumer.hasCredit) consumer.parked = true;
      else {
        if (this.parksAtOnce && consumer.hasLastCredit) consumer.parked = true;
        else this.line.push(consumer);
        return consumer;
      }
    }
    return undefined;
  }
}
