/**
 * Gives deliveries to clients in batches, after the call that made the deliveries possible has
 * returned.
 *
 * - At most one batch is pending, for any number of messages.
 * - A batch is a microtask. Every sixteenth batch waits for the event loop instead, so that two
 *   services that answer each other without end do not starve timers and sockets.
 */

import { Ring } from '../ring.ts';

/** A channel, as the scheduler sees it. */
export interface ScheduledChannel {
  /** Whether the channel waits in the scheduler's line. */
  scheduled: boolean;
  readonly hasOutgoing: boolean;
  /** Delivers at most `max` entries; returns their number. */
  flush(max: number): number;
}

/** A reaction to this promise is a microtask, at a fraction of the cost of `queueMicrotask`. */
const soon = Promise.resolve();
const batchMax = 256;
const batchesPerTurn = 16;

export class DeliveryScheduler {
  readonly #line = new Ring<ScheduledChannel>();
  #pending = false;
  #batches = 0;

  /** The channel has deliveries to hand over. */
  add(channel: ScheduledChannel): void {
    channel.scheduled = true;
    this.#line.push(channel);
    if (!this.#pending) this.#schedule();
  }

  #schedule(): void {
    this.#pending = true;
    this.#batches += 1;
    if (this.#batches < batchesPerTurn) void soon.then(this.#run);
    else {
      this.#batches = 0;
      setImmediate(this.#run);
    }
  }

  readonly #run = (): void => {
    let left = batchMax;
    while (left > 0) {
      const channel = this.#line.shift();
      if (channel === undefined) break;
      left -= channel.flush(left);
      channel.scheduled = channel.hasOutgoing;
      if (channel.scheduled) this.#line.push(channel);
    }
    this.#pending = false;
    if (this.#line.length > 0) this.#schedule();
  };
}
