/**
 * `subscribe` and `unsubscribe` on the wire: read in both forms, written in the new form.
 *
 * - The form of a new peer names the service, the form of an old peer only a routing key. An old
 *   peer's key is its name.
 * - A subscription has a generation that rises with every new subscription of a service to a node.
 *   An `unsubscribe` ends subscriptions up to its own generation, so a late `unsubscribe` never
 *   ends a newer subscription.
 */

import { Type } from 'typebox';
import type { MessageInfo } from '../../runtime/messages/message-events.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import { toOwner } from './action-names.ts';
import { idList, type NodeIds, NodeIdsSchema } from './node-ids.ts';
import { numberIn, protocolVersion } from './saga-headers.ts';
import type { ConsentSettings, OwnerAddress } from './settings.ts';

/** The most subscribers of one node. */
export const subscribersMax = 1_000;

/** Questions go to the key, so a key that cannot be sent would stop every deletion of the node. */
const RoutingKeySchema = Type.String({ minLength: 1, format: 'routing-key' });

export const SubscribeDataSchema = Type.Union([
  Type.Object({
    service: RoutingKeySchema,
    subscribe_to_id: NodeIdsSchema,
    // Any JSON: a value that is no text counts as none.
    routing_key: Type.Optional(Type.Unsafe<Json>({ format: 'routing-key' })),
  }),
  Type.Object({ routing_key: RoutingKeySchema, id: NodeIdsSchema }),
]);

/** A body that `SubscribeDataSchema` has checked. */
export type SubscribeData =
  | {
      readonly service: string;
      readonly subscribe_to_id: NodeIds;
      readonly routing_key?: Json;
    }
  | { readonly routing_key: string; readonly id: NodeIds };

export type SubscribeRequest = {
  readonly service: string;
  readonly routingKey?: string;
  readonly ids: readonly string[];
};

/** The request in either form of a body. */
export function subscribeRequest(data: SubscribeData): SubscribeRequest {
  if ('service' in data) {
    const { service, subscribe_to_id: ids, routing_key: routingKey } = data;
    const key = typeof routingKey === 'string' ? { routingKey } : {};
    return { service, ids: idList(ids), ...key };
  }
  return { service: data.routing_key, routingKey: data.routing_key, ids: idList(data.id) };
}

/**
 * The message of a subscriber. `purpose` distinguishes several actors of a service with
 * subscriptions to the same node.
 */
export function subscribeMessage(
  settings: Pick<ConsentSettings, 'service'>,
  action: 'subscribe' | 'unsubscribe',
  owner: OwnerAddress,
  nodeId: string,
  generation: number,
  purpose: readonly string[],
): Publish & Pick<OwnerAddress, 'of'> {
  return {
    ...toOwner(owner, action),
    data: { service: settings.service, subscribe_to_id: [nodeId] },
    messageId: identityOf(settings.service, nodeId, action, String(generation), ...purpose),
    headers: { 'consent-protocol': protocolVersion, 'consent-generation': generation },
  };
}

/** Why a subscription came back. `whose`: `the service of tags`. */
export function unreachableOwner(
  whose: string,
  { exchange, routingKey }: Pick<OwnerAddress, 'exchange' | 'routingKey'>,
): string {
  return `${whose} cannot be reached: no queue takes a message to the exchange '${exchange}' with the routing key '${routingKey}'`;
}

/** The generation of a subscription; 0 where the message does not say. */
export function generationOf({ headers }: MessageInfo): number {
  return numberIn(headers, 'consent-generation') ?? 0;
}

/** Whether the sender is a new peer. */
export function isNewPeer({ headers }: Pick<MessageInfo, 'headers'>): boolean {
  return headers['consent-protocol'] !== undefined;
}
