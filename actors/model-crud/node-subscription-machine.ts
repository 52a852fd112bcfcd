/**
 * Who is asked before a node is changed: takes `subscribe` and `unsubscribe` for one node.
 *
 * 1. While an operation stands against it (a deletion here or above, a move of the node), a new peer is told to wait and asks again.
 * 2. An old peer's one-way form is taken at any time: it raises the epoch, so that a vote under way asks the newcomer too. That it came
 *    late is noted under each saga it met.
 * 3. Whoever has been asked under a saga that still runs cannot leave before it ends: it is told to wait, or, where it does not ask for
 *    an answer, its leaving is kept and done when the node is free.
 * 4. A node has at most `subscribersMax` subscribers: a vote must be a matter of a few commits.
 */
import { assign, raise, setup } from 'xstate';
import type {
  MessageEvent,
  ReadEvent,
  WriteErrorEvent,
} from '../../runtime/messages/message-events.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { read, record, reply, write } from '../../runtime/step/effects.ts';
import { noBody, okBody, waitBody } from '../consent/answers.ts';
import { compatibleSagas, excludesCreate } from '../consent/conflicts.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  generationOf,
  isNewPeer,
  type SubscribeRequest,
  subscribersMax,
} from '../consent/subscribe-messages.ts';
import { type HierarchyReads, hierarchyRead, hierarchyWrite } from '../hierarchy/store.ts';

/** The part of a `subscribe` that concerns one node. */
export type SubscriptionPart = {
  readonly nodeId: string;
  readonly subscriber: SubscribeRequest;
};

type Now = HierarchyReads['subscription']['result'];
type SubscribeEvent = MessageEvent<SubscriptionPart, Now, 'subscribe' | 'unsubscribe'>;
type NowEvent = ReadEvent<Now, 'now'>;
type Events = SubscribeEvent | NowEvent | WriteErrorEvent | { readonly type: 'leave again' };

/** A leaving that waits for the node to be free. */
type Leaving = {
  readonly subscriber: string;
  readonly generation: number;
};
type Context = {
  readonly nodeId: string;
  readonly leaving: readonly Leaving[];
};
type Args = { context: Context; event: Events };

const leaveAgainMs = 250;

function isAskedNow({ node, holds, existing }: Now): boolean {
  return existing !== null && holds.some(({ nodeId }) => nodeId === node?.id);
}

export function nodeSubscriptionMachine({ service, objectClass }: ConsentSettings) {
  const reasonAgainst = ({ type, data, $: { read: now } }: SubscribeEvent): string | undefined => {
    if (now.tombstoned) return `the node ${data.nodeId} is deleted`;
    if (now.node === null) return `there is no node ${data.nodeId}`;
    if (now.node.objectClass !== objectClass)
      return `the node ${data.nodeId} is a ${now.node.objectClass}, not a ${objectClass}`;
    const isFull =
      type === 'subscribe' && now.existing === null && now.subscribers >= subscribersMax;
    return isFull
      ? `the node ${data.nodeId} has ${subscribersMax} subscribers, and more are not asked`
      : undefined;
  };
  const answer = (body: (event: SubscribeEvent) => Json, recorded = true) =>
    reply(({ event }: Args) => ({
      to: (event as SubscribeEvent).$.message.replyTo ?? undefined,
      body: body(event as SubscribeEvent),
      recorded,
    }));

  return setup({
    types: {} as { context: Context; events: Events; input: { readonly key: string } },
    actions: {
      subscribe: write(({ event }: Args) => {
        const {
          data,
          $: { message, read: now, newId: fresh },
        } = event as SubscribeEvent;
        const { nodeId, subscriber } = data;
        const routing =
          subscriber.routingKey === undefined ? {} : { routingKey: subscriber.routingKey };
        const consent = isNewPeer(message);
        // A new peer is told to wait while somebody holds the node; an old one's subscription is taken at any time.
        const held =
          message.replyTo === null ? {} : { despite: compatibleSagas(now.holds, nodeId) };
        const args = {
          id: fresh,
          nodeId,
          subscriber: subscriber.service,
          generation: generationOf(message),
          consent,
          ...routing,
          ...held,
        };
        return hierarchyWrite('subscribe', args, { epochs: { [nodeId]: now.node?.epoch ?? 0 } });
      }),
      noteLate: record(({ event }: Args) => {
        const {
          data,
          $: { message, read: now },
        } = event as SubscribeEvent;
        if (isNewPeer(message)) return [];
        return now.holds.map(({ saga, state }) => ({
          topic: saga,
          line: {
            what: 'legacy',
            hole: `subscribed late (${state})`,
            peers: [data.subscriber.service],
            nodes: [data.nodeId],
          },
        }));
      }),
      noteRefused: record(({ event }: Args) => {
        const {
          data,
          type,
          $: { message },
        } = event as SubscribeEvent;
        if (message.replyTo !== null || type !== 'subscribe') return [];
        const reason = reasonAgainst(event as SubscribeEvent) ?? '';
        return {
          topic: `subscriber ${data.subscriber.service}`,
          line: { what: 'not subscribed', nodes: [data.nodeId], reason },
        };
      }),
      unsubscribe: write(({ event }: Args) => {
        const {
          data,
          $: { message },
        } = event as SubscribeEvent;
        const args = {
          nodeId: data.nodeId,
          subscriber: data.subscriber.service,
          generation: generationOf(message),
        };
        return hierarchyWrite('unsubscribe', args, null);
      }),
      keepLeaving: assign(({ context, event }) => {
        const {
          data,
          $: { message },
        } = event as SubscribeEvent;
        const one = { subscriber: data.subscriber.service, generation: generationOf(message) };
        return {
          leaving: [
            ...context.leaving.filter(({ subscriber }) => subscriber !== one.subscriber),
            one,
          ],
        };
      }),
      leaveLater: raise({ type: 'leave again' } as Events, {
        id: 'leave again',
        delay: leaveAgainMs,
      }),
      readNow: read(({ context }: Args) => {
        const [first] = context.leaving;
        const args = { nodeId: context.nodeId, subscriber: first?.subscriber ?? '', objectClass };
        return { ...hierarchyRead('subscription', args), event: 'now' };
      }),
      leave: write(({ context }: Args) => {
        const [first] = context.leaving;
        return first === undefined
          ? undefined
          : hierarchyWrite('unsubscribe', { nodeId: context.nodeId, ...first }, null);
      }),
      forgetLeaving: assign({ leaving: ({ context }) => context.leaving.slice(1) }),
      answerOk: answer(() => okBody),
      answerWait: answer(() => waitBody, false),
      answerNo: answer((event) => noBody(service, reasonAgainst(event) ?? 'no reason')),
    },
    guards: {
      cannot: ({ event }) => reasonAgainst(event as SubscribeEvent) !== undefined,
      mustWait: ({ event }) => {
        const {
          data,
          $: { read: now, message },
        } = event as SubscribeEvent;
        return (
          message.replyTo !== null && now.holds.some((hold) => excludesCreate(hold, data.nodeId))
        );
      },
      isAsked: ({ event }) => isAskedNow((event as SubscribeEvent).$.read),
      isAskedStill: ({ event }) => isAskedNow((event as NowEvent).$.read),
      isOneWay: ({ event }) =>
        (event as SubscribeEvent).$.message.replyTo === null &&
        isAskedNow((event as SubscribeEvent).$.read),
      isNotThere: ({ event }) => (event as SubscribeEvent).$.read.node === null,
      othersLeave: ({ context }) => context.leaving.length > 1,
    },
  }).createMachine({
    id: 'node-subscription',
    context: ({ input }) => ({ nodeId: input.key, leaving: [] }),
    initial: 'open',
    states: {
      open: {
        on: {
          subscribe: [
            { guard: 'cannot', actions: ['answerNo', 'noteRefused'] },
            { guard: 'mustWait', actions: 'answerWait' },
            { actions: ['subscribe', 'noteLate', 'answerOk'] },
          ],
          unsubscribe: [
            { guard: 'isNotThere', actions: 'answerOk' },
            { guard: 'isOneWay', actions: ['keepLeaving', 'leaveLater'] },
            { guard: 'isAsked', actions: 'answerWait' },
            { actions: ['unsubscribe', 'answerOk'] },
          ],
          'leave again': { actions: 'readNow' },
          now: [
            { guard: 'isAskedStill', actions: 'leaveLater' },
            { guard: 'othersLeave', actions: ['leave', 'forgetLeaving', 'leaveLater'] },
            { actions: ['leave', 'forgetLeaving'] },
          ],
        },
      },
    },
  });
}
