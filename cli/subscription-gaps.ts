/**
 * Gaps of a set of configs: subscriptions that do not lead to the owner of the entity or back from
 * it, services that take each other's requests, and voters that no config has.
 *
 * Boundary: a pure function of configs, as for `topologyGaps`. A subscription to an owner outside
 * the set has no gap.
 *
 * - owner: the service that the subscription names; else the service that takes its requests; else
 *   the service whose facts the subscription takes.
 * - facts: several services may bind the key of a fact.
 */
import type {
  ConsumeEntry,
  ExchangeConfig,
  PublishEntry,
  SubscribeEntry,
} from '../config/exchange-config.ts';
import { nearestName } from '../config/nearest-name.ts';
import { shown } from '../config/shown.ts';
import type { Declares } from '../config/topology.ts';
import { matchesKey } from './key-match.ts';

/** One line for each gap, with the file and the JSON pointer. */
export function subscriptionGaps(configs: readonly ExchangeConfig[]): readonly string[] {
  const ofSubscriptions = configs.flatMap((config) => {
    const others = configs.filter((other) => other !== config);
    return Object.values(config.subscribe)
      .flatMap((subscription) => gapsOf(subscription, others))
      .map(({ pointer, problem }) => `${config.file} ${pointer}: ${problem}`);
  });
  return [...ofSubscriptions, ...sharedAddresses(configs), ...unknownVoters(configs)];
}

/** The services that are always asked and have no config in a set of several. */
function unknownVoters(configs: readonly ExchangeConfig[]): readonly string[] {
  if (configs.length < 2) return [];
  const names = new Set(configs.map(({ svcName }) => svcName));
  return configs.flatMap(({ file, consent: { alwaysAsk } }) =>
    alwaysAsk
      .filter((name) => !names.has(name))
      .map(
        (name) =>
          `${file} /consent/always_ask: found ${shown(name)}, which is no service of these configs; deletions wait for its answer`,
      ),
  );
}

type Gap = { readonly pointer: string; readonly problem: string };

function gapsOf(subscription: SubscribeEntry, others: readonly ExchangeConfig[]): readonly Gap[] {
  const { publish, consume, owner: name } = subscription;
  const owner =
    others.find(({ svcName }) => svcName === name) ??
    others.find((other) => consumed(other).some((entry) => leads(publish, entry))) ??
    others.find(({ publish: { main } }) => main !== undefined && leads(main, consume));
  if (owner !== undefined) return [...requestGap(publish, owner), ...factGap(consume, owner)];
  return name === undefined ? misspelt(publish, others) : [];
}

function requestGap({ pointer, exchange }: PublishEntry, owner: ExchangeConfig): Gap[] {
  const exchanges = exchangesOf([owner]);
  if (exchanges.length === 0 || exchanges.includes(exchange)) return [];
  const read = exchanges.map((each) => shown(each)).join(', ');
  const problem = `found the exchange ${shown(exchange)}; the owner ${shown(owner.svcName)} takes requests from ${read}`;
  return [{ pointer, problem }];
}

function factGap(consume: Declares, { svcName, publish }: ExchangeConfig): Gap[] {
  const facts = publish['main'];
  if (facts === undefined || leads(facts, consume)) return [];
  const keys = facts.routingKeys.map((each) => shown(each)).join(', ');
  const key = keys === '' ? '' : ` with the routing key ${keys}`;
  const problem = `no fact of the owner ${shown(svcName)} comes here; facts go to the exchange ${shown(facts.exchange)}${key}`;
  return [{ pointer: consume.pointer, problem }];
}

function misspelt({ pointer, exchange }: PublishEntry, others: readonly ExchangeConfig[]): Gap[] {
  const exchanges = exchangesOf(others);
  const near = exchanges.includes(exchange) ? undefined : nearestName(exchange, exchanges);
  if (near === undefined) return [];
  const problem = `no service takes requests from the exchange ${shown(exchange)}, did you mean ${shown(near)}?`;
  return [{ pointer, problem }];
}

/** The exchanges from which the services take requests. */
function exchangesOf(configs: readonly ExchangeConfig[]): readonly string[] {
  const bindings = configs.flatMap(consumed).flatMap((entry) => entry.bindings);
  return [...new Set(bindings.map(({ exchange }) => exchange))].sort();
}

function consumed({ consume }: ExchangeConfig): readonly ConsumeEntry[] {
  return Object.values(consume);
}

/** Whether a message of the publisher, under any of its keys, reaches the queue of the entry. */
function leads({ exchange, type, routingKey, routingKeys }: PublishEntry, to: Declares): boolean {
  const keys = routingKeys.length === 0 ? [routingKey] : routingKeys;
  return to.bindings.some(
    (binding) =>
      binding.exchange === exchange &&
      keys.some((key) => matchesKey(type, binding.routingKey, key)),
  );
}

/** Services with the same address: a request to one of them is also done by the others. */
function sharedAddresses(configs: readonly ExchangeConfig[]): readonly string[] {
  const mains = configs.flatMap((config) => {
    const { main } = config.consume;
    return main?.type === 'direct' ? [{ config, main }] : [];
  });
  const facts = configs.flatMap(({ publish: { main } }) => (main === undefined ? [] : [main]));
  return mains.flatMap(({ config, main }, at) =>
    main.bindings
      .filter(
        ({ exchange, routingKey }) => !facts.some((fact) => isFact(fact, exchange, routingKey)),
      )
      .flatMap(({ exchange, routingKey }) => {
        const first = mains
          .slice(0, at)
          .find(({ main: other }) =>
            other.bindings.some(
              (one) => one.exchange === exchange && one.routingKey === routingKey,
            ),
          );
        return first === undefined
          ? []
          : [
              `${config.file} ${main.pointer}: requests under the routing key ${shown(routingKey)} of the exchange ${shown(exchange)} also go to the service ${shown(first.config.svcName)} (${first.config.file} ${first.main.pointer})`,
            ];
      }),
  );
}

function isFact({ exchange, routingKeys }: PublishEntry, of: string, routingKey: string): boolean {
  return exchange === of && routingKeys.includes(routingKey);
}
