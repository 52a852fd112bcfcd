/**
 * The owner's fragment of a service's definition: the sagas over its nodes, the lists of
 * subscribers, plans, inquiries and the overrides of operators, with the routes of their messages.
 *
 * Boundary: an owner is a voter too, so the machine of plans comes from `voter-fragment.ts`.
 */

import type { Static, TSchema } from 'typebox';
import { parseIsoTime } from '../../config/iso-time.ts';
import type {
  IncomingMessage,
  MessageRoute,
  Target,
} from '../../runtime/messages/service-definition.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Read } from '../../runtime/ports/store.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { ledgerRead } from '../consent/ledger/store.ts';
import { idList, NodesDataSchema } from '../consent/node-ids.ts';
import type { Nodes } from '../consent/nodes.ts';
import { byIdentity, dataOf } from '../consent/route-data.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { isNewPeer, SubscribeDataSchema, subscribeRequest } from '../consent/subscribe-messages.ts';
import {
  CancelHeldSchema,
  HoldDeletionSchema,
  UnheldSchema,
} from '../delete-saga/held-deletion.ts';
import { heldDeletionMachine } from '../delete-saga/held-deletion-machine.ts';
import { ReplayDeletionsSchema } from '../delete-saga/replayed-deletions.ts';
import { RetentionSchema, retentionKey } from '../delete-saga/retention-machine.ts';
import { adoptionMachine } from './adoption-machine.ts';
import type { OwnerMachines } from './consent-machines.ts';
import { inquiryMachine } from './inquiry-machine.ts';
import { DeleteSchema } from './messages.ts';
import { operatorRoutes } from './operator-routes.ts';
import { planRoute } from './plan-routes.ts';
import { sagaOperationMachine } from './saga-operation-machine.ts';
import type { ServiceFragment } from './service-fragment.ts';
import { subscriptionMachine } from './subscription-machine.ts';
import { idsIn, isAboutEnd } from './voter-fragment.ts';

/** A node has at most one held deletion; a lifted hold finds the deletion by the node. */
function checkHeldRequest(data: Static<typeof DeleteSchema>): void {
  const { id, when_held: whenHeld, give_up_at: giveUpAt } = data;
  if (whenHeld !== undefined && idList(id).length > 1)
    throw new Refused('bad-message', 'when_held needs one id; found a list', { at: '/data/id' });
  if (giveUpAt !== undefined && parseIsoTime(giveUpAt) === undefined)
    throw new Refused(
      'bad-message',
      `found '${giveUpAt}'; allowed is a date or a time of ISO 8601`,
      {
        at: '/data/give_up_at',
      },
    );
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
    to: (message, newId) => {
      checkHeldRequest(dataOf(DeleteSchema, message));
      return byIdentity(message, newId);
    },
    starts: true,
    read: engagement,
  };
}

/** Deletions that a restored backup has undone, and that an operator carries out again. */
const replayRoute: MessageRoute = {
  machine: 'delete-saga',
  sender: 'operator',
  schema: ReplayDeletionsSchema,
  to: byIdentity,
  starts: true,
  read: (message, { key: saga }) => {
    const ids = idList(dataOf(ReplayDeletionsSchema, message).id);
    return consentRead('engagement', { ids, saga, mode: 'D' });
  },
};

/**
 * Each message of a new peer has an actor of its own, because generations allow any order. All
 * messages of an old peer have the same actor, which takes them in the order of arrival.
 */
function subscriptionRoute(): MessageRoute {
  const requestIn = (message: IncomingMessage) =>
    subscribeRequest(dataOf(SubscribeDataSchema, message));
  return {
    machine: 'subscription',
    sender: 'service',
    speaksFor: (message) => [requestIn(message).service],
    schema: SubscribeDataSchema,
    starts: true,
    to: (message, newId) =>
      isNewPeer(message)
        ? byIdentity(message, newId)
        : { key: identityOf('old peer', requestIn(message).service) },
    read: (message) => {
      const { ids: nodeIds, service: subscriber } = requestIn(message);
      return consentRead('subscriptions', { nodeIds, subscriber });
    },
  };
}

function inquiryRoute({ service }: ConsentSettings): MessageRoute {
  const knownStates = (message: IncomingMessage): Read =>
    ledgerRead('engagementStates', {
      saga: sagaHeaders(message.headers)?.saga ?? '',
      service,
      nodeIds: idsIn(message),
      ...(isAboutEnd(message) ? { endFor: message.from ?? '' } : {}),
    });
  return {
    machine: 'inquiry',
    sender: 'service',
    schema: NodesDataSchema,
    to: (_message, newId) => ({ key: newId }),
    starts: true,
    read: knownStates,
  };
}

function heldRoute(schema: TSchema, starts: boolean): MessageRoute<{ readonly id: string }> {
  return {
    machine: 'held-deletion',
    schema,
    to: ({ data }) => ({ key: data.id }),
    starts,
  };
}

/** A refused deletion that waits for the end of its holds. Each node has its own actor. */
const heldRoutes: Readonly<Record<string, MessageRoute>> = {
  holdDeletion: { ...heldRoute(HoldDeletionSchema, true), internal: true },
  unheld: { ...heldRoute(UnheldSchema, false), ignoreIfAbsent: true, sender: 'service' },
  cancelHeld: { ...heldRoute(CancelHeldSchema, false), sender: 'operator' },
};

/** The ends of retentions. An actor for each voter and end tells the voter of the end. */
const retentionRoute: MessageRoute = {
  machine: 'retention',
  schema: RetentionSchema,
  to: (message) => ({ key: retentionKey(dataOf(RetentionSchema, message)) }),
  starts: true,
  internal: true,
};

export function ownerFragment(
  settings: ConsentSettings,
  nodes: Nodes,
  { deleteSaga, retention }: OwnerMachines,
): ServiceFragment {
  const { adoption } = nodes;
  return {
    machines: {
      ...(adoption === undefined ? {} : { adoption: adoptionMachine(settings, nodes, adoption) }),
      subscription: subscriptionMachine(settings, nodes),
      inquiry: { machine: inquiryMachine(settings), ephemeral: true },
      'delete-saga': deleteSaga,
      retention,
      'held-deletion': heldDeletionMachine(settings),
      'saga-operation': sagaOperationMachine(settings, nodes),
    },
    messages: {
      delete: deleteRoute(),
      replayDeletions: replayRoute,
      subscribe: subscriptionRoute(),
      unsubscribe: subscriptionRoute(),
      isDeleting: inquiryRoute(settings),
      isUpdating: inquiryRoute(settings),
      ...operatorRoutes(settings, adoption !== undefined),
      plan: planRoute(),
      retention: retentionRoute,
      ...heldRoutes,
    },
    ignored: [],
  };
}
