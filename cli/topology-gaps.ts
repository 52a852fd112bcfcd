/**
 * Gaps in the topology of a set of configs: routing keys to which no queue is bound, and queues to
 * which no service publishes.
 *
 * Boundary: a pure function of configs. Services without a config here are not seen, though they
 * may use the same broker.
 *
 * - as-the-broker: a key is matched as the broker matches it: exactly, by topic pattern, or always
 *   on a fanout exchange. Matching on a headers exchange depends on the message, so there every
 *   binding counts.
 * - named-only: only the queues that a file names are checked. Reply queues and dead-letter queues
 *   are filled by answers and by the broker.
 */
import type { ExchangeConfig, PublishEntry } from '../config/exchange-config.ts';
import { shown } from '../config/shown.ts';
import { type BindingDeclaration, type ExchangeType, topologyOf } from '../config/topology.ts';
import { TopicTrie } from '../transports/memory/topic-trie.ts';

interface Publisher {
  /** File and JSON pointer. */
  readonly place: string;
  readonly entry: PublishEntry;
}

/** One line for each gap, with the file and the JSON pointer. */
export function topologyGaps(configs: readonly ExchangeConfig[]): readonly string[] {
  const publishers = configs.flatMap(publishersOf);
  const { bindings } = topologyOf(configs);
  return [
    ...keysWithoutQueue(publishers, bindings),
    ...queuesWithoutPublisher(configs, publishers, bindings),
  ];
}

function publishersOf({ file, publish, subscribe }: ExchangeConfig): Publisher[] {
  const entries = [
    ...Object.values(publish),
    ...Object.values(subscribe).map((subscription) => subscription.publish),
  ];
  return entries.map((entry) => ({ place: `${file} ${entry.pointer}`, entry }));
}

function keysWithoutQueue(
  publishers: readonly Publisher[],
  bindings: readonly BindingDeclaration[],
): string[] {
  const gaps = publishers.filter(({ entry }) => !bindings.some((binding) => leads(entry, binding)));
  return gaps.map(({ place, entry: { exchange, routingKey } }) => {
    const key = routingKey === '' ? '' : `routing key ${shown(routingKey)} of the `;
    return `${place}: no queue is bound to the ${key}exchange ${shown(exchange)}`;
  });
}

function queuesWithoutPublisher(
  configs: readonly ExchangeConfig[],
  publishers: readonly Publisher[],
  bindings: readonly BindingDeclaration[],
): string[] {
  const published = new Set(
    bindings
      .filter((binding) => publishers.some(({ entry }) => leads(entry, binding)))
      .map(({ queue }) => queue),
  );
  const consumed = configs.flatMap(({ file, consume }) =>
    Object.values(consume).map(({ pointer, queue }) => ({ place: `${file} ${pointer}`, queue })),
  );
  return consumed
    .filter(({ queue }) => !published.has(queue))
    .map(({ place, queue }) => `${place}: no service publishes to the queue ${shown(queue)}`);
}

/** Whether a message of the entry reaches the binding's queue. */
function leads({ exchange, type, routingKey }: PublishEntry, binding: BindingDeclaration): boolean {
  return binding.exchange === exchange && matches(type, binding.routingKey, routingKey);
}

function matches(type: ExchangeType, bindingKey: string, routingKey: string): boolean {
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
