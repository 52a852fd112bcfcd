/**
 * Who is asked before a node is changed: takes `subscribe` and `unsubscribe` for one node.
 *
 * 1. While the node (or one above it) is held by an operation, a new peer is told to wait and asks again.
 * 2. An old peer's one-way form is taken at any time: it raises the epoch, so that a vote under way asks the newcomer too.
 * 3. Whoever has been asked under a saga that still runs cannot leave before it ends.
 */
import { setup } from 'xstate';
import { reply, write } from '../../runtime/effects.ts';
import type { Json } from '../../runtime/json.ts';
import type { MessageEvent, WriteErrorEvent } from '../../runtime/service.ts';
import { generationOf, noBody, okBody, type SubscribeRequest, speaksConsent, waitBody } from '../consent/messages.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { type HierarchyReads, hierarchyWrite } from '../hierarchy/store.ts';

/** The part of a `subscribe` that concerns one node. */
export interface SubscriptionPart {
  readonly nodeId: string;
  readonly subscriber: SubscribeRequest;
}

type Now = HierarchyReads['subscription']['result'];
type SubscribeEvent = MessageEvent<SubscriptionPart, Now, 'subscribe' | 'unsubscribe'>;
type Events = SubscribeEvent | WriteErrorEvent;
type Args = { event: Events };

export function nodeSubscriptionMachine({ service, objectClass }: ConsentSettings) {
  const reasonAgainst = ({ data, read: now }: SubscribeEvent): string | undefined => {
    if (now.tombstoned) return `the node ${data.nodeId} is deleted`;
    if (now.node === null) return `there is no node ${data.nodeId}`;
    return now.node.objectClass === objectClass ? undefined : `the node ${data.nodeId} is a ${now.node.objectClass}, not a ${objectClass}`;
  };
  const answer = (body: (event: SubscribeEvent) => Json, recorded = true) =>
    reply(({ event }: Args) => ({
      to: (event as SubscribeEvent).message.replyTo ?? undefined,
      body: body(event as SubscribeEvent),
      recorded,
    }));

  return setup({
    types: {} as { events: Events },
    actions: {
      subscribe: write(({ event }: Args) => {
        const { data, message, read: now, fresh } = event as SubscribeEvent;
        const { nodeId, subscriber } = data;
        const routing = subscriber.routingKey === undefined ? {} : { routingKey: subscriber.routingKey };
        const consent = speaksConsent(message);
        // A new peer is told to wait while somebody holds the node; an old one's subscription is taken at any time.
        const held = message.replyTo === null ? {} : { despite: [] };
        const args = { id: fresh, nodeId, subscriber: subscriber.service, generation: generationOf(message), consent, ...routing, ...held };
        return hierarchyWrite('subscribe', args, { epochs: { [nodeId]: now.node?.epoch ?? 0 } });
      }),
      unsubscribe: write(({ event }: Args) => {
        const { data, message } = event as SubscribeEvent;
        return hierarchyWrite(
          'unsubscribe',
          { nodeId: data.nodeId, subscriber: data.subscriber.service, generation: generationOf(message) },
          null,
        );
      }),
      answerOk: answer(() => okBody),
      answerWait: answer(() => waitBody, false),
      answerNo: answer((event) => noBody(service, reasonAgainst(event) ?? 'no reason')),
    },
    guards: {
      cannot: ({ event }) => reasonAgainst(event as SubscribeEvent) !== undefined,
      mustWait: ({ event }) => (event as SubscribeEvent).read.holds.length > 0 && (event as SubscribeEvent).message.replyTo !== null,
      isAsked: ({ event }) => {
        const { node, holds, existing } = (event as SubscribeEvent).read;
        return existing !== null && holds.some(({ nodeId }) => nodeId === node?.id);
      },
      isNotThere: ({ event }) => (event as SubscribeEvent).read.node === null,
    },
  }).createMachine({
    id: 'node-subscription',
    initial: 'open',
    states: {
      open: {
        on: {
          subscribe: [
            { guard: 'cannot', actions: 'answerNo' },
            { guard: 'mustWait', actions: 'answerWait' },
            { actions: ['subscribe', 'answerOk'] },
          ],
          unsubscribe: [
            { guard: 'isNotThere', actions: 'answerOk' },
            { guard: 'isAsked', actions: 'answerWait' },
            { actions: ['unsubscribe', 'answerOk'] },
          ],
        },
      },
    },
  });
}
