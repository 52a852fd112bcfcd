/**
 * The bindings of one exchange, arranged for its type, so that finding those that match costs what it must.
 *
 * 1. direct: by key. fanout: all. topic: a trie. headers: each is asked.
 * 2. A table may give a binding more than once; routing takes each destination once.
 */
import type { Arguments, ExchangeType } from '../../config/topology.ts';
import { type HeadersMatch, headersMatch } from './headers-match.ts';
import type { MemoryExchange } from './memory-exchange.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { StoredMessage } from './queue-entry.ts';
import { TopicTrie } from './topic-trie.ts';

export interface Binding {
  readonly routingKey: string;
  readonly arguments: Arguments;
  readonly destination: MemoryQueue | MemoryExchange;
}

export interface BindingTable {
  add(binding: Binding): void;
  remove(binding: Binding): void;
  matches(message: StoredMessage): Iterable<Binding>;
}

class DirectTable implements BindingTable {
  private readonly byKey = new Map<string, Set<Binding>>();

  add(binding: Binding): void {
    const bindings = this.byKey.get(binding.routingKey) ?? new Set();
    this.byKey.set(binding.routingKey, bindings.add(binding));
  }

  remove(binding: Binding): void {
    const bindings = this.byKey.get(binding.routingKey);
    bindings?.delete(binding);
    if (bindings?.size === 0) this.byKey.delete(binding.routingKey);
  }

  matches(message: StoredMessage): Iterable<Binding> {
    return this.byKey.get(message.routingKey) ?? [];
  }
}

class FanoutTable implements BindingTable {
  private readonly bindings = new Set<Binding>();

  add(binding: Binding): void {
    this.bindings.add(binding);
  }

  remove(binding: Binding): void {
    this.bindings.delete(binding);
  }

  matches(): Iterable<Binding> {
    return this.bindings;
  }
}

class TopicTable implements BindingTable {
  private readonly trie = new TopicTrie<Binding>();

  add(binding: Binding): void {
    this.trie.add(binding.routingKey, binding);
  }

  remove(binding: Binding): void {
    this.trie.remove(binding.routingKey, binding);
  }

  matches(message: StoredMessage): Iterable<Binding> {
    return this.trie.matches(message.routingKey);
  }
}

class HeadersTable implements BindingTable {
  private readonly matchers = new Map<Binding, HeadersMatch>();

  add(binding: Binding): void {
    this.matchers.set(binding, headersMatch(binding.arguments));
  }

  remove(binding: Binding): void {
    this.matchers.delete(binding);
  }

  *matches(message: StoredMessage): Iterable<Binding> {
    for (const [binding, matches] of this.matchers)
      if (matches(message.properties.headers)) yield binding;
  }
}

export function bindingTable(type: ExchangeType): BindingTable {
  switch (type) {
    case 'direct':
      return new DirectTable();
    case 'fanout':
      return new FanoutTable();
    case 'topic':
      return new TopicTable();
    case 'headers':
      return new HeadersTable();
  }
}
