/**
 * The faults between a client and the broker, as a value. RabbitMQ or the network can cause each of
 * them.
 *
 * - Rates are shares of messages, 0 to 1. The rates of a publish exclude each other, so their sum
 *   is at most 1.
 * - Order: the order within a queue is the broker's and stays. A message comes later than its
 *   successor only if the message is delivered or published again.
 */
import type { Chance } from '../../runtime/ports/chance.ts';

/** Faults between services and broker: shares of the messages, 0 to 1, and delays in milliseconds. */
export interface Faults {
  /** How long a message, a confirm or an acknowledgement is on its way. */
  readonly delayMs: { readonly min: number; readonly max: number };
  /**
   * Held back on the way for up to ten times `delayMs.max`, so that messages of other publishers
   * and other queues overtake them.
   */
  readonly reorder: number;
  /**
   * Taken by the broker, and the confirm is lost: the publisher gets `Transient` and publishes
   * again.
   */
  readonly duplicate: number;
  /** Lost on the way to the broker: the publisher gets `Transient`, and nothing was taken. */
  readonly drop: number;
  /**
   * The connection is cut while it carries the message, to the broker or to the consumer, or before the
   * confirm or the acknowledgement arrives. All messages on the connection are lost. So at more than a
   * few hundredths, a large window of messages never arrives.
   */
  readonly cut: number;
  /**
   * The broker stops before it takes the message, and starts again within two seconds. Only durable
   * objects and persistent messages are left.
   */
  readonly restart: number;
}

/** Everything arrives at once. */
export const noFaults: Faults = {
  delayMs: { min: 0, max: 0 },
  reorder: 0,
  duplicate: 0,
  drop: 0,
  cut: 0,
  restart: 0,
};

/** A random mix: each kind of fault is in the mix or not, with a random share. */
export function drawnFaults(chance: Chance): Faults {
  const rate = (max: number): number => (chance() < 0.5 ? 0 : chance() * max);
  const min = Math.floor(rate(20));
  return {
    delayMs: { min, max: min + Math.floor(rate(200)) },
    reorder: rate(0.3),
    duplicate: rate(0.2),
    drop: rate(0.2),
    cut: rate(0.03),
    restart: rate(0.005),
  };
}
