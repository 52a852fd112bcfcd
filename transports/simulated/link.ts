/**
 * A client's connection with the way between the client and the broker.
 *
 * - Ordered: messages on one wire arrive in the order in which they were sent. Wires do not wait
 *   for each other.
 * - Cut: a message that is on its way when the connection ends never arrives.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import type { BrokerConnection } from '../memory/broker-connection.ts';

interface Wire {
  lastAtMs: number;
  travelling: number;
}

export class Link {
  readonly connection: BrokerConnection;
  readonly #clock: Clock;
  readonly #wires = new Map<string, Wire>();
  readonly #travelling = new Set<(arrived: boolean) => void>();

  constructor(connection: BrokerConnection, clock: Clock) {
    this.connection = connection;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  /**
   * Resolves with true when the message arrives: `delayMs` later, or when all earlier messages have
   * arrived. Resolves with false when the connection was lost.
   */
  carry(name: string, delayMs: number): Promise<boolean> {
    if (!this.isOpen) return Promise.resolve(false);
    const wire = this.#wire(name);
    if (wire.travelling === 0 && delayMs === 0) return Promise.resolve(true);
    const nowMs = this.#clock.now();
    wire.lastAtMs = Math.max(nowMs + delayMs, wire.lastAtMs);
    return this.#arrival(wire, wire.lastAtMs - nowMs);
  }

  /** The connection has ended. */
  lose(): void {
    for (const settle of [...this.#travelling]) settle(false);
  }

  #wire(name: string): Wire {
    const wire = this.#wires.get(name) ?? { lastAtMs: 0, travelling: 0 };
    this.#wires.set(name, wire);
    return wire;
  }

  #arrival(wire: Wire, delayMs: number): Promise<boolean> {
    wire.travelling += 1;
    return new Promise((resolve) => {
      const settle = (arrived: boolean): void => {
        cancel();
        wire.travelling -= 1;
        this.#travelling.delete(settle);
        resolve(arrived);
      };
      const cancel = this.#clock.after(delayMs, () => settle(true));
      this.#travelling.add(settle);
    });
  }
}
