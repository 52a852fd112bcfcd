/**
 * The settings of the consent actors, in the terms of the protocol. Made once per service, from the
 * exchange config alone.
 */
import type {
  ExchangeConfig,
  Hierarchy,
  KeepRule,
  OnDelete,
  SubscribeEntry,
} from '../../config/exchange-config.ts';
import type { JsonObject } from '../../config/json.ts';
import { destinationOf } from '../../runtime/messages/destination.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Ask, Destination } from '../../runtime/step/effects.ts';

/**
 * The address of an owner, with the service that answers there when the config names the service,
 * and the prefix that the owner expects before an action.
 */
export type OwnerAddress = Destination & Pick<Ask, 'of'> & { readonly actionPrefix?: string };

/** An entity whose nodes the nodes of this service depend on. */
export type Upstream = {
  readonly entity: string;
  readonly objectClass: string;
  /** The owner takes `subscribe`, `unsubscribe` and inquiries under this exchange and key. */
  readonly owner: OwnerAddress;
  /** The exchange through which the questions of the owner come. */
  readonly exchange: string;
};

export type ConsentSettings = {
  readonly service: string;
  readonly objectClass: string;
  /** `''`: the entity has no base node. */
  readonly baseNode: string;
  readonly systemNode: boolean;
  /** `ldap`: values are text, and names are compared without regard to case. */
  readonly values: Hierarchy['values'];
  /** Most nodes in an answer to `read`. */
  readonly readNodesMax: number;
  readonly parentClasses: readonly string[];
  /** The service's main exchange with its broadcast key. */
  readonly main: Destination;
  /** Further keys under which facts go out. */
  readonly factKeys: readonly string[];
  /** The prefix of the actions of messages about the nodes of the service. */
  readonly actionPrefix?: string;
  /**
   * The exchange and key under which this service takes messages, also messages of its own actors
   * to each other.
   */
  readonly own: Destination;
  readonly upstreams: readonly Upstream[];
  readonly references: readonly {
    readonly attribute: string;
    readonly entity: string;
    readonly onDelete: OnDelete;
  }[];
  /** `objectClass`: of the linked nodes. `attribute`: the member of messages with their ids. */
  readonly links: readonly {
    readonly name: string;
    readonly attribute: string;
    readonly objectClass: string;
  }[];
  /** A JSON Schema over the attributes that a request gives. */
  readonly attributes?: JsonObject;
  /** Nodes that are not deleted. */
  readonly keep?: KeepRule;
  /** Attributes with URLs of files, and where the file remover takes messages. Absent: none. */
  readonly files?: { readonly attributes: readonly string[]; readonly remover: Destination };
  /** The time for all rounds of a vote at the root, and the longest deadline that a voter accepts. */
  readonly voteDeadlineMs: number;
  /** The time between the first `no` and the end of the vote, for further refusals. */
  readonly graceMs: number;
  /** The largest number of ids in a message to a voter, and in an inquiry to an owner. */
  readonly questionIdsMax: number;
  /** The services that are asked about every node, beside the subscribers of the node. */
  readonly alwaysAsk: readonly string[];
  /** Whether the users of messages are checked (`trust` in the config). */
  readonly provesUsers: boolean;
};

function problem(config: ExchangeConfig, pointer: string, message: string): never {
  throw new Broken('config-invalid', `${config.file}: ${pointer} ${message}`, { at: pointer });
}

/** The entities of the section `subscribe`. `classOf` names the class of the nodes of an entity. */
function upstreamsOf(
  { subscribe }: ExchangeConfig,
  classOf: (entity: string, given: string | undefined) => string,
): readonly Upstream[] {
  return Object.entries(subscribe).map(([entity, subscription]) => ({
    entity,
    objectClass: classOf(entity, subscription.class),
    owner: ownerOf(subscription),
    exchange: subscription.consume.exchange,
  }));
}

function ownerOf({ publish, owner, actionPrefix }: SubscribeEntry): OwnerAddress {
  return {
    exchange: publish.exchange,
    routingKey: publish.routingKey,
    ...(owner === undefined ? {} : { of: [owner] }),
    ...(actionPrefix === undefined ? {} : { actionPrefix }),
  };
}

/** The class of the nodes of an entity below which the nodes of this service may stand. */
function treeClasses(config: ExchangeConfig, { class: ownClass, parentClasses }: Hierarchy) {
  const named = parentClasses === 'any' ? [] : parentClasses;
  const foreignParents = named.filter((name) => name !== ownClass);
  const isOnly = Object.keys(config.subscribe).length === 1 && foreignParents.length === 1;
  const only = isOnly ? foreignParents[0] : undefined;
  return (entity: string, given: string | undefined): string =>
    given ??
    only ??
    problem(
      config,
      `/subscribe/${entity}/class`,
      'is missing: it names the class of the nodes of this entity',
    );
}

/** The owner of a node is found by the class of the node, so owners do not share a class. */
function checkOwners(config: ExchangeConfig, upstreams: readonly Upstream[]): void {
  const place = ({ owner }: Upstream) => identityOf(owner.exchange, owner.routingKey);
  for (const one of upstreams) {
    const { entity, objectClass } = one;
    const other = upstreams.find((first) => first.objectClass === objectClass) ?? one;
    if (place(other) === place(one)) continue;
    const message = `is '${objectClass}', as for '${other.entity}'; allowed is a class of one owner`;
    problem(config, `/subscribe/${entity}/class`, message);
  }
}

/**
 * `any` means the service's own class and the classes of subscribed entities: the owner of each
 * node above must ask this service before a deletion.
 */
function parentClassesOf(
  { class: ownClass, parentClasses }: Hierarchy,
  upstreams: readonly Upstream[],
): readonly string[] {
  if (parentClasses !== 'any') return parentClasses;
  return [...new Set([ownClass, ...upstreams.map(({ objectClass }) => objectClass)])];
}

function linksOf({ links }: Hierarchy, upstreams: readonly Upstream[]): ConsentSettings['links'] {
  return Object.entries(links).map(([name, { entity, attribute, class: given }]) => {
    const upstream = upstreams.find((one) => one.entity === entity);
    return { name, attribute, objectClass: given ?? upstream?.objectClass ?? '' };
  });
}

/** The addresses of a service that takes messages. */
function addressesOf(config: ExchangeConfig): Pick<ConsentSettings, 'service' | 'own'> {
  const own =
    config.consume['main'] ??
    problem(config, '/consume/main', 'is missing: requests and questions come to this queue');
  return {
    service: config.svcName,
    own: { exchange: own.exchange, routingKey: own.routingKeys[0] ?? '' },
  };
}

/** The exchange of an owner, and the form of its messages. */
function mainOf(
  config: ExchangeConfig,
): Pick<ConsentSettings, 'main' | 'factKeys' | 'actionPrefix'> {
  const { exchange, routingKey, routingKeys } =
    config.publish['main'] ??
    problem(config, '/publish/main', 'is missing: facts and questions go to this exchange');
  const { actionPrefix } = config;
  return {
    main: { exchange, routingKey },
    factKeys: routingKeys.slice(1),
    ...(actionPrefix === undefined ? {} : { actionPrefix }),
  };
}

function boundsOf(config: ExchangeConfig) {
  const { voteDeadlineMs, refusalGraceMs, questionIdsMax, alwaysAsk } = config.consent;
  if (alwaysAsk.includes(config.svcName))
    problem(config, '/consent/always_ask', `names the service itself, '${config.svcName}'`);
  const provesUsers = config.trust !== undefined;
  return { voteDeadlineMs, graceMs: refusalGraceMs, questionIdsMax, alwaysAsk, provesUsers };
}

/** The settings of a service that has no nodes of its own and therefore asks no voters. */
export function voterSettings(config: ExchangeConfig): ConsentSettings {
  const addresses = addressesOf(config);
  const upstreams = upstreamsOf(config, (_entity, given) => given ?? '');
  const { own: main } = addresses;
  return { ...addresses, main, factKeys: [], upstreams, ...withoutTree, ...boundsOf(config) };
}

/** The settings of a service that owns nodes of this class outside the tree. */
export function ownerSettings(config: ExchangeConfig, objectClass: string): ConsentSettings {
  return { ...voterSettings(config), ...mainOf(config), objectClass };
}

/** No node stands below another node or refers to another node. */
const withoutTree = {
  objectClass: '',
  baseNode: '',
  systemNode: false,
  values: 'typed',
  readNodesMax: 0,
  parentClasses: [],
  references: [],
  links: [],
} as const;

function filesOf(
  config: ExchangeConfig,
  { fileAttributes: attributes }: Hierarchy,
): Pick<ConsentSettings, 'files'> {
  if (attributes === undefined) return {};
  return { files: { attributes, remover: destinationOf(config, 'file_management_queue') } };
}

/**
 * The settings of a service of the tree. Throws `Broken('config-invalid')` and names the part of the
 * config that is missing or wrong.
 */
export function consentSettings(config: ExchangeConfig): ConsentSettings {
  const { hierarchy } = config;
  if (hierarchy === undefined)
    return problem(config, '/hierarchy', 'is missing: a service that keeps nodes needs it');
  const main = mainOf(config);
  const addresses = addressesOf(config);
  const upstreams = upstreamsOf(config, treeClasses(config, hierarchy));
  checkOwners(config, upstreams);
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
    ...addresses,
    ...main,
    objectClass: hierarchy.class,
    baseNode: hierarchy.node,
    systemNode: hierarchy.createSysNode,
    values: hierarchy.values,
    readNodesMax: hierarchy.readNodesMax,
    parentClasses: parentClassesOf(hierarchy, upstreams),
    upstreams,
    references,
    links: linksOf(hierarchy, upstreams),
    ...(hierarchy.attributes === undefined ? {} : { attributes: hierarchy.attributes }),
    ...(hierarchy.keep === undefined ? {} : { keep: hierarchy.keep }),
    ...filesOf(config, hierarchy),
    ...boundsOf(config),
  };
}
