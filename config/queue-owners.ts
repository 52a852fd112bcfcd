/**
 * The services of a topology by the names under which their queues get messages: the names of the
 * queues, and the routing keys of their bindings. Pure.
 *
 * - Others' keys: the key for requests to an owner belongs to the owner. An owner that the config
 *   does not name is `''`.
 */
import type { ExchangeConfig } from './exchange-config.ts';
import { declaresOf } from './topology.ts';

export type QueueOwners = ReadonlyMap<string, string>;

export function queueOwnersOf(configs: readonly ExchangeConfig[]): QueueOwners {
  const names = [...configs.flatMap(othersNames), ...configs.flatMap(ownNames)];
  return new Map(names.filter(([name]) => name !== ''));
}

function othersNames({ subscribe }: ExchangeConfig): readonly (readonly [string, string])[] {
  return Object.values(subscribe).flatMap(({ publish, owner = '' }) =>
    publish.routingKeys.map((key) => [key, owner] as const),
  );
}

function ownNames(config: ExchangeConfig): readonly (readonly [string, string])[] {
  return declaresOf(config).flatMap(({ queues, bindings }) =>
    [...queues.map(({ name }) => name), ...bindings.map(({ routingKey }) => routingKey)].map(
      (name) => [name, config.svcName] as const,
    ),
  );
}
