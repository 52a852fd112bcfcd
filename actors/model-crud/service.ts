/**
 * `model_crud_svc`: a service that keeps the nodes of one entity in the hierarchy. What it does is all in its exchange config; a
 * further entity is a further JSON file.
 */

import type { AnyStateMachine } from 'xstate';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type {
  IncomingMessage,
  MessageRoute,
  ServiceDefinition,
  Target,
} from '../../runtime/messages/service-definition.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Read, Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { readMachine } from '../../runtime/step/read-machine.ts';
import { dependantsRead } from '../consent/dependants-read.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
import {
  ConsentDataSchema,
  idsOf,
  SubscribeDataSchema,
  sagaHeaders,
  sagaKey,
  subscribeRequest,
  verbOf,
} from '../consent/messages.ts';
import { referencedIds } from '../consent/placement.ts';
import { type ConsentSettings, consentSettings } from '../consent/settings.ts';
import { type FoundNode, hierarchyRead, type SearchQuery } from '../hierarchy/store.ts';
import { baseNodeMachine } from './base-node-machine.ts';
import { inquiryMachine } from './inquiry-machine.ts';
import { CreateSchema, createRefusal, DeleteSchema, ReadSchema, UpdateSchema } from './messages.ts';
import { nodeSubscriptionMachine } from './node-subscription-machine.ts';
import { operatorRoutes } from './operator-routes.ts';
import { planRoutes } from './plan-routes.ts';
import { sagaOperationMachine } from './saga-operation-machine.ts';

export interface ModelCrudOptions {
  readonly config: ExchangeConfig;
  /** The hierarchy store. */
  readonly store: Pick<Store<never>, 'name' | 'read'>;
  readonly nodeCreation: (settings: ConsentSettings) => AnyStateMachine;
  /** The consent machines, made for these settings. */
  readonly deleteSaga: (settings: ConsentSettings) => AnyStateMachine;
  readonly voter: (settings: ConsentSettings) => AnyStateMachine;
  readonly deletionPlan: (settings: ConsentSettings) => AnyStateMachine;
}

/** Facts of others; who depends on a node has heard `deleting` before. */
const facts = ['created', 'updated', 'deleted'];

function dataOf(message: IncomingMessage): JsonObject {
  return message.data as JsonObject;
}

function byIdentity(message: IncomingMessage, fresh: string): Target {
  return { key: message.identity ?? fresh };
}

function createRoute(settings: ConsentSettings): MessageRoute {
  const { service, baseNode } = settings;
  const place = (message: IncomingMessage): Read => {
    const { parentId, attributes } = dataOf(message);
    const references = referencedIds(settings, attributes as GivenAttributes | undefined);
    return hierarchyRead('place', {
      service,
      baseNode,
      references,
      ...(typeof parentId === 'string' ? { parentId } : {}),
    });
  };
  return {
    machine: 'node-creation',
    schema: CreateSchema,
    to: byIdentity,
    starts: true,
    read: place,
    refusal: createRefusal,
  };
}

function readRoute({ objectClass }: ConsentSettings): MessageRoute {
  const search = (message: IncomingMessage): Read => {
    const query = dataOf(message) as unknown as SearchQuery;
    const own = query.id === undefined && query.filter?.['objectClass'] === undefined;
    return hierarchyRead('search', own ? { ...query, objectClass } : query);
  };
  return {
    machine: 'node-reading',
    schema: ReadSchema,
    to: (_message, fresh) => ({ key: fresh }),
    starts: true,
    read: search,
  };
}

function sagaRoute({ service, objectClass }: ConsentSettings, mode: 'D' | 'U'): MessageRoute {
  const engagement = (message: IncomingMessage, target: Target): Read =>
    hierarchyRead('engagement', {
      ...{ service, objectClass, ids: idsOf(dataOf(message)['id']), saga: target.key },
      ...(typeof dataOf(message)['retry_of'] === 'string'
        ? { retryOf: dataOf(message)['retry_of'] as string }
        : {}),
      mode: mode === 'U' && dataOf(message)['parentId'] !== undefined ? 'M' : mode,
    });
  return {
    machine: 'delete-saga',
    schema: mode === 'D' ? DeleteSchema : UpdateSchema,
    to: byIdentity,
    starts: true,
    read: engagement,
  };
}

function subscriptionRoute({ objectClass }: ConsentSettings): MessageRoute {
  return {
    machine: 'node-subscription',
    schema: SubscribeDataSchema,
    starts: true,
    to: (message) => {
      const subscriber = subscribeRequest(message.data);
      return subscriber.ids.map((nodeId) => ({
        key: nodeId,
        data: { nodeId, subscriber },
      }));
    },
    read: (message, { key: nodeId }) =>
      hierarchyRead('subscription', {
        nodeId,
        subscriber: subscribeRequest(message.data).service,
        objectClass,
      }),
  };
}

/** A broadcast question of a new owner is for its old peers; a new one is asked under its own name. */
function isForOthers(message: IncomingMessage, service: string): boolean {
  return sagaHeaders(message.headers) !== undefined && message.routingKey !== service;
}

function voterRoute(settings: ConsentSettings, kind: 'question' | 'end'): MessageRoute {
  const sagaOf = (message: IncomingMessage): string =>
    sagaKey(message.headers, message.exchange, idsOf(dataOf(message)['id'])[0] ?? '');
  const dependants = (message: IncomingMessage): Read =>
    dependantsRead(
      settings,
      sagaOf(message),
      verbOf(message.action).mode,
      idsOf(dataOf(message)['id']),
    );
  return {
    machine: 'voter',
    schema: ConsentDataSchema,
    starts: kind === 'question',
    ignoreIfAbsent: true,
    to: (message) => (isForOthers(message, settings.service) ? [] : [{ key: sagaOf(message) }]),
    ...(kind === 'question' ? { read: dependants } : {}),
  };
}

function inquiryRoute({ service }: ConsentSettings): MessageRoute {
  const standing = (message: IncomingMessage): Read =>
    hierarchyRead('standing', {
      saga: sagaHeaders(message.headers)?.saga ?? '',
      service,
      nodeIds: idsOf(dataOf(message)['id']),
    });
  return {
    machine: 'inquiry',
    schema: ConsentDataSchema,
    to: (_message, fresh) => ({ key: fresh }),
    starts: true,
    read: standing,
  };
}

/** The service of one entity. Throws `Broken('config-invalid')` where its config lacks something. */
export function defineModelCrudService({
  config,
  store,
  nodeCreation,
  deleteSaga,
  voter,
  deletionPlan,
}: ModelCrudOptions): ServiceDefinition {
  const settings = consentSettings(config);
  const question = voterRoute(settings, 'question');
  const end = voterRoute(settings, 'end');
  return defineService({
    config,
    stores: [store],
    machines: {
      'base-node': baseNodeMachine(settings),
      'node-creation': nodeCreation(settings),
      'node-reading': {
        machine: readMachine('node-reading', (nodes: readonly FoundNode[]) => nodes),
        ephemeral: true,
      },
      'node-subscription': nodeSubscriptionMachine(settings),
      inquiry: { machine: inquiryMachine(settings), ephemeral: true },
      'delete-saga': deleteSaga(settings),
      voter: voter(settings),
      'saga-operation': sagaOperationMachine(settings),
      'deletion-plan': deletionPlan(settings),
    },
    messages: {
      'ensure-base': { machine: 'base-node', to: () => ({ key: settings.baseNode }), starts: true },
      create: createRoute(settings),
      read: readRoute(settings),
      update: sagaRoute(settings, 'U'),
      delete: sagaRoute(settings, 'D'),
      subscribe: subscriptionRoute(settings),
      unsubscribe: subscriptionRoute(settings),
      mayDelete: question,
      mayUpdate: question,
      deleting: question,
      updating: question,
      notDeleted: end,
      notUpdated: end,
      isDeleting: inquiryRoute(settings),
      isUpdating: inquiryRoute(settings),
      ...operatorRoutes(settings),
      ...planRoutes(settings),
    },
    ignored: facts,
    atStart: [{ action: 'ensure-base', data: {} }],
  });
}
