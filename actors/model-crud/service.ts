/**
 * `model_crud_svc`: a service that keeps the nodes of one entity in the hierarchy.
 *
 * - The exchange config describes the whole service. A further entity is a further JSON file.
 * - The caller gives the consent machines, so that a test can put another machine in place of one of them.
 */

import type { AnyStateMachine } from 'xstate';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type {
  IncomingMessage,
  MessageRoute,
  ServiceDefinition,
  Target,
} from '../../runtime/messages/service-definition.ts';
import type { Read, Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { readMachine } from '../../runtime/step/read-machine.ts';
import { consentRead, consentView } from '../consent/consent-reads.ts';
import { ledgerRead } from '../consent/ledger/store.ts';
import { idList, NodesDataSchema } from '../consent/node-ids.ts';
import type { Nodes } from '../consent/nodes.ts';
import { referencedIds } from '../consent/placement.ts';
import { sagaHeaders, sagaKey } from '../consent/saga-headers.ts';
import { type ConsentSettings, consentSettings } from '../consent/settings.ts';
import { SubscribeDataSchema, subscribeRequest } from '../consent/subscribe-messages.ts';
import { verbOf } from '../consent/verbs.ts';
import { treeDependants, treeNodes } from '../hierarchy/ports.ts';
import {
  type FoundNode,
  hierarchyRead,
  hierarchyStoreName,
  type SearchQuery,
} from '../hierarchy/store.ts';
import { baseNodeMachine } from './base-node-machine.ts';
import { inquiryMachine } from './inquiry-machine.ts';
import { CreateSchema, createRefusal, DeleteSchema, ReadSchema, UpdateSchema } from './messages.ts';
import { nodeSubscriptionMachine } from './node-subscription-machine.ts';
import { operatorRoutes } from './operator-routes.ts';
import { planRoutes } from './plan-routes.ts';
import { byIdentity, dataOf } from './route-data.ts';
import { sagaOperationMachine } from './saga-operation-machine.ts';

export interface ModelCrudOptions {
  readonly config: ExchangeConfig;
  /** The hierarchy store and the ledger. */
  readonly stores: readonly Pick<Store<never>, 'name' | 'read'>[];
  readonly nodeCreation: (settings: ConsentSettings) => AnyStateMachine;
  /** The consent machines, made for these settings and nodes. */
  readonly deleteSaga: (settings: ConsentSettings, nodes: Nodes) => AnyStateMachine;
  readonly voter: (settings: ConsentSettings, nodes: Nodes) => AnyStateMachine;
  readonly deletionPlan: (settings: ConsentSettings, nodes: Nodes) => AnyStateMachine;
}

/** Facts of other services. A service that depends on a node hears `deleting` before the fact. */
const facts = ['created', 'updated', 'deleted'];

function createRoute(settings: ConsentSettings): MessageRoute {
  const placement = (message: IncomingMessage): Read => {
    const { parentId, attributes } = dataOf(CreateSchema, message);
    const references = referencedIds(settings, attributes);
    const parent = typeof parentId === 'string' ? { parentId } : {};
    return consentRead('place', { references, ...parent });
  };
  return {
    machine: 'node-creation',
    schema: CreateSchema,
    to: byIdentity,
    starts: true,
    read: placement,
    refusal: createRefusal,
  };
}

function readRoute({ objectClass }: ConsentSettings): MessageRoute {
  const search = (message: IncomingMessage): Read => {
    const query: SearchQuery = dataOf(ReadSchema, message);
    const isOwn = query.id === undefined && query.filter?.['objectClass'] === undefined;
    return hierarchyRead('search', isOwn ? { ...query, objectClass } : query);
  };
  return {
    machine: 'node-reading',
    schema: ReadSchema,
    to: (_message, newId) => ({ key: newId }),
    starts: true,
    read: search,
  };
}

function deleteRoute(): MessageRoute {
  const engagement = (message: IncomingMessage, { key: saga }: Target): Read => {
    const { id, retry_of: retryOf } = dataOf(DeleteSchema, message);
    const retry = retryOf === undefined ? {} : { retryOf };
    const ids = idList(id);
    return consentRead('engagement', { ids, saga, ...retry, mode: 'D' });
  };
  return {
    machine: 'delete-saga',
    schema: DeleteSchema,
    to: byIdentity,
    starts: true,
    read: engagement,
  };
}

/** An update that names a parent moves the node. */
function updateRoute(): MessageRoute {
  const engagement = (message: IncomingMessage, { key: saga }: Target): Read => {
    const { id, parentId, retry_of: retryOf } = dataOf(UpdateSchema, message);
    const retry = retryOf === undefined ? {} : { retryOf };
    const mode = parentId === undefined ? 'U' : 'M';
    return consentRead('engagement', { ids: [id], saga, ...retry, mode });
  };
  return {
    machine: 'delete-saga',
    schema: UpdateSchema,
    to: byIdentity,
    starts: true,
    read: engagement,
  };
}

/** One actor for each node of the list. Each actor gets the request for its node. */
function subscriptionRoute(): MessageRoute {
  return {
    machine: 'node-subscription',
    schema: SubscribeDataSchema,
    starts: true,
    to: (message) => {
      const subscriber = subscribeRequest(dataOf(SubscribeDataSchema, message));
      return subscriber.ids.map((nodeId) => ({ key: nodeId, data: { nodeId, subscriber } }));
    },
    read: (message, { key: nodeId }) => {
      const { service: subscriber } = subscribeRequest(dataOf(SubscribeDataSchema, message));
      return consentRead('subscription', { nodeId, subscriber });
    },
  };
}

/** Whether a question is a new owner's broadcast to old peers. A new owner asks a new peer under the peer's own name. */
function isForOldPeers(message: IncomingMessage, service: string): boolean {
  return sagaHeaders(message.headers) !== undefined && message.routingKey !== service;
}

function idsIn(message: IncomingMessage): readonly string[] {
  return idList(dataOf(NodesDataSchema, message).id);
}

/** Questions and decisions start the voter's actor; a call off meets an actor or is ignored. */
function voterRoute(settings: ConsentSettings, kind: 'question' | 'call-off'): MessageRoute {
  const sagaOf = (message: IncomingMessage): string =>
    sagaKey(message.headers, message.exchange, idsIn(message)[0] ?? '');
  const dependants = (message: IncomingMessage): Read =>
    consentRead('dependants', {
      saga: sagaOf(message),
      mode: verbOf(message.action).mode,
      ids: idsIn(message),
    });
  return {
    machine: 'voter',
    schema: NodesDataSchema,
    starts: kind === 'question',
    ignoreIfAbsent: true,
    to: (message) => (isForOldPeers(message, settings.service) ? [] : [{ key: sagaOf(message) }]),
    ...(kind === 'question' ? { read: dependants } : {}),
  };
}

function inquiryRoute({ service }: ConsentSettings): MessageRoute {
  const knownStates = (message: IncomingMessage): Read =>
    ledgerRead('standing', {
      saga: sagaHeaders(message.headers)?.saga ?? '',
      service,
      nodeIds: idsIn(message),
    });
  return {
    machine: 'inquiry',
    schema: NodesDataSchema,
    to: (_message, newId) => ({ key: newId }),
    starts: true,
    read: knownStates,
  };
}

/** The service of one entity. Throws `Broken('config-invalid')` and names the part of the config that is missing or wrong. */
export function defineModelCrudService({
  config,
  stores,
  nodeCreation,
  deleteSaga,
  voter,
  deletionPlan,
}: ModelCrudOptions): ServiceDefinition {
  const settings = consentSettings(config);
  const nodes = treeNodes(settings);
  const ports = { service: settings.service, nodes, dependants: treeDependants(settings) };
  const question = voterRoute(settings, 'question');
  const callOff = voterRoute(settings, 'call-off');
  return defineService({
    config,
    stores,
    views: [consentView(ports, [hierarchyStoreName])],
    machines: {
      'base-node': baseNodeMachine(settings),
      'node-creation': nodeCreation(settings),
      'node-reading': {
        machine: readMachine('node-reading', (nodes: readonly FoundNode[]) => nodes),
        ephemeral: true,
      },
      'node-subscription': nodeSubscriptionMachine(settings, nodes),
      inquiry: { machine: inquiryMachine(settings), ephemeral: true },
      'delete-saga': deleteSaga(settings, nodes),
      voter: voter(settings, nodes),
      'saga-operation': sagaOperationMachine(settings, nodes),
      'deletion-plan': deletionPlan(settings, nodes),
    },
    messages: {
      'ensure-base': { machine: 'base-node', to: () => ({ key: settings.baseNode }), starts: true },
      create: createRoute(settings),
      read: readRoute(settings),
      update: updateRoute(),
      delete: deleteRoute(),
      subscribe: subscriptionRoute(),
      unsubscribe: subscriptionRoute(),
      mayDelete: question,
      mayUpdate: question,
      deleting: question,
      updating: question,
      notDeleted: callOff,
      notUpdated: callOff,
      isDeleting: inquiryRoute(settings),
      isUpdating: inquiryRoute(settings),
      ...operatorRoutes(settings),
      ...planRoutes(),
    },
    ignored: facts,
    atStart: [{ action: 'ensure-base', data: {} }],
  });
}
