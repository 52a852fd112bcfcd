/**
 * The messages of an owner (questions, `notDeleted` and facts), with their message ids.
 *
 * - The id of a message is made from the saga, the nodes, the action and the recipient. So a
 *   message keeps its id on every resend, and two messages with the same id are the same message.
 * - An old peer gets one node a message. A new peer may get several nodes and then answers with
 *   `results`.
 */
import type { Headers } from '../../runtime/ports/envelope.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import { prefixed } from './action-names.ts';
import { idsInBody, nodesTag } from './node-ids.ts';
import { consentHeaders, type QuestionScope } from './saga-headers.ts';
import type { ConsentSettings } from './settings.ts';

/** The service that gets a message, and the routing key of the message. */
export type Recipient = {
  readonly service: string;
  readonly routingKey: string;
  /** Of a broadcast to all old peers: the number of the round, counted from 1. */
  readonly round?: number;
};

export function consentMessageId(
  saga: string,
  ids: readonly string[],
  action: string,
  { service, round }: Pick<Recipient, 'service' | 'round'>,
): string {
  const to = round === undefined ? [service] : [service, String(round)];
  return identityOf(saga, nodesTag(ids), action, ...to);
}

/** A message about `ids` to one recipient; `more` stands beside the ids in the body. */
export function consentMessage(
  settings: ConsentSettings,
  action: string,
  ids: readonly string[],
  scope: QuestionScope,
  to: Recipient,
  more: JsonObject = {},
): Publish {
  return {
    exchange: settings.main.exchange,
    routingKey: to.routingKey,
    action: prefixed(action, settings.actionPrefix),
    data: { id: idsInBody(ids), ...more },
    messageId: consentMessageId(scope.saga, ids, action, to),
    headers: consentHeaders(scope),
  };
}

/**
 * A fact about a node: a message to each broadcast key, and a message to the node's id. `cause` is
 * the saga, or the created node.
 */
export function factMessages(
  settings: ConsentSettings,
  action: string,
  nodeId: string,
  cause: string,
  headers: Headers = {},
): readonly Publish[] {
  const recipients: readonly { readonly to: readonly string[]; readonly routingKey: string }[] = [
    { to: ['all'], routingKey: settings.main.routingKey },
    { to: ['node'], routingKey: nodeId },
    ...settings.factKeys.map((routingKey) => ({ to: ['all', routingKey], routingKey })),
  ];
  return recipients.map(({ to, routingKey }) => ({
    exchange: settings.main.exchange,
    routingKey,
    action: prefixed(action, settings.actionPrefix),
    data: { id: nodeId },
    messageId: identityOf(cause, nodeId, action, ...to),
    headers,
  }));
}
