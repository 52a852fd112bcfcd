/**
 * The list of subscribers of one node: takes `subscribe` and `unsubscribe`.
 *
 * - While a deletion of the node or of an ancestor, or a move of the node, is under way, a new peer gets `wait` and asks again.
 * - A one-way `subscribe` of an old peer is taken at any time. The epoch rises, so a vote under way asks the newcomer too. Each
 *   saga that holds the node gets a history line about the late subscriber.
 * - A subscriber that a running saga asks cannot leave before the saga ends: it gets `wait`. A one-way `unsubscribe` is kept and
 *   done when the node is free.
 * - A node has at most `subscribersMax` subscribers, so that a vote is a matter of a few commits.
 */
import { assertEvent, setup } from 'xstate';
import type {
  MessageEvent,
  ReadEvent,
  WriteErrorEvent,
} from '../../runtime/messages/message-events.ts';
import { read, record, reply, write } from '../../runtime/step/effects.ts';
import { noBody, okBody, waitBody } from '../consent/answers.ts';
import { compatibleSagas, excludesCreate } from '../consent/conflicts.ts';
import { type ConsentReads, consentRead } from '../consent/consent-reads.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import type { Nodes } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  generationOf,
  isNewPeer,
  type SubscribeRequest,
  subscribersMax,
} from '../consent/subscribe-messages.ts';

/** A `subscribe` or `unsubscribe` for one of its nodes. */
export type NodeSubscription = {
  readonly nodeId: string;
  readonly subscriber: SubscribeRequest;
};

type Now = ConsentReads['subscription']['result'];
type SubscribeEvent = MessageEvent<NodeSubscription, Now, 'subscribe' | 'unsubscribe'>;
type NowEvent = ReadEvent<Now, 'now'>;
type Events = SubscribeEvent | NowEvent | WriteErrorEvent | { readonly type: 'leave again' };

/** An `unsubscribe` that waits for the end of the sagas that hold the node. */
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

/** The reason why the node cannot be subscribed to; undefined: it can. */
function reasonAgainst(
  { type, data: { nodeId }, $: { read: now } }: SubscribeEvent,
  ownClass: string,
): string | undefined {
  if (now.tombstoned) return `the node ${nodeId} is deleted`;
  if (now.node === null) return `there is no node ${nodeId}`;
  if (now.node.objectClass !== ownClass)
    return `the node ${nodeId} is a ${now.node.objectClass}, not a ${ownClass}`;
  const isFull = type === 'subscribe' && now.existing === null && now.subscribers >= subscribersMax;
  return isFull
    ? `the node ${nodeId} has ${subscribersMax} subscribers, the most that are asked`
    : undefined;
}

const requests = ['subscribe', 'unsubscribe'] as const;
const types = {} as { context: Context; events: Events; input: { readonly key: string } };
const { assign, raise } = setup({ types });

/** The actions of `subscribe`. */
function subscribeActions({ service, objectClass }: ConsentSettings, nodes: Nodes) {
  return {
    // A new peer waits while an operation holds the node. The subscription of an old peer is taken at any time.
    subscribe: write('subscribe', ({ event }: { event: SubscribeEvent }) => {
      const { message, read: now, newId } = event.$;
      const { nodeId, subscriber } = event.data;
      const { service: name, routingKey } = subscriber;
      const subscription = {
        nodeId,
        subscriber: name,
        generation: generationOf(message),
        consent: isNewPeer(message),
        ...(routingKey === undefined ? {} : { routingKey }),
      };
      const despite = compatibleSagas(now.holds, nodeId);
      return [
        ledgerWrite(
          'subscribe',
          {
            service,
            above: now.node?.above ?? [],
            ...subscription,
            ...(message.replyTo === null ? {} : { despite }),
          },
          { epochs: { [nodeId]: now.node?.epoch ?? 0 } },
        ),
        ...nodes.list({ id: newId, ...subscription }),
      ];
    }),
    noteLate: record('subscribe', ({ event }: { event: SubscribeEvent }) => {
      const { message, read: now } = event.$;
      const { nodeId, subscriber } = event.data;
      if (isNewPeer(message)) return [];
      return now.holds.map(({ saga, state }) => ({
        topic: saga,
        line: {
          what: 'legacy',
          hole: `subscribed late (${state})`,
          peers: [subscriber.service],
          nodes: [nodeId],
        },
      }));
    }),
    noteRefused: record('subscribe', ({ event }: { event: SubscribeEvent }) => {
      if (event.$.message.replyTo !== null) return [];
      const { nodeId, subscriber } = event.data;
      const reason = reasonAgainst(event, objectClass) ?? '';
      return {
        topic: `subscriber ${subscriber.service}`,
        line: { what: 'not subscribed', nodes: [nodeId], reason },
      };
    }),
    answerNo: reply('subscribe', ({ event }: { event: SubscribeEvent }) => ({
      body: noBody(service, reasonAgainst(event, objectClass) ?? 'no reason'),
    })),
  };
}

/** The actions of `unsubscribe`, at once or when the node is free. */
function unsubscribeActions(nodes: Nodes) {
  const leaving = (nodeId: string, { subscriber, generation }: Leaving) => [
    ledgerWrite('unsubscribe', { nodeId, subscriber, generation }, null),
    ...nodes.unlist([nodeId], subscriber, generation),
  ];
  return {
    unsubscribe: write('unsubscribe', ({ event }: { event: SubscribeEvent }) => {
      const { nodeId, subscriber } = event.data;
      const generation = generationOf(event.$.message);
      return leaving(nodeId, { subscriber: subscriber.service, generation });
    }),
    keepLeaving: assign(({ context, event }) => {
      assertEvent(event, 'unsubscribe');
      const { service: subscriber } = event.data.subscriber;
      const generation = generationOf(event.$.message);
      const others = context.leaving.filter((one) => one.subscriber !== subscriber);
      return { leaving: [...others, { subscriber, generation }] };
    }),
    leaveLater: raise({ type: 'leave again' }, { id: 'leave again', delay: leaveAgainMs }),
    readNow: read(({ context }: { context: Context }) => {
      const subscriber = context.leaving[0]?.subscriber ?? '';
      return {
        ...consentRead('subscription', { nodeId: context.nodeId, subscriber }),
        event: 'now',
      };
    }),
    leave: write(({ context }: { context: Context }) => {
      const [first] = context.leaving;
      return first === undefined ? undefined : leaving(context.nodeId, first);
    }),
    forgetLeaving: assign({ leaving: ({ context }) => context.leaving.slice(1) }),
  };
}

function guards({ objectClass }: ConsentSettings) {
  return {
    cannot: ({ event }: Args) => {
      assertEvent(event, requests);
      return reasonAgainst(event, objectClass) !== undefined;
    },
    mustWait: ({ event }: Args) => {
      assertEvent(event, requests);
      const { nodeId } = event.data;
      const { message, read: now } = event.$;
      return message.replyTo !== null && now.holds.some((hold) => excludesCreate(hold, nodeId));
    },
    isAsked: ({ event }: Args) => {
      assertEvent(event, requests);
      return isAskedNow(event.$.read);
    },
    isAskedStill: ({ event }: Args) => {
      assertEvent(event, 'now');
      return isAskedNow(event.$.read);
    },
    isOneWay: ({ event }: Args) => {
      assertEvent(event, requests);
      return event.$.message.replyTo === null && isAskedNow(event.$.read);
    },
    isNotThere: ({ event }: Args) => {
      assertEvent(event, requests);
      return event.$.read.node === null;
    },
    othersLeave: ({ context }: Args) => context.leaving.length > 1,
  };
}

export function nodeSubscriptionMachine(settings: ConsentSettings, nodes: Nodes) {
  return setup({
    types,
    actions: {
      ...subscribeActions(settings, nodes),
      ...unsubscribeActions(nodes),
      answerOk: reply(() => ({ body: okBody })),
      answerWait: reply(() => ({ body: waitBody, recorded: false })),
    },
    guards: guards(settings),
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
