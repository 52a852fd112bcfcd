/**
 * Counts of this process: turns, messages and dead letters of each service, and messages on each
 * edge of the graph. One counter watches all turns of a deployment.
 *
 * - by topology: a published message reaches the services whose queues have a matching binding to
 *   its exchange. The broker's work between publish and delivery is not seen.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { Draft } from '../../runtime/ports/draft.ts';
import type { OutboxRow, TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { ServiceCounts, Traffic } from './contract.ts';
import { edgeId } from './exchange-graph.ts';

const none: ServiceCounts = { turns: 0, handled: 0, sent: 0, deadLetters: 0 };

export class TrafficCounter {
  readonly #services = new Map<string, Draft<ServiceCounts>>();
  readonly #edges = new Map<string, number>();
  /** Names of services by exchange and routing key. */
  #receivers: ReadonlyMap<string, readonly string[]> = new Map();

  /** Called once, when the services are known. */
  know(configs: readonly ExchangeConfig[]): void {
    const receivers = new Map<string, string[]>();
    for (const { svcName, consume, subscribe, replyQueue, replyExchanges, implied } of configs) {
      const entries = [
        ...Object.values(consume),
        ...Object.values(subscribe).map((entry) => entry.consume),
        ...replyExchanges,
        ...implied,
      ];
      for (const { bindings } of entries)
        for (const { exchange, queue, routingKey } of bindings)
          if (queue === replyQueue || isOwn(queue, consume))
            addTo(receivers, receiverKey(exchange, routingKey), svcName);
    }
    this.#receivers = receivers;
  }

  /** All turns of all services. */
  get turns(): number {
    return [...this.#services.values()].reduce((sum, { turns }) => sum + turns, 0);
  }

  readonly count = (turns: readonly TurnCommit[]): void => {
    for (const { address, inbox, outbox, deadLetters } of turns) {
      const counts = this.#countsOf(address.service);
      counts.turns += 1;
      counts.handled += inbox.length;
      counts.sent += outbox.length;
      counts.deadLetters += deadLetters.length;
      for (const row of outbox) this.#countMessage(row);
    }
  };

  traffic(atMs: number): Traffic {
    return {
      atMs,
      services: Object.fromEntries(
        [...this.#services].map(([name, counts]) => [name, { ...counts }]),
      ),
      edges: Object.fromEntries(this.#edges),
    };
  }

  #countMessage({ address, exchange, routingKey }: OutboxRow): void {
    this.#countEdge('publishes', address.service, exchange);
    for (const service of this.#receivers.get(receiverKey(exchange, routingKey)) ?? [])
      this.#countEdge('delivers', service, exchange);
  }

  #countEdge(kind: 'publishes' | 'delivers', service: string, exchange: string): void {
    const id = edgeId({ kind, service, exchange });
    this.#edges.set(id, (this.#edges.get(id) ?? 0) + 1);
  }

  #countsOf(service: string): Draft<ServiceCounts> {
    const known = this.#services.get(service) ?? { ...none };
    this.#services.set(service, known);
    return known;
  }
}

function isOwn(queue: string, consume: ExchangeConfig['consume']): boolean {
  return Object.values(consume).some((entry) => entry.queue === queue);
}

function receiverKey(exchange: string, routingKey: string): string {
  return JSON.stringify([exchange, routingKey]);
}

function addTo(map: Map<string, string[]>, key: string, service: string): void {
  const known = map.get(key) ?? [];
  if (!known.includes(service)) map.set(key, [...known, service]);
}
