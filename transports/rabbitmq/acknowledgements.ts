/**
 * The acknowledgements of one channel with one consumer: what is done in one tick is told the broker together.
 *
 * 1. Of what is done, everything up to the first delivery that is still open is one frame (`multiple`); the rest are a frame each. So nothing
 *    open is ever acknowledged, and nothing done waits for what is open.
 * 2. What goes back or dies is told at once: the broker acts on it, and the order counts.
 * 3. What could not be told any more because the channel is going, the broker delivers again.
 */
import { type Channel, IllegalOperationError } from 'amqplib';
import type { Acknowledgement } from '../../runtime/ports/transport.ts';

type Outlet = Pick<Channel, 'ack' | 'nack'>;

/** A delivery as amqplib wants to see it again: it only looks at the tag. */
function delivery(deliveryTag: number): Parameters<Channel['ack']>[0] {
  return { fields: { deliveryTag } } as Parameters<Channel['ack']>[0];
}

export class Acknowledgements {
  readonly #channel: Outlet;
  /** Done, and not told yet. */
  #done: number[] = [];
  /** Every delivery before this one is settled; tags of a channel are 1, 2, 3, … */
  #firstOpen = 1;
  /** Settled behind an open one. */
  readonly #settledAhead = new Set<number>();

  constructor(channel: Outlet) {
    this.#channel = channel;
  }

  settle(deliveryTag: number, acknowledgement: Acknowledgement): void {
    this.#note(deliveryTag);
    if (acknowledgement === 'done') {
      this.#done.push(deliveryTag);
      if (this.#done.length === 1) process.nextTick(this.flush);
    } else
      this.#tell(() =>
        this.#channel.nack(delivery(deliveryTag), false, acknowledgement === 'retry'),
      );
  }

  /** Tells what is done; call it before the channel is closed. */
  readonly flush = (): void => {
    if (this.#done.length === 0) return;
    const done = this.#done;
    this.#done = [];
    this.#tell(() => this.#acknowledge(done));
  };

  #acknowledge(done: readonly number[]): void {
    let lastBefore = 0;
    let countBefore = 0;
    for (const tag of done) {
      if (tag >= this.#firstOpen) this.#channel.ack(delivery(tag));
      else {
        countBefore += 1;
        lastBefore = Math.max(lastBefore, tag);
      }
    }
    if (countBefore > 0) this.#channel.ack(delivery(lastBefore), countBefore > 1);
  }

  #note(deliveryTag: number): void {
    this.#settledAhead.add(deliveryTag);
    while (this.#settledAhead.delete(this.#firstOpen)) this.#firstOpen += 1;
  }

  #tell(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof IllegalOperationError)) throw error;
    }
  }
}
