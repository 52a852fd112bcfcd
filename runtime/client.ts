/**
 * A caller that is no actor: the command line, the demo, a test, a gateway. It publishes, and waits in memory for answers.
 *
 * 1. Its reply queue is its own, exclusive and gone with its connection.
 * 2. A request that is not answered in time rejects with `timed-out`; what it asked for may still happen.
 */

import type { Topology } from '../config/topology.ts';
import { addressId } from './address.ts';
import type { Clock } from './clock.ts';
import { decodeBody, encodeBody } from './codec.ts';
import type { Destination } from './effects.ts';
import type { Delivery } from './envelope.ts';
import { Refused, Transient } from './errors.ts';
import type { Ids } from './ids.ts';
import type { Json } from './json.ts';
import type { Acknowledgement, Consumer, Transport } from './transport.ts';

export interface ClientOptions {
  readonly transport: Transport;
  readonly name: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timeoutMs?: number;
}

export interface RequestOptions {
  /** Identity: the same request under the same id is done once. Default: a new one. */
  readonly messageId?: string;
  readonly timeoutMs?: number;
}

const limits = { bodyBytes: 64 * 1024 * 1024, depth: 128, keys: 10_000_000 };

export class Client {
  readonly #options: ClientOptions;
  readonly #queue: string;
  readonly #waiting = new Map<string, (answer: Json) => void>();
  #consumer: Consumer | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#queue = `${options.name}.${options.ids.next()}`;
  }

  /** Connects and makes the reply queue; `topology` names what it publishes to, if that is not there yet. */
  async open(topology: Topology = { exchanges: [], queues: [], bindings: [] }): Promise<void> {
    const queue = { name: this.#queue, durable: false, exclusive: true, autoDelete: true, declare: true, arguments: {} };
    await this.#options.transport.open({ ...topology, queues: [...topology.queues, queue] });
    this.#consumer = await this.#options.transport.consume(this.#queue, { prefetch: 0 }, (delivery) => this.#take(delivery));
  }

  async close(): Promise<void> {
    await this.#consumer?.cancel();
    await this.#options.transport.close();
  }

  /** Publishes and waits for the answer's body. */
  async request(to: Destination, body: Json, { messageId = this.#options.ids.next(), timeoutMs }: RequestOptions = {}): Promise<Json> {
    const correlationId = this.#options.ids.next();
    const answer = this.#wait(
      correlationId,
      timeoutMs ?? this.#options.timeoutMs ?? 30_000,
      addressId({ service: to.exchange, machine: to.routingKey, key: '' }),
    );
    const outcome = await this.#publish(to, body, { messageId, correlationId, replyTo: this.#queue }, true);
    if (!outcome) {
      this.#waiting.delete(correlationId);
      throw new Transient('not-reachable', `nobody takes messages for '${to.routingKey}' on the exchange '${to.exchange}'`);
    }
    return answer;
  }

  /** Publishes without asking for an answer; resolves when the transport has taken it. */
  async send(to: Destination, body: Json, { messageId = this.#options.ids.next() }: RequestOptions = {}): Promise<void> {
    await this.#publish(to, body, { messageId }, false);
  }

  async #publish(
    to: Destination,
    body: Json,
    more: { messageId: string; correlationId?: string; replyTo?: string },
    mandatory: boolean,
  ): Promise<boolean> {
    const properties = { contentType: 'application/json', appId: this.#options.name, persistent: true, ...more };
    const outcome = await this.#options.transport.publish({ ...to, mandatory, properties, body: encodeBody(body) });
    return outcome.kind === 'confirmed';
  }

  #wait(correlationId: string, timeoutMs: number, where: string): Promise<Json> {
    const answer = new Promise<Json>((resolve, reject) => {
      const cancel = this.#options.clock.after(timeoutMs, () => {
        this.#waiting.delete(correlationId);
        reject(new Transient('timed-out', `no answer from ${where} within ${timeoutMs} ms`));
      });
      this.#waiting.set(correlationId, (body) => {
        cancel();
        resolve(body);
      });
    });
    answer.catch(() => undefined);
    return answer;
  }

  async #take(delivery: Delivery): Promise<Acknowledgement> {
    const { correlationId = '' } = delivery.properties;
    const resolve = this.#waiting.get(correlationId);
    this.#waiting.delete(correlationId);
    try {
      resolve?.(decodeBody(delivery, limits));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
    return 'done';
  }
}
