/**
 * The acknowledgements of a channel with a single consumer. Deliveries that finish in the same tick
 * are acknowledged together.
 *
 * - One frame: finished deliveries before the oldest unfinished delivery are acknowledged in a
 *   single frame (`multiple: true`). Each later delivery gets its own frame. So no unfinished
 *   delivery is acknowledged, and no finished delivery waits for an unfinished one.
 * - At once: a `retry` and a `reject` are sent at once, because the broker acts on them and their
 *   order counts.
 * - Closing channel: the broker delivers again what a closing channel could not acknowledge.
 */
import { type Channel, IllegalOperationError } from 'amqplib';
import type { Acknowledgement } from '../../runtime/ports/transport.ts';

type Outlet = Pick<Channel, 'ack' | 'nack'>;

/** A delivery in the form of amqplib, which reads only the tag. */
function delivery(deliveryTag: number): Parameters<Channel['ack']>[0] {
  return { fields: { deliveryTag } } as Parameters<Channel['ack']>[0];
}

export class Acknowledgements {
  readonly #channel: Outlet;
  /** Finished deliveries that are not acknowledged yet. */
  #done: number[] = [];
  /** Every delivery before this tag is settled; the tags of a channel are 1, 2, 3, … */
  #firstOpen = 1;
  /** Settled deliveries after an unfinished one. */
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

  /** Acknowledges the finished deliveries. To be called before the channel is closed. */
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
