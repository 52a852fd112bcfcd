/**
 * The entities of the simulated hierarchy, from the package's config files, with the allowed
 * dependences of their nodes.
 *
 * 1. `plain`: the unchanged files. `crossed` adds references, each with the subscription it needs,
 *    so that there are cycles of services and of nodes, several kinds of diamonds, and several
 *    refusing references.
 * 2. `ruled` is `crossed` with two references that are taken out, and with tags that are kept.
 */
import { readFileSync } from 'node:fs';
import type { TreeNode } from '../../../actors/hierarchy/rules/tree-node.ts';
import { sections } from '../../../actors/sections.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { ExchangeConfig, OnDelete } from '../../../config/exchange-config.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../config/json.ts';
import { serviceConfigPaths } from '../../../config/load.ts';

export type Entity = 'objects' | 'tags' | 'alerts' | 'methods' | 'constants';
export const entities: readonly Entity[] = ['objects', 'tags', 'alerts', 'methods', 'constants'];
/** The kinds of nodes: those of the hierarchy, and the rows of an owner without a tree. */
export type Owned = Entity | 'contracts';
export const ownedKinds: readonly Owned[] = [...entities, 'contracts'];
export type Shape = 'plain' | 'crossed' | 'ruled';

export interface Reference {
  readonly from: Entity;
  readonly attribute: string;
  readonly to: Entity;
  readonly onDelete: OnDelete;
}

export const classes: Readonly<Record<Entity, string>> = {
  objects: 'prsObject',
  tags: 'prsTag',
  alerts: 'prsAlert',
  methods: 'prsMethod',
  constants: 'prsConstant',
};

/** The entities that an entity's nodes may stand below. */
export const parents: Readonly<Record<Entity, readonly Entity[]>> = {
  objects: ['objects'],
  tags: ['objects'],
  alerts: ['tags'],
  methods: ['tags', 'alerts'],
  constants: [],
};

/** Entities without a base node: a create without a parent is refused. */
export const withoutBase: readonly Entity[] = ['alerts'];

const plainReferences: readonly Reference[] = [
  { from: 'methods', attribute: 'prsConstantId', to: 'constants', onDelete: 'refuse' },
];
const crossReferences: readonly Reference[] = [
  { from: 'methods', attribute: 'prsAlertId', to: 'alerts', onDelete: 'delete' },
  { from: 'objects', attribute: 'prsTagId', to: 'tags', onDelete: 'delete' },
  { from: 'tags', attribute: 'prsMethodId', to: 'methods', onDelete: 'delete' },
  { from: 'alerts', attribute: 'prsObjectId', to: 'objects', onDelete: 'delete' },
  { from: 'tags', attribute: 'prsConstantId', to: 'constants', onDelete: 'refuse' },
];

/** The attributes of `crossed` that a deletion takes out in `ruled`. */
const detaching: ReadonlySet<string> = new Set(['prsAlertId', 'prsTagId']);

const ruledReferences = crossReferences.map((reference): Reference => {
  return detaching.has(reference.attribute) ? { ...reference, onDelete: 'detach' } : reference;
});
const addedReferences: Readonly<Record<Shape, readonly Reference[]>> = {
  plain: [],
  crossed: crossReferences,
  ruled: ruledReferences,
};

export function referencesOf(shape: Shape): readonly Reference[] {
  return [...plainReferences, ...addedReferences[shape]];
}

/** Every update names itself in the description; about half of the updates have an odd number. */
const keptDescription = /[13579]$/;
const keptEntity: Entity = 'tags';

/** Whether the config of the node's service keeps the node. */
export function isKept(shape: Shape, { service, attributes }: TreeNode): boolean {
  if (shape !== 'ruled' || service !== serviceOf(keptEntity)) return false;
  return keptDescription.test(String(attributes['description']?.[0] ?? ''));
}

export function serviceOf(entity: Owned): string {
  return `${entity}_model_crud`;
}

export function placeOf(entity: Owned): {
  readonly exchange: string;
  readonly routingKey: string;
} {
  return { exchange: entity, routingKey: `${serviceOf(entity)}_consume` };
}

/** The config of an entity's service. `given`: further sections. */
export function entityConfig(entity: Entity, shape: Shape, given: JsonObject): ExchangeConfig {
  const path = pathOf(serviceOf(entity));
  const file = JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
  const references = addedReferences[shape].filter(({ from }) => from === entity);
  const referring = references.reduce(withReference, file);
  const ruled = shape === 'ruled' && entity === keptEntity ? keeping(referring) : referring;
  const added = Object.entries(given).map(([key, section]) => {
    const own = ruled[key];
    const isMerged = isJsonObject(section) && isJsonObject(own);
    return [key, isMerged ? { ...own, ...section } : section] as const;
  });
  const config = { ...ruled, ...Object.fromEntries(added) };
  return parseExchangeConfig(JSON.stringify(config), {
    file: path,
    env: envOf(given),
    sections,
  });
}

/** The keys of the services for the signatures of callers. */
export const callerSecrets: Readonly<Record<string, string>> = { k1: 'k'.repeat(43) };

/** Keys do not stand in config files. */
function envOf({ trust }: JsonObject): Readonly<Record<string, string>> {
  if (!isJsonObject(trust) || trust['callers'] === undefined) return {};
  return { TRUST__CALLERS__SECRETS: JSON.stringify(callerSecrets) };
}

/** The unchanged config of a service of the package. */
export function packageConfig(name: string): ExchangeConfig {
  const path = pathOf(name);
  return parseExchangeConfig(readFileSync(path, 'utf8'), { file: path, env: {}, sections });
}

/** The config of a participant that depends on nodes of these entities. `given`: further sections. */
export function participantConfig(
  name: string,
  cast: readonly Owned[],
  given: JsonObject,
): ExchangeConfig {
  const main = { name, type: 'direct', queue: name, routing_key: name };
  return parsed({
    svc_name: name,
    consume: { main },
    subscribe: upstreams(cast),
    ...given,
  });
}

/** The config of an owner whose rows depend on nodes of these entities. `given`: further sections. */
export function ownerConfig(
  kind: Owned,
  cast: readonly Entity[],
  given: JsonObject,
): ExchangeConfig {
  const exchange = { name: kind, type: 'direct' };
  const service = serviceOf(kind);
  const { routingKey } = placeOf(kind);
  return parsed({
    svc_name: service,
    publish: { main: { ...exchange, routing_key: `${service}_publish` } },
    consume: { main: { ...exchange, queue: routingKey, routing_key: routingKey } },
    subscribe: upstreams(cast),
    ...given,
  });
}

/** The config of a webhook that is asked about nodes of these kinds. */
export function hookConfig(
  name: string,
  cast: readonly Owned[],
  given: JsonObject,
): ExchangeConfig {
  const main = { name, type: 'direct', queue: name, routing_key: name };
  return parsed({
    svc_name: name,
    consume: { main },
    subscribe: upstreams(cast),
    webhook: { url: 'http://elsewhere.invalid/' },
    ...given,
  });
}

/** The section `subscribe` for these kinds. */
function upstreams(cast: readonly Owned[]): JsonObject {
  return Object.fromEntries(
    cast.map((entity) => {
      const exchange = { name: entity, type: 'direct' };
      const publish = { ...exchange, routing_key: `${serviceOf(entity)}_consume` };
      const consume = { ...exchange, routing_key: `${serviceOf(entity)}_publish` };
      return [entity, { publish, consume }];
    }),
  );
}

function parsed(config: JsonObject & { readonly svc_name: string }): ExchangeConfig {
  const file = `${config.svc_name}.json`;
  const ofHook = 'webhook' in config ? { WEBHOOK__SECRET: 'a secret of the simulation' } : {};
  const env = { ...ofHook, ...envOf(config) };
  return parseExchangeConfig(JSON.stringify(config), { file, env, sections });
}

function pathOf(name: string): string {
  const path = serviceConfigPaths().find((one) => one.endsWith(`${name}.json`));
  if (path === undefined) throw new Error(`the package has no service ${name}`);
  return path;
}

function within(config: JsonObject, key: string, added: JsonObject): JsonObject {
  const before: Json | undefined = config[key];
  return { ...config, [key]: { ...(isJsonObject(before) ? before : {}), ...added } };
}

function keeping(config: JsonObject): JsonObject {
  const description = { pattern: keptDescription.source };
  return within(config, 'hierarchy', {
    keep_while: { properties: { description }, required: ['description'] },
  });
}

function withReference(config: JsonObject, { attribute, to, onDelete }: Reference): JsonObject {
  const upstream = {
    publish: { name: to, type: 'direct', routing_key: `${serviceOf(to)}_consume` },
    consume: { name: to, type: 'direct', routing_key: `${serviceOf(to)}_publish` },
    class: classes[to],
  };
  const hierarchy = config['hierarchy'];
  const refers = within(isJsonObject(hierarchy) ? hierarchy : {}, 'references', {
    [attribute]: { entity: to, on_delete: onDelete },
  });
  return within({ ...config, hierarchy: refers }, 'subscribe', { [to]: upstream });
}
