/**
 * The connections of a client in a process whose services have different users.
 *
 * - As the service: a message to a service of the process goes out as the user of the service. So a
 *   client needs no right beyond those of the services.
 * - One queue: answers come over the first connection. A service to whose exchange the queue is not
 *   bound sends its answer straight to the queue.
 */
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { topologyOf } from '../config/topology.ts';
import type { Delivery, OutgoingMessage } from '../runtime/ports/envelope.ts';
import type {
  Acknowledgement,
  Addressing,
  BrokerObjects,
  ConsumeOptions,
  Consumer,
  PublishOutcome,
  Transport,
} from '../runtime/ports/transport.ts';

/** A connection, and the configs of the services with its user. */
export interface UserConnection {
  readonly transport: Transport;
  readonly configs: readonly ExchangeConfig[];
}

export class ClientConnections implements Transport {
  readonly addressing: Addressing;
  readonly #first: UserConnection;
  readonly #others: readonly UserConnection[];
  readonly #byPlace: ReadonlyMap<string, Transport>;

  constructor(first: UserConnection, others: readonly UserConnection[]) {
    this.addressing = first.transport.addressing;
    this.#first = first;
    this.#others = others;
    this.#byPlace = new Map(
      [first, ...others].flatMap(({ transport, configs }) =>
        configs.flatMap(placesOf).map((place) => [place, transport] as const),
      ),
    );
  }

  /** Declares the objects of each user's services over the user's connection. */
  async open(objects: BrokerObjects): Promise<void> {
    await this.#first.transport.open(objects);
    for (const { transport, configs } of this.#others) await transport.open(topologyOf(configs));
  }

  publish(message: OutgoingMessage): Promise<PublishOutcome> {
    const own = this.#byPlace.get(placeOf(message));
    return (own ?? this.#first.transport).publish(message);
  }

  consume(
    queue: string,
    options: ConsumeOptions,
    handler: (delivery: Delivery) => Promise<Acknowledgement>,
  ): Promise<Consumer> {
    return this.#first.transport.consume(queue, options, handler);
  }

  async close(): Promise<void> {
    const all = [this.#first, ...this.#others];
    await Promise.all(all.map(({ transport }) => transport.close()));
  }
}

/** Where the service takes messages. */
function placesOf({ consume }: ExchangeConfig): readonly string[] {
  return Object.values(consume).flatMap(({ exchange, routingKeys }) =>
    routingKeys.map((routingKey) => placeOf({ exchange, routingKey })),
  );
}

function placeOf({ exchange, routingKey }: Pick<OutgoingMessage, 'exchange' | 'routingKey'>) {
  return JSON.stringify([exchange, routingKey]);
}
