/**
 * From an exchange and a message to the queues that get the message.
 *
 * 1. Each queue gets a message once, whatever the number of bindings; each exchange is visited
 *    once.
 * 2. An exchange uses its alternate exchange when none of its own bindings matches, whatever
 *    happens to the message further on.
 * 3. Routes are remembered by (exchange, routing key) until the topology changes, unless a headers
 *    exchange took part.
 */
import { MemoryExchange } from './memory-exchange.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { StoredMessage } from './stored-message.ts';

/** Node ids are routing keys, so the number of different keys has no bound. */
const rememberedRoutesMax = 4096;

interface Search {
  readonly queues: Set<MemoryQueue>;
  readonly seen: Set<MemoryExchange>;
}

export class Router {
  readonly #exchanges: ReadonlyMap<string, MemoryExchange>;
  #epoch = 1;

  constructor(exchanges: ReadonlyMap<string, MemoryExchange>) {
    this.#exchanges = exchanges;
  }

  /** Forgets every route: exchanges, queues or bindings have changed. */
  invalidate(): void {
    this.#epoch += 1;
  }

  route(exchange: MemoryExchange, message: StoredMessage): readonly MemoryQueue[] {
    if (exchange.routesEpoch !== this.#epoch) this.#forget(exchange);
    return exchange.routes.get(message.routingKey) ?? this.#search(exchange, message);
  }

  #forget(exchange: MemoryExchange): void {
    exchange.routes.clear();
    exchange.routesEpoch = this.#epoch;
  }

  #search(exchange: MemoryExchange, message: StoredMessage): readonly MemoryQueue[] {
    const search: Search = { queues: new Set(), seen: new Set([exchange]) };
    for (const visited of search.seen) this.#visit(visited, message, search);
    const queues = [...search.queues];
    if ([...search.seen].some((visited) => visited.declaration.type === 'headers')) return queues;
    if (exchange.routes.size >= rememberedRoutesMax) exchange.routes.clear();
    exchange.routes.set(message.routingKey, queues);
    return queues;
  }

  #visit(exchange: MemoryExchange, message: StoredMessage, search: Search): void {
    let matched = false;
    for (const { destination } of exchange.matches(message)) {
      matched = true;
      if (destination instanceof MemoryExchange) search.seen.add(destination);
      else search.queues.add(destination);
    }
    const alternate =
      matched || exchange.alternate === undefined
        ? undefined
        : this.#exchanges.get(exchange.alternate);
    if (alternate !== undefined) search.seen.add(alternate);
  }
}
