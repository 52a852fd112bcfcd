/**
 * When deliveries are handed over: in batches, after the code that made them possible has returned.
 *
 * 1. At most one batch is pending, however many messages wait.
 * 2. A batch is a microtask; every sixteenth waits for the event loop instead, so that two services that talk to each
 *    other without end do not starve timers and sockets.
 */

import { Ring } from '../ring.ts';
import type { BrokerChannel } from './broker-channel.ts';

/** Its reactions are microtasks, at a fraction of what `queueMicrotask` costs. */
const soon = Promise.resolve();
const batchMax = 256;
const batchesPerTurn = 16;

export class DeliveryScheduler {
  private readonly line = new Ring<BrokerChannel>();
  private pending = false;
  private batches = 0;

  /** The channel has deliveries to hand over. */
  add(channel: BrokerChannel): void {
    channel.scheduled = true;
    this.line.push(channel);
    if (!this.pending) this.schedule();
  }

  private schedule(): void {
    this.pending = true;
    this.batches += 1;
    if (this.batches < batchesPerTurn) void soon.then(this.run);
    else {
      this.batches = 0;
      setImmediate(this.run);
    }
  }

  private readonly run = (): void => {
    let left = batchMax;
    while (left > 0) {
      const channel = this.line.shift();
      if (channel === undefined) break;
      left -= channel.flush(left);
      channel.scheduled = channel.hasOutgoing;
      if (channel.scheduled) this.line.push(channel);
    }
    this.pending = false;
    if (this.line.length > 0) this.schedule();
  };
}
