/**
 * What the consent actors need of a service's exchange config, in the protocol's words. Made once, from the config alone.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { Destination } from '../../runtime/step/effects.ts';

/** An entity this service depends on. */
export type Upstream = {
  readonly entity: string;
  readonly objectClass: string;
  /** Where `subscribe`, `unsubscribe` and inquiries are sent. */
  readonly owner: Destination;
  /** The exchange its questions come through. */
  readonly exchange: string;
};

export type ConsentSettings = {
  readonly service: string;
  readonly objectClass: string;
  readonly baseNode: string;
  readonly systemNode: boolean;
  readonly parentClasses: readonly string[];
  /** Own exchange with the broadcast key: facts go there, and to the node's id. */
  readonly main: Destination;
  /** Where this service itself takes its messages: what one of its actors has to say to another goes there. */
  readonly own: Destination;
  readonly upstreams: readonly Upstream[];
  readonly references: readonly {
    readonly attribute: string;
    readonly entity: string;
    readonly onDelete: 'refuse' | 'delete';
  }[];
  /** How long voters have at the root. */
  readonly voteDeadlineMs: number;
  /** How long a refused vote waits for further refusals. */
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
  return entities.map(([entity, { publish, consume, class: named }]) => {
    const only =
      entities.length === 1 && foreignParents.length === 1 ? foreignParents[0] : undefined;
    const objectClass =
      named ??
      only ??
      problem(
        config,
        `/subscribe/${entity}/class`,
        'is needed to know which nodes are of this entity',
      );
    return {
      entity,
      objectClass,
      owner: { exchange: publish.exchange, routingKey: publish.routingKey },
      exchange: consume.exchange,
    };
  });
}

/** Throws `Broken('config-invalid')` where the config lacks what the protocol needs. */
export function consentSettings(config: ExchangeConfig): ConsentSettings {
  const { hierarchy } = config;
  if (hierarchy === undefined)
    return problem(config, '/hierarchy', 'is needed by a service that keeps nodes');
  const main =
    config.publish['main'] ??
    problem(config, '/publish/main', 'is needed: facts and questions go there');
  const own =
    config.consume['main'] ??
    problem(config, '/consume/main', 'is needed: requests and questions come there');
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
