/**
 * The settings of the consent actors, in the terms of the protocol. Made once per service, from the exchange config alone.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { Destination } from '../../runtime/step/effects.ts';

/** An entity that nodes of this service depend on. */
export type Upstream = {
  readonly entity: string;
  readonly objectClass: string;
  /** The owner takes `subscribe`, `unsubscribe` and inquiries under this exchange and key. */
  readonly owner: Destination;
  /** The exchange through which the questions of the owner come. */
  readonly exchange: string;
};

export type ConsentSettings = {
  readonly service: string;
  readonly objectClass: string;
  readonly baseNode: string;
  readonly systemNode: boolean;
  readonly parentClasses: readonly string[];
  /** The service's main exchange with its broadcast key. */
  readonly main: Destination;
  /** The exchange and key under which this service takes messages, also those of its own actors to each other. */
  readonly own: Destination;
  readonly upstreams: readonly Upstream[];
  readonly references: readonly {
    readonly attribute: string;
    readonly entity: string;
    readonly onDelete: 'refuse' | 'delete';
  }[];
  /** The time for all rounds of a vote at the root. */
  readonly voteDeadlineMs: number;
  /** The time between the first `no` and the end of the vote, for further refusals. */
  readonly graceMs: number;
};

export const voteDeadlineMs = 10_000;
export const refusalGraceMs = 100;

function problem(config: ExchangeConfig, pointer: string, message: string): never {
  throw new Broken('config-invalid', `${config.file}: ${pointer} ${message}`, { at: pointer });
}

function upstreamsOf(
  config: ExchangeConfig,
  ownClass: string,
  parentClasses: readonly string[],
): readonly Upstream[] {
  const entities = Object.entries(config.subscribe);
  const foreignParents = parentClasses.filter((name) => name !== ownClass);
  return entities.map(([entity, { publish, consume, class: given }]) => {
    const only =
      entities.length === 1 && foreignParents.length === 1 ? foreignParents[0] : undefined;
    const objectClass =
      given ??
      only ??
      problem(
        config,
        `/subscribe/${entity}/class`,
        'is missing: it names the class of the nodes of this entity',
      );
    return {
      entity,
      objectClass,
      owner: { exchange: publish.exchange, routingKey: publish.routingKey },
      exchange: consume.exchange,
    };
  });
}

/** Throws `Broken('config-invalid')` and names the part of the config that is missing or wrong. */
export function consentSettings(config: ExchangeConfig): ConsentSettings {
  const { hierarchy } = config;
  if (hierarchy === undefined)
    return problem(config, '/hierarchy', 'is missing: a service that keeps nodes needs it');
  const main =
    config.publish['main'] ??
    problem(config, '/publish/main', 'is missing: facts and questions go to this exchange');
  const own =
    config.consume['main'] ??
    problem(config, '/consume/main', 'is missing: requests and questions come to this queue');
  const upstreams = upstreamsOf(config, hierarchy.class, hierarchy.parentClasses);
  const entities = new Set(upstreams.map(({ entity }) => entity));
  const references = Object.entries(hierarchy.references).map(
    ([attribute, { entity, onDelete }]) => {
      if (!entities.has(entity))
        problem(
          config,
          `/hierarchy/references/${attribute}/entity`,
          `names '${entity}'; subscribed are ${[...entities].join(', ')}`,
        );
      return { attribute, entity, onDelete };
    },
  );
  return {
    service: config.svcName,
    objectClass: hierarchy.class,
    baseNode: hierarchy.node,
    systemNode: hierarchy.createSysNode,
    parentClasses: hierarchy.parentClasses,
    main: { exchange: main.exchange, routingKey: main.routingKey },
    own: { exchange: own.exchange, routingKey: own.routingKeys[0] ?? '' },
    upstreams,
    references,
    voteDeadlineMs,
    graceMs: refusalGraceMs,
  };
}
