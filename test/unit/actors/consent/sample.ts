/** Settings, nodes and subscriptions the tests of the consent actors share: `tags` between `objects` above and `alerts` below. */
import type { Subscription } from '../../../../actors/consent/ledger/store.ts';
import type {
  DetachedReference,
  Detachment,
  NodeState,
  Nodes,
} from '../../../../actors/consent/nodes.ts';
import type { ConsentSettings } from '../../../../actors/consent/settings.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';

export const tagsSettings: ConsentSettings = {
  service: 'tags_model_crud',
  objectClass: 'prsTag',
  baseNode: 'tags',
  systemNode: true,
  values: 'typed',
  readNodesMax: 50_000,
  parentClasses: ['prsObject'],
  main: { exchange: 'tags', routingKey: 'tags_model_crud_publish' },
  factKeys: [],
  own: { exchange: 'tags', routingKey: 'tags_model_crud_consume' },
  upstreams: [
    {
      entity: 'objects',
      objectClass: 'prsObject',
      owner: { exchange: 'objects', routingKey: 'objects_model_crud_consume' },
      exchange: 'objects',
    },
  ],
  references: [],
  links: [],
  voteDeadlineMs: 10_000,
  graceMs: 100,
  questionIdsMax: 2_000,
  alwaysAsk: [],
  provesUsers: false,
};

/** `methods`: depends on tags, alerts and (by reference) constants. */
export const methodsSettings: ConsentSettings = {
  ...tagsSettings,
  service: 'methods_model_crud',
  objectClass: 'prsMethod',
  baseNode: 'methods',
  parentClasses: ['prsTag', 'prsAlert'],
  main: { exchange: 'methods', routingKey: 'methods_model_crud_publish' },
  own: { exchange: 'methods', routingKey: 'methods_model_crud_consume' },
  upstreams: ['tags', 'alerts', 'constants'].map((entity) => ({
    entity,
    objectClass: { tags: 'prsTag', alerts: 'prsAlert', constants: 'prsConstant' }[entity] ?? '',
    owner: { exchange: entity, routingKey: `${entity}_model_crud_consume` },
    exchange: entity,
  })),
  references: [{ attribute: 'prsConstantId', entity: 'constants', onDelete: 'refuse' }],
};

function rowsRead(op: string, args: Json): { store: string; op: string; args: Json } {
  return { store: 'rows', op, args };
}

/** Nodes of no store: reads and writes of the store `rows`. Only `change` and `remove` write. */
export const plainNodes: Nodes = {
  table: 'rows.nodes',
  find: (ids, look) => rowsRead('find', { ids, ...look }),
  present: (ids) => rowsRead('present', ids),
  place: (at) => rowsRead('place', at),
  listed: (ids) => rowsRead('listed', ids),
  footprint: (nodeIds) => rowsRead('footprint', { nodeIds }),
  foreignBelow: (ids) => rowsRead('foreignBelow', ids),
  lock: () => [],
  change: (change, versions) => [{ ...rowsRead('change', change), expect: { versions } }],
  remove: (nodeIds, beside) => [rowsRead('remove', { nodeIds, beside })],
  list: () => [],
  unlist: () => [],
};

/** References in rows of the store `rows`. */
export const plainDetachment: Detachment = {
  find: (ids) => rowsRead('detached', { ids }),
  take: (nodeIds) => [rowsRead('detach', { nodeIds })],
};

/** The method that refers to a node, in version 7. */
export function detachedReference(number: number, referred: number): DetachedReference {
  return {
    id: id(number),
    cn: `n${number}`,
    objectClass: 'prsMethod',
    version: 7,
    attribute: 'uses',
    referredId: id(referred),
  };
}

/** A node id that shows its number. */
export function id(number: number): string {
  return `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`;
}

export function node(number: number, more: Partial<NodeState> = {}): NodeState {
  return {
    id: id(number),
    cn: `n${number}`,
    objectClass: 'prsTag',
    parentId: null,
    epoch: number,
    version: 0,
    depth: 0,
    ...more,
  };
}

export function subscription(
  number: number,
  service: string,
  more: Partial<Subscription> = {},
): Subscription {
  return { nodeId: id(number), service, generation: 1, consent: true, ...more };
}

/** An old peer: `routingKey` absent means that it shares the broadcast question. */
export function oldSubscription(
  number: number,
  service: string,
  routingKey?: string,
): Subscription {
  return {
    nodeId: id(number),
    service,
    generation: 0,
    consent: false,
    ...(routingKey === undefined ? {} : { routingKey }),
  };
}

export function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

export function asObject(value: unknown): JsonObject {
  return asJson(value) as JsonObject;
}

/** Headers of a question under saga T. */
export function under(saga: string, more: Headers = {}): Headers {
  return {
    'consent-protocol': 2,
    'consent-saga': saga,
    'consent-epoch': 1,
    'consent-hops': 1,
    'consent-deadline-ms': 10_000,
    ...more,
  };
}

export const ok: Json = { response: 'ok' };

export function no(service: string, message: string): Json {
  return { response: 'no', message, service };
}
