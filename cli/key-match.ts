/** How a broker matches the routing key of a message with the key of a binding. */
import type { ExchangeType } from '../config/topology.ts';
import { TopicTrie } from '../transports/memory/topic-trie.ts';

/** On a headers exchange the match depends on the message, so every binding counts. */
export function matchesKey(type: ExchangeType, bindingKey: string, routingKey: string): boolean {
  switch (type) {
    case 'fanout':
    case 'headers':
      return true;
    case 'direct':
      return bindingKey === routingKey;
    case 'topic': {
      const trie = new TopicTrie<string>();
      trie.add(bindingKey, bindingKey);
      return trie.matches(routingKey).size > 0;
    }
    default:
      return type satisfies never;
  }
}
