/**
 * A consumer a test can hold in its hand: deliveries come out one by one, and are answered when the test says so.
 *
 * 1. `next` waits for a delivery; there is no waiting for the absence of one: publish another and see that it comes first.
 */
import type { Delivery } from '../../../runtime/ports/envelope.ts';
import type { Acknowledgement, Consumer, Transport } from '../../../runtime/ports/transport.ts';

export interface Item {
  readonly delivery: Delivery;
  readonly body: string;
  answer(acknowledgement: Acknowledgement): void;
}

export class Inbox {
  readonly #items: Item[] = [];
  readonly #takers: ((item: Item) => void)[] = [];
  #consumer: Consumer | undefined;

  static async open(transport: Transport, queue: string, prefetch = 0): Promise<Inbox> {
    const inbox = new Inbox();
    inbox.#consumer = await transport.consume(queue, { prefetch }, (delivery) =>
      inbox.#receive(delivery),
    );
    return inbox;
  }

  /** Deliveries that have arrived and not been taken. */
  get waiting(): number {
    return this.#items.length;
  }

  next(): Promise<Item> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Takes the next delivery, answers it and gives it back. */
  async take(acknowledgement: Acknowledgement = 'done'): Promise<Delivery> {
    const item = await this.next();
    item.answer(acknowledgement);
    return item.delivery;
  }

  /** The bodies of the next deliveries, each answered `done`. */
  async bodies(count: number): Promise<string[]> {
    const bodies: string[] = [];
    while (bodies.length < count) bodies.push(Buffer.from((await this.take()).body).toString());
    return bodies;
  }

  async cancel(): Promise<void> {
    await this.#consumer?.cancel();
  }

  #receive(delivery: Delivery): Promise<Acknowledgement> {
    return new Promise((answer) => {
      const item: Item = { delivery, body: Buffer.from(delivery.body).toString(), answer };
      const taker = this.#takers.shift();
      if (taker === undefined) this.#items.push(item);
      else taker(item);
    });
  }
}
