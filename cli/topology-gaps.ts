/**
 * Gaps in the topology of a set of configs: messages that reach no queue although a service of the
 * set reads from their exchange, so that a routing key is likely misspelt; and the gaps of
 * subscriptions.
 *
 * Boundary: a pure function of configs. Services and clients without a config are not seen, though
 * they may use the same broker. So an exchange without a reader in the set has no gap, and a queue
 * without a publisher in the set is no gap: clients publish to the queue.
 *
 * - as-the-broker: a key is matched as the broker matches it: exactly, by topic pattern, or always
 *   on a fanout exchange. Matching on a headers exchange depends on the message, so there every
 *   binding counts.
 * - facts: the announcements of a service (`publish.main`) need no reader.
 */
import type { ConfigIssue } from '../config/config-error.ts';
import type { ExchangeConfig, PublishEntry, SubscribeEntry } from '../config/exchange-config.ts';
import { shown } from '../config/shown.ts';
import { type BindingDeclaration, topologyOf } from '../config/topology.ts';
import { matchesKey } from './key-match.ts';
import { subscriptionGaps } from './subscription-gaps.ts';

interface Publisher {
  /** File and JSON pointer. */
  readonly place: string;
  readonly entry: PublishEntry;
}

/**
 * The requests of subscriptions that certainly reach nobody: the owner is one of the configs, reads
 * from the exchange, and neither the owner nor another config binds the key.
 */
export function lostRequests(configs: readonly ExchangeConfig[]): readonly ConfigIssue[] {
  const { bindings } = topologyOf(configs);
  return configs.flatMap(({ file, subscribe }) =>
    Object.values(subscribe).flatMap((subscription) => {
      const { publish } = subscription;
      const owner = certainOwner(subscription, configs);
      const keys = owner && readKeys([owner]).get(publish.exchange);
      if (keys === undefined || bindings.some((binding) => leads(publish, binding))) return [];
      const found = `${shown(publish.routingKey)}, to which no queue is bound`;
      const bound = [...keys].sort().map((key) => shown(key));
      const allowed = `the keys under which ${owner?.svcName} takes requests: ${bound.join(', ')}`;
      return [{ file, pointer: `${publish.pointer}/routing_key`, found, allowed }];
    }),
  );
}

/** The owner that the subscription names, or whose facts the subscription takes. */
function certainOwner(
  { owner, consume }: SubscribeEntry,
  configs: readonly ExchangeConfig[],
): ExchangeConfig | undefined {
  if (owner !== undefined) return configs.find(({ svcName }) => svcName === owner);
  return configs.find(({ publish: { main } }) =>
    consume.bindings.some((binding) => main !== undefined && leads(main, binding)),
  );
}

/**
 * One line for each gap, with the file and the JSON pointer. `without`: issues that are told
 * elsewhere.
 */
export function topologyGaps(
  configs: readonly ExchangeConfig[],
  without: readonly ConfigIssue[] = [],
): readonly string[] {
  const { bindings } = topologyOf(configs);
  const read = readKeys(configs);
  const told = new Set(without.map(({ file, pointer }) => `${file} ${pointer}`));
  const unbound = configs
    .flatMap(publishersOf)
    .filter(({ place }) => !told.has(`${place}/routing_key`))
    .filter(({ entry }) => read.has(entry.exchange))
    .filter(({ entry }) => !bindings.some((binding) => leads(entry, binding)))
    .map(({ place, entry: { exchange, routingKey } }) => {
      const key = routingKey === '' ? '' : `routing key ${shown(routingKey)} of the `;
      const keys = [...(read.get(exchange) ?? [])].sort().map((each) => shown(each));
      return `${place}: no queue is bound to the ${key}exchange ${shown(exchange)}; bound are ${keys.join(', ')}`;
    });
  return [...unbound, ...subscriptionGaps(configs)];
}

/** The routing keys that services read, by exchange. */
function readKeys(configs: readonly ExchangeConfig[]): ReadonlyMap<string, ReadonlySet<string>> {
  const keys = new Map<string, Set<string>>();
  const consumed = configs.flatMap(({ consume }) => Object.values(consume));
  for (const { exchange, routingKey } of consumed.flatMap(({ bindings }) => bindings))
    keys.set(exchange, new Set([...(keys.get(exchange) ?? []), routingKey]));
  return keys;
}

function publishersOf({ file, publish, subscribe }: ExchangeConfig): Publisher[] {
  const { main: _facts, ...other } = publish;
  const entries = [
    ...Object.values(other),
    ...Object.values(subscribe).map((subscription) => subscription.publish),
  ];
  return entries.map((entry) => ({ place: `${file} ${entry.pointer}`, entry }));
}

/** Whether a message of the entry reaches the binding's queue. */
function leads({ exchange, type, routingKey }: PublishEntry, binding: BindingDeclaration): boolean {
  return binding.exchange === exchange && matchesKey(type, binding.routingKey, routingKey);
}
