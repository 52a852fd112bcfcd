/**
 * A service played by a test, on whichever bench: it takes what is sent to it, and answers when it is told to.
 *
 * 1. It has a connection and a queue of its own, and sees of the protocol what is on the wire.
 */
import { consentHeaders } from '../../../actors/consent/saga-headers.ts';
import type { Delivery, Headers } from '../../../runtime/ports/envelope.ts';
import type { Ids } from '../../../runtime/ports/ids.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import type { Entity } from './entity-configs.ts';

/** What a peer needs of the bench it plays on. */
export interface PeerBench {
  readonly ids: Ids;
  /** A connection of its own to the broker. */
  transport(): Transport;
  /** What comes of it; rejects when that takes too long. */
  until<T>(work: Promise<T>): Promise<T>;
  /** Resolves when this subscriber stands on the node's list. */
  listed(nodeId: string, subscriber: string): Promise<void>;
}

export interface PeerOptions {
  readonly service: string;
  /** Whose exchange it listens to, and is asked through. */
  readonly exchange: Entity;
  /** Keys its queue is bound under, beside its name. */
  readonly keys?: readonly string[];
  /** Where it answers; default: the exchange it was asked through. */
  readonly answersOn?: string;
}

export interface Received {
  readonly action: string;
  readonly data: JsonObject;
  readonly headers: Headers;
  readonly messageId: string | undefined;
  readonly delivery: Delivery;
}

/** A service played by the test: takes what is sent to it and answers when it is told to. */
export class Peer {
  readonly received: Received[] = [];
  readonly #bench: PeerBench;
  readonly #options: PeerOptions;
  readonly #transport: Transport;
  /** Answers by action, given at once. */
  readonly #automatic = new Map<string, Json>();
  #taken = 0;
  #onReceived: () => void = () => undefined;

  constructor(bench: PeerBench, options: PeerOptions) {
    this.#bench = bench;
    this.#options = options;
    this.#transport = bench.transport();
  }

  get queue(): string {
    return `${this.#options.service}_queue`;
  }

  async open(): Promise<void> {
    const { service, exchange, keys = [], answersOn } = this.#options;
    const { queue } = this;
    const lasting = { durable: true, autoDelete: false, declare: true, arguments: {} };
    const names = [...new Set([exchange, answersOn ?? exchange])];
    await this.#transport.open({
      exchanges: names.map((name) => ({ name, type: 'direct' as const, ...lasting })),
      queues: [
        { name: queue, exclusive: false, ...lasting, arguments: { 'x-queue-type': 'quorum' } },
      ],
      bindings: [service, ...keys].map((routingKey) => ({
        exchange,
        queue,
        routingKey,
        arguments: {},
      })),
    });
    await this.#transport.consume(queue, { prefetch: 0 }, async (delivery) => {
      await this.#take(delivery);
      return 'done';
    });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** From now on answers such messages at once, or (without an answer) leaves them to the test. */
  always(action: string, body: Json | undefined): void {
    if (body === undefined) this.#automatic.delete(action);
    else this.#automatic.set(action, body);
  }

  /** The next message of this action, waited for. */
  async next(action: string): Promise<Received> {
    try {
      return await this.#bench.until(this.#arrival(action));
    } catch (error) {
      const received = this.received.map((one) => one.action).join(', ') || 'nothing';
      throw new Error(`${this.#options.service} got no '${action}', but ${received}`, {
        cause: error,
      });
    }
  }

  async #arrival(action: string): Promise<Received> {
    for (;;) {
      const index = this.received.findIndex(
        (one, at) => at >= this.#taken && one.action === action,
      );
      const found = this.received[index];
      if (found !== undefined) {
        this.#taken = index + 1;
        return found;
      }
      await new Promise<void>((resolve) => {
        this.#onReceived = resolve;
      });
    }
  }

  async answer({ delivery }: Received, body: Json): Promise<void> {
    const { replyTo = '', correlationId } = delivery.properties;
    await this.#publish(
      this.#options.answersOn ?? delivery.exchange,
      replyTo,
      body,
      correlationId === undefined ? {} : { correlationId },
    );
  }

  /** Subscribes in the seed's one-way form, without a word of the protocol. */
  async subscribeOld(nodeId: string, routingKey?: string): Promise<void> {
    const data =
      routingKey === undefined
        ? { service: this.#options.service, subscribe_to_id: [nodeId] }
        : { routing_key: routingKey, id: [nodeId] };
    await this.#send({ action: 'subscribe', data });
    await this.#bench.listed(nodeId, routingKey ?? this.#options.service);
  }

  /** Subscribes as a new peer that does not wait for the answer. */
  async subscribe(nodeId: string): Promise<void> {
    const headers = { 'consent-protocol': 2, 'consent-generation': 1 };
    await this.#send(
      { action: 'subscribe', data: { service: this.#options.service, subscribe_to_id: [nodeId] } },
      headers,
    );
    await this.#bench.listed(nodeId, this.#options.service);
  }

  /** A message of an owner to a voter, as this peer's exchange gives it. */
  async tell(
    voter: string,
    action: string,
    nodeId: string | readonly string[],
    saga?: string,
  ): Promise<void> {
    const headers =
      saga === undefined ? {} : consentHeaders({ saga, epoch: 1, hops: 1, deadlineMs: 10_000 });
    const replyTo = `${this.#options.service}`;
    const id = this.#bench.ids.next();
    await this.#publish(
      this.#options.exchange,
      voter,
      { action, data: { id: nodeId } },
      { headers, replyTo, correlationId: id, ...(saga === undefined ? {} : { messageId: id }) },
    );
  }

  async #send(body: Json, headers: Headers = {}): Promise<void> {
    await this.#publish(
      this.#options.exchange,
      `${this.#options.exchange}_model_crud_consume`,
      body,
      { headers },
    );
  }

  async #publish(
    exchange: string,
    routingKey: string,
    body: Json,
    properties: object,
  ): Promise<void> {
    const message = {
      exchange,
      routingKey,
      mandatory: false,
      body: Buffer.from(JSON.stringify(body)),
    };
    await this.#transport.publish({
      ...message,
      properties: { persistent: true, contentType: 'application/json', ...properties },
    });
  }

  async #take(delivery: Delivery): Promise<void> {
    const body = JSON.parse(Buffer.from(delivery.body).toString('utf8')) as JsonObject;
    // Answers to what it has asked itself carry no action.
    const action = typeof body['action'] === 'string' ? body['action'] : 'answer';
    const data = (action === 'answer' ? body : body['data']) as JsonObject;
    const { headers = {}, messageId, replyTo } = delivery.properties;
    const received = { action, data, headers, messageId, delivery };
    this.received.push(received);
    this.#onReceived();
    const automatic = this.#automatic.get(action);
    if (automatic !== undefined && replyTo !== undefined) await this.answer(received, automatic);
  }
}
