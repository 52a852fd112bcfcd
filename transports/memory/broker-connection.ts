/**
 * The connection of a client: its channels and its exclusive queues, which end with the connection.
 */
import { Transient } from '../../runtime/ports/errors.ts';
import { BrokerChannel } from './broker-channel.ts';
import type { DeliveryScheduler } from './delivery-scheduler.ts';

export class BrokerConnection {
  readonly name: string;
  readonly #scheduler: DeliveryScheduler;
  readonly #onEnd: (connection: BrokerConnection) => void;
  readonly #onLost: (reason: string) => void;
  readonly #channels = new Set<BrokerChannel>();
  #open = true;

  constructor(
    name: string,
    scheduler: DeliveryScheduler,
    onEnd: (connection: BrokerConnection) => void,
    onLost: (reason: string) => void,
  ) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#onEnd = onEnd;
    this.#onLost = onLost;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  openChannel(): BrokerChannel {
    if (!this.#open)
      throw new Transient('transport-lost', 'the connection to the memory broker is lost');
    const channel = new BrokerChannel(this.#scheduler);
    this.#channels.add(channel);
    return channel;
  }

  closeChannel(channel: BrokerChannel): void {
    this.#channels.delete(channel);
    channel.close();
  }

  /**
   * The client ends the connection. Unsettled deliveries return to their queues, and the exclusive
   * queues are deleted.
   */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const channel of this.#channels) channel.close();
    this.#channels.clear();
    this.#onEnd(this);
  }

  /** The broker ends the connection. The client hears that the connection was lost. */
  cut(reason: string): void {
    if (!this.#open) return;
    this.close();
    this.#onLost(reason);
  }
}
