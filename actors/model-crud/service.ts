/**
 * `model_crud_svc`: a service that keeps the nodes of an entity in the hierarchy.
 *
 * - The exchange config describes the whole service. A further entity is a further JSON file.
 * - The caller gives the consent machines.
 */
import type { Static } from 'typebox';
import type { AnyStateMachine } from 'xstate';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type {
  IncomingMessage,
  MessageRoute,
  ServiceDefinition,
  Target,
} from '../../runtime/messages/service-definition.ts';
import { checkSchema, isUuid } from '../../runtime/messages/validation.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { Read, Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { consentRead } from '../consent/consent-reads.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
import type { Dependants, Nodes } from '../consent/nodes.ts';
import { referencedIds } from '../consent/placement.ts';
import { consentView } from '../consent/reads/consent-view.ts';
import { byIdentity, dataOf } from '../consent/route-data.ts';
import { type ConsentSettings, consentSettings } from '../consent/settings.ts';
import { treeDependants, treeNodes } from '../hierarchy/ports.ts';
import { hierarchyRead, hierarchyStoreName, type PagedQuery } from '../hierarchy/store.ts';
import type { OwnerMachines } from '../peer/consent-machines.ts';
import { ownerFragment } from '../peer/owner-fragment.ts';
import type { ServiceFragment } from '../peer/service-fragment.ts';
import { voterFragment } from '../peer/voter-fragment.ts';
import { aliasFragment } from './alias-fragment.ts';
import { baseNodeMachine } from './base-node-machine.ts';
import { checkedAttributes, inLowerCase } from './checked-attributes.ts';
import type { EntityHooks } from './entity-hooks.ts';
import { hookActivityFragment } from './hook-activity-machine.ts';
import { attributesBy } from './hook-results.ts';
import { typedAttributes } from './ldap-values.ts';
import { linksFragment } from './links-fragment.ts';
import {
  AttributesSchema,
  CopySchema,
  CreateSchema,
  createRefusal,
  ReadSchema,
  TextCopySchema,
  TextCreateSchema,
  TextUpdateSchema,
  UpdateSchema,
} from './messages.ts';
import type { CreateData } from './node-creation.ts';
import { type HookedEntity, nodeHooksOf } from './node-hooks.ts';
import { nodeReadingMachine } from './node-reading-machine.ts';
import type { CopyData } from './subtree-copy.ts';

export interface ModelCrudOptions {
  readonly config: ExchangeConfig;
  /** The hierarchy store and the ledger. */
  readonly stores: readonly Pick<Store<never>, 'name' | 'read'>[];
  readonly nodeCreation: (settings: ConsentSettings, hooked: HookedEntity) => AnyStateMachine;
  /** The consent machines, made for these settings and nodes. */
  readonly owner: (settings: ConsentSettings, nodes: Nodes) => OwnerMachines;
  readonly voter: (
    settings: ConsentSettings,
    nodes: Nodes,
    dependants: Dependants,
  ) => AnyStateMachine;
  readonly deletionPlan: (settings: ConsentSettings, nodes: Nodes) => AnyStateMachine;
  /** Code of somebody's own. Default: none. */
  readonly hooked?: HookedEntity;
}

/** The data of a create or an update, with checked attributes. */
function checkedTarget(
  settings: ConsentSettings,
  kind: 'create' | 'update',
  hook: RequestHook | undefined,
  message: IncomingMessage,
  newId: string,
): Target {
  const { attributes, ...data } = dataOf(
    kind === 'create' ? TextCreateSchema : TextUpdateSchema,
    message,
  );
  const target = byIdentity(message, newId);
  const given = attributes as GivenAttributes | undefined;
  const checked = given && checkedAttributes(settings, typedIn(settings, given), kind);
  const changed = hook?.(message, checked ?? {});
  const written = changed === undefined ? checked : hookedAttributes(settings, changed, kind);
  return { ...target, data: written === undefined ? data : { ...data, attributes: written } };
}

function typedIn(settings: ConsentSettings, given: GivenAttributes): GivenAttributes {
  return settings.values === 'ldap' ? typedAttributes(settings, given) : given;
}

/** The attributes from a hook are checked like the attributes of a request. */
function hookedAttributes(
  settings: ConsentSettings,
  given: GivenAttributes,
  kind: 'create' | 'update',
): GivenAttributes {
  checkSchema(AttributesSchema, given, '/data/attributes');
  return checkedAttributes(settings, given, kind);
}

/** A hook on a request; undefined: the attributes of the request are written. */
type RequestHook = (
  message: IncomingMessage,
  attributes: GivenAttributes,
) => GivenAttributes | undefined;

function creatingHook({ creating }: EntityHooks): RequestHook | undefined {
  if (creating === undefined) return undefined;
  return (message, attributes) => {
    const { parentId = null } = dataOf(TextCreateSchema, message);
    const { action: _, data: _data, ...info } = message;
    return attributesBy('creating', () => creating({ parentId, attributes, message: info }));
  };
}

function updatingHook({ updating }: EntityHooks): RequestHook | undefined {
  if (updating === undefined) return undefined;
  return (message, attributes) => {
    const { id, parentId } = dataOf(TextUpdateSchema, message);
    const { action: _, data: _data, ...info } = message;
    const moved = parentId === undefined ? {} : { parentId };
    return attributesBy('updating', () => updating({ id, attributes, ...moved, message: info }));
  };
}

function createRoute(settings: ConsentSettings, hooks: EntityHooks): MessageRoute {
  const hook = creatingHook(hooks);
  const placement = ({ data: given }: IncomingMessage, { data = given }: Target): Read => {
    const { parentId, attributes } = data as CreateData;
    const references = referencedIds(settings, attributes);
    const parent = typeof parentId === 'string' ? { parentId } : {};
    return consentRead('place', { references, ...parent });
  };
  return {
    machine: 'node-creation',
    schema: settings.values === 'ldap' ? TextCreateSchema : CreateSchema,
    to: (message, newId) => checkedTarget(settings, 'create', hook, message, newId),
    starts: true,
    read: placement,
    refusal: createRefusal,
  };
}

/** The query of a read. */
function searchOf(
  { objectClass, references, values }: ConsentSettings,
  message: Pick<IncomingMessage, 'data'>,
): PagedQuery {
  const { base, filter: given, ...rest } = dataOf(ReadSchema, message);
  if (rest.hierarchy === true && (rest.limit ?? rest.after) !== undefined)
    throw new Refused('bad-message', '/data/hierarchy is true; a page is a list of nodes', {
      at: '/data/hierarchy',
    });
  const filter = given === undefined ? {} : { filter: filterOf(given, references) };
  const at =
    base === undefined ? {} : { base: isUuid(base.toLowerCase()) ? base.toLowerCase() : base };
  const form = values === 'typed' ? {} : { values };
  const query: PagedQuery = { ...rest, ...at, ...filter, ...form };
  const isOwn = query.id === undefined && given?.['objectClass'] === undefined;
  return isOwn ? { ...query, objectClass } : query;
}

/** The hooks see the copies, which are not known before the read. */
function copyRoute(settings: ConsentSettings): MessageRoute {
  const source = ({ data: given }: IncomingMessage, { data = given }: Target): Read => {
    const { id, parentId, attributes, replace = {} } = data as CopyData;
    return consentRead('copying', {
      id,
      references: referencedIds(settings, attributes),
      attributes: settings.references.map(({ attribute }) => attribute),
      replace,
      ...(typeof parentId === 'string' ? { parentId } : {}),
    });
  };
  return {
    machine: 'node-creation',
    schema: settings.values === 'ldap' ? TextCopySchema : CopySchema,
    to: (message, newId) => {
      const { attributes, ...data } = dataOf(TextCopySchema, message);
      const given = (attributes ?? {}) as GivenAttributes;
      const checked = checkedAttributes(settings, typedIn(settings, given), 'update');
      return { ...byIdentity(message, newId), data: { ...data, attributes: checked } };
    },
    starts: true,
    read: source,
    refusal: createRefusal,
  };
}

function readRoute(settings: ConsentSettings): MessageRoute {
  return {
    machine: 'node-reading',
    schema: ReadSchema,
    to: (_message, newId) => ({ key: newId }),
    starts: true,
    read: (message) =>
      hierarchyRead('page', { ...searchOf(settings, message), most: settings.readNodesMax }),
  };
}

/** Each attribute with the list of its wanted values; ids in reference attributes in lower case. */
function filterOf(
  given: NonNullable<Static<typeof ReadSchema>['filter']>,
  references: ConsentSettings['references'],
): NonNullable<PagedQuery['filter']> {
  const named = new Set(references.map(({ attribute }) => attribute));
  const lists = Object.entries(given).map(([name, wanted]) => {
    const values = [wanted].flat();
    return [name, named.has(name) ? values.map((value) => inLowerCase(value)) : values];
  });
  return Object.fromEntries(lists);
}

/** An update that names a parent moves the node. */
function updateRoute(settings: ConsentSettings, hooks: EntityHooks): MessageRoute {
  const hook = updatingHook(hooks);
  const engagement = (message: IncomingMessage, { key: saga }: Target): Read => {
    const { id, parentId, retry_of: retryOf } = dataOf(UpdateSchema, message);
    const retry = retryOf === undefined ? {} : { retryOf };
    const mode = parentId === undefined ? 'U' : 'M';
    return consentRead('engagement', { ids: [id], saga, ...retry, mode });
  };
  return {
    machine: 'delete-saga',
    schema: settings.values === 'ldap' ? TextUpdateSchema : UpdateSchema,
    to: (message, newId) => checkedTarget(settings, 'update', hook, message, newId),
    starts: true,
    read: engagement,
  };
}

/**
 * The service of one entity. Throws `Broken('config-invalid')` and names the part of the config
 * that is missing or wrong.
 */
export function defineModelCrudService({
  config,
  stores,
  nodeCreation,
  owner,
  voter,
  deletionPlan,
  hooked = { hooks: {}, activities: {} },
}: ModelCrudOptions): ServiceDefinition {
  const settings = consentSettings(config);
  const { hooks, activities } = hooked;
  const nodes: Nodes = { ...treeNodes(settings), hooks: nodeHooksOf(settings, hooked) };
  const { service, upstreams, alwaysAsk } = settings;
  const dependants = treeDependants(settings);
  const ports = { service, upstreams, alwaysAsk, nodes, dependants };
  const voting = voterFragment(settings, {
    voter: voter(settings, nodes, dependants),
    deletionPlan: deletionPlan(settings, nodes),
  });
  const owning = ownerFragment(settings, nodes, owner(settings, nodes));
  const activityPart = hookActivityFragment(activities);
  const linking = linksFragment(settings);
  const aliasing = aliasFragment(settings);
  const machines: ServiceFragment['machines'] = {
    'base-node': baseNodeMachine(settings),
    'node-creation': nodeCreation(settings, hooked),
    'node-reading': {
      machine: nodeReadingMachine((message) => searchOf(settings, message), hooks),
      ephemeral: true,
    },
    ...activityPart.machines,
    ...linking.machines,
    ...aliasing.machines,
    ...owning.machines,
    ...voting.machines,
  };
  return defineService({
    config,
    stores,
    views: [consentView(ports, [hierarchyStoreName])],
    machines,
    messages: {
      'ensure-base': {
        machine: 'base-node',
        to: () => ({ key: settings.baseNode || settings.service }),
        starts: true,
        internal: true,
      },
      ...activityPart.messages,
      ...linking.messages,
      ...aliasing.messages,
      create: createRoute(settings, hooks),
      copy: copyRoute(settings),
      read: readRoute(settings),
      update: updateRoute(settings, hooks),
      ...owning.messages,
      ...voting.messages,
    },
    ignored: [...owning.ignored, ...voting.ignored],
    atStart: settings.baseNode === '' ? [] : [{ action: 'ensure-base', data: {} }],
  });
}
