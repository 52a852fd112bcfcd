/**
 * The bindings of an exchange, arranged so that an exchange of its type finds the matching bindings
 * fastest.
 *
 * - A direct exchange looks a routing key up in a map, a topic exchange in a trie. A fanout
 *   exchange matches all bindings. A headers exchange compares the headers with each binding.
 * - A table may name a binding more than once; routing takes each destination once.
 */
import type { Arguments, ExchangeType } from '../../config/topology.ts';
import { type HeadersMatch, headersMatch } from './headers-match.ts';
import type { StoredMessage } from './stored-message.ts';
import { TopicTrie } from './topic-trie.ts';

/** The part of a binding that routing uses. */
export interface Matcher {
  readonly routingKey: string;
  readonly arguments: Arguments;
}

export interface BindingTable<Binding extends Matcher> {
  add(binding: Binding): void;
  remove(binding: Binding): void;
  matches(message: StoredMessage): Iterable<Binding>;
}

class DirectTable<Binding extends Matcher> implements BindingTable<Binding> {
  readonly #byKey = new Map<string, Set<Binding>>();

  add(binding: Binding): void {
    const bindings = this.#byKey.get(binding.routingKey) ?? new Set();
    this.#byKey.set(binding.routingKey, bindings.add(binding));
  }

  remove(binding: Binding): void {
    const bindings = this.#byKey.get(binding.routingKey);
    bindings?.delete(binding);
    if (bindings?.size === 0) this.#byKey.delete(binding.routingKey);
  }

  matches(message: StoredMessage): Iterable<Binding> {
    return this.#byKey.get(message.routingKey) ?? [];
  }
}

class FanoutTable<Binding extends Matcher> implements BindingTable<Binding> {
  readonly #bindings = new Set<Binding>();

  add(binding: Binding): void {
    this.#bindings.add(binding);
  }

  remove(binding: Binding): void {
    this.#bindings.delete(binding);
  }

  matches(): Iterable<Binding> {
    return this.#bindings;
  }
}

class TopicTable<Binding extends Matcher> implements BindingTable<Binding> {
  readonly #trie = new TopicTrie<Binding>();

  add(binding: Binding): void {
    this.#trie.add(binding.routingKey, binding);
  }

  remove(binding: Binding): void {
    this.#trie.remove(binding.routingKey, binding);
  }

  matches(message: StoredMessage): Iterable<Binding> {
    return this.#trie.matches(message.routingKey);
  }
}

class HeadersTable<Binding extends Matcher> implements BindingTable<Binding> {
  readonly #matchers = new Map<Binding, HeadersMatch>();

  add(binding: Binding): void {
    this.#matchers.set(binding, headersMatch(binding.arguments));
  }

  remove(binding: Binding): void {
    this.#matchers.delete(binding);
  }

  *matches(message: StoredMessage): Iterable<Binding> {
    for (const [binding, matches] of this.#matchers)
      if (matches(message.properties.headers)) yield binding;
  }
}

export function bindingTable<Binding extends Matcher>(type: ExchangeType): BindingTable<Binding> {
  switch (type) {
    case 'direct':
      return new DirectTable();
    case 'fanout':
      return new FanoutTable();
    case 'topic':
      return new TopicTable();
    case 'headers':
      return new HeadersTable();
    default:
      return type satisfies never;
  }
}
