/**
 * What hangs in the air between the files of a system: routing keys nobody is bound to, queues nobody feeds.
 *
 * Boundary: a pure function of configs. It sees what the files say; whoever else uses the broker, it does not see.
 * 1. A key is matched as the broker would match it: exactly, by topic pattern, or not at all on a fanout exchange. What a headers
 *    exchange would do depends on the message, so any binding counts there.
 * 2. Reply and dead-letter queues are fed by answers and by the broker; only the queues a file names are looked at.
 */
import type { ExchangeConfig, PublishEntry } from '../config/exchange-config.ts';
import { shown } from '../config/shown.ts';
import { type BindingDeclaration, type ExchangeType, topologyOf } from '../config/topology.ts';
import { TopicTrie } from '../transports/memory/topic-trie.ts';

interface Publisher {
  readonly place: string;
  readonly entry: PublishEntry;
}

function publishersOf({ file, publish, subscribe }: ExchangeConfig): Publisher[] {
  const entries = [
    ...Object.values(publish),
    ...Object.values(subscribe).map((subscription) => subscription.publish),
  ];
  return entries.map((entry) => ({ place: `${file} ${entry.pointer}`, entry }));
}

function matches(type: ExchangeType, bindingKey: string, routingKey: string): boolean {
  if (type === 'fanout' || type === 'headers') return true;
  if (type === 'direct') return bindingKey === routingKey;
  const trie = new TopicTrie<string>();
  trie.add(bindingKey, bindingKey);
  return trie.matches(routingKey).size > 0;
}

function takes(binding: BindingDeclaration, { exchange, type, routingKey }: PublishEntry): boolean {
  return binding.exchange === exchange && matches(type, binding.routingKey, routingKey);
}

function unboundKeys(
  publishers: readonly Publisher[],
  bindings: readonly BindingDeclaration[],
): string[] {
  const unheard = publishers.filter(
    ({ entry }) => !bindings.some((binding) => takes(binding, entry)),
  );
  return unheard.map(({ place, entry: { exchange, routingKey } }) => {
    const where = `exchange ${shown(exchange)}`;
    return `${place}: nobody is bound to the ${routingKey === '' ? where : `routing key ${shown(routingKey)} of the ${where}`}`;
  });
}

function unfedQueues(
  configs: readonly ExchangeConfig[],
  publishers: readonly Publisher[],
  bindings: readonly BindingDeclaration[],
): string[] {
  const fed = new Set(
    bindings
      .filter((binding) => publishers.some(({ entry }) => takes(binding, entry)))
      .map(({ queue }) => queue),
  );
  const read = configs.flatMap(({ file, consume }) =>
    Object.values(consume).map(({ pointer, queue }) => ({ place: `${file} ${pointer}`, queue })),
  );
  return read
    .filter(({ queue }) => !fed.has(queue))
    .map(({ place, queue }) => `${place}: nobody feeds the queue ${shown(queue)}`);
}

/** One line each, with the file and the JSON pointer. */
export function looseEnds(configs: readonly ExchangeConfig[]): readonly string[] {
  const publishers = configs.flatMap(publishersOf);
  const { bindings } = topologyOf(configs);
  return [...unboundKeys(publishers, bindings), ...unfedQueues(configs, publishers, bindings)];
}
