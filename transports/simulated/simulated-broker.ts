/**
 * The memory broker in a world that loses, repeats, delays, cuts and restarts. All faults are drawn
 * from the chance that the caller gives.
 *
 * - Repeatable: the same chance, clock and clients give the same events in the same order.
 * - Same meaning: the memory broker does the routing. Only the way to the broker and its uptime are
 *   worse.
 */
import type { Chance } from '../../runtime/ports/chance.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { BrokerConnection } from '../memory/broker-connection.ts';
import { MemoryBroker } from '../memory/memory-broker.ts';
import { FaultDice } from './fault-dice.ts';
import { type Faults, noFaults } from './faults.ts';
import { Link } from './link.ts';
import {
  type FaultyBroker,
  SimulatedTransport,
  type SimulatedTransportOptions,
} from './simulated-transport.ts';
import { Trace } from './trace.ts';

/** Time, chance and faults of a simulated broker. */
export interface SimulatedBrokerOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Default: none. */
  readonly faults?: Faults;
  /**
   * Draws for each message whether a process may hand the message to itself (`Transport.route`).
   * Default: never.
   */
  readonly handsOver?: () => boolean;
}

/** A broker in virtual time, with faults by chance and a trace of everything that passes. */
export class SimulatedBroker extends MemoryBroker implements FaultyBroker {
  readonly trace: Trace;
  readonly dice: FaultDice;
  readonly handsOver: () => boolean;
  /** Deliveries that have left a queue and have not reached a handler, by queue. */
  readonly #arriving = new Map<string, number>();
  readonly #links = new Map<string, Link>();
  readonly #transports = new Map<string, SimulatedTransport>();
  readonly #namesakes = new Map<string, number>();

  constructor(options: SimulatedBrokerOptions) {
    const { clock, chance, faults = noFaults, handsOver = () => false } = options;
    super(clock);
    this.handsOver = handsOver;
    this.trace = new Trace(clock);
    this.dice = new FaultDice(chance, faults);
  }

  /** A client of this broker, not open yet. The second of a name is called `<name>/2` in the trace. */
  transport(name: string, options: SimulatedTransportOptions = {}): SimulatedTransport {
    const count = (this.#namesakes.get(name) ?? 0) + 1;
    this.#namesakes.set(name, count);
    const unique = count === 1 ? name : `${name}/${count}`;
    const transport = new SimulatedTransport(this, unique, options, () =>
      this.#transports.delete(unique),
    );
    this.#transports.set(unique, transport);
    return transport;
  }

  /** Whether a delivery of the queue is on its way to a consumer. */
  isArriving(queue: string): boolean {
    return (this.#arriving.get(queue) ?? 0) > 0;
  }

  /** A delivery of the queue is on its way, until the returned function is called. */
  arriving(queue: string): () => void {
    const count = (change: number): void =>
      void this.#arriving.set(queue, (this.#arriving.get(queue) ?? 0) + change);
    count(1);
    return () => count(-1);
  }

  /** The connection a client has now. */
  linkOf(name: string): Link | undefined {
    const link = this.#links.get(name);
    return link?.isOpen ? link : undefined;
  }

  /** Sets the rates from now on. A message on its way keeps its delay. */
  setFaults(faults: Faults): void {
    this.dice.faults = faults;
  }

  /** No more faults. */
  heal(): void {
    this.setFaults(noFaults);
  }

  /** True when nothing is on its way or being handled, and every client is connected. */
  get isIdle(): boolean {
    return [...this.#transports.values()].every((transport) => transport.isIdle);
  }

  /** Goes down, and comes back within two seconds. */
  restart(): void {
    if (!this.isRunning) return;
    this.stop();
    this.clock.after(this.dice.downMs(), () => this.start());
  }

  override connect(name: string, onLost: (reason: string) => void): BrokerConnection {
    const connection = super.connect(name, (reason) => {
      this.trace.note(name, 'lost', reason);
      link.lose();
      onLost(reason);
    });
    const link = new Link(connection, this.clock);
    this.#links.set(name, link);
    this.trace.note(name, 'connect', '');
    return connection;
  }

  override stop(): void {
    this.trace.note('broker', 'stop', '');
    super.stop();
  }

  override start(): void {
    this.trace.note('broker', 'start', '');
    super.start();
  }
}
