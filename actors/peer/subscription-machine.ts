/**
 * Takes a `subscribe` or `unsubscribe` for any number of nodes, with a single answer that names
 * each node. `subscription-rules.ts` decides about each node.
 *
 * - The actor ends with its answer, so nothing of a subscription outlives the node. Only an
 *   `unsubscribe` without an answer that must wait keeps the actor until the nodes are free.
 * - Messages of new peers have generations, so they may be taken in any order. All messages of an
 *   old peer belong to the same actor, which takes messages in the order of arrival.
 * - Each saga that holds a node gets a history line about a late subscriber.
 */
import { assertEvent, setup } from 'xstate';
import type {
  MessageEvent,
  MessageInfo,
  ReadEvent,
} from '../../runtime/messages/message-events.ts';
import type { Write } from '../../runtime/ports/store.ts';
import { read, record, reply, write } from '../../runtime/step/effects.ts';
import { answersBody } from '../consent/answers.ts';
import { compatibleSagas } from '../consent/conflicts.ts';
import { consentRead, type SubscriptionNow } from '../consent/consent-reads.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import type { Nodes } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  generationOf,
  isNewPeer,
  type SubscribeData,
  type SubscribeRequest,
  subscribeRequest,
} from '../consent/subscribe-messages.ts';
import { listedId } from './listed-id.ts';
import {
  answerBody,
  isAsked,
  subscribeVerdict,
  unsubscribeVerdict,
  type Verdict,
} from './subscription-rules.ts';

type Nows = readonly SubscriptionNow[];
type SubscribeEvent = MessageEvent<SubscribeData, Nows, 'subscribe' | 'unsubscribe'>;
type NowEvent = ReadEvent<Nows, 'now'>;
type Events = SubscribeEvent | NowEvent;

/** An `unsubscribe` that waits for the end of the sagas that hold the node. */
type Leaving = {
  readonly nodeId: string;
  readonly generation: number;
};
type Context = {
  readonly subscriber: string;
  readonly leaving: readonly Leaving[];
};
type Args = { context: Context; event: Events };
type Asked = { event: SubscribeEvent };

const leaveAgainMs = 250;
const requests = ['subscribe', 'unsubscribe'] as const;
const types = {} as { context: Context; events: Events };
const { assign } = setup({ types });

function requestIn({ data }: SubscribeEvent): SubscribeRequest {
  return subscribeRequest(data);
}

function verdictsOf({ objectClass }: ConsentSettings, event: SubscribeEvent): readonly Verdict[] {
  const { message, read: nows } = event.$;
  const isOneWay = message.replyTo === null;
  return event.type === 'subscribe'
    ? nows.map((now) => subscribeVerdict(now, objectClass, isOneWay))
    : nows.map((now) => unsubscribeVerdict(now, isOneWay));
}

function nowsDone(verdicts: readonly Verdict[]): Nows {
  return verdicts.filter(({ does }) => does === 'done').map(({ now }) => now);
}

/** The writes that put the subscriber on the list of a node. */
function subscribeWrites(
  service: string,
  nodes: Nodes,
  { node, nodeId, holds }: SubscriptionNow,
  { service: subscriber, routingKey }: SubscribeRequest,
  { message, newId }: SubscribeEvent['$'],
): readonly Write[] {
  const key = routingKey === undefined ? {} : { routingKey };
  const generation = generationOf(message);
  const subscription = { nodeId, subscriber, generation, consent: isNewPeer(message), ...key };
  // A new peer waits while an operation holds the node. The subscription of an old peer is taken at any time.
  const despite = message.replyTo === null ? {} : { despite: compatibleSagas(holds, nodeId) };
  return [
    ledgerWrite(
      'subscribe',
      { service, above: node?.above ?? [], ...subscription, ...despite },
      { epochs: {} },
    ),
    ...nodes.list({ id: listedId(newId, nodeId), ...subscription }),
  ];
}

function leaveWrites(
  nodes: Nodes,
  subscriber: string,
  leaving: readonly Leaving[],
): readonly Write[] {
  const unlisted = new Map<number, string[]>();
  for (const { nodeId, generation } of leaving) {
    const ids = unlisted.get(generation) ?? [];
    ids.push(nodeId);
    unlisted.set(generation, ids);
  }
  return [
    ...leaving.map(({ nodeId, generation }) =>
      ledgerWrite('unsubscribe', { nodeId, subscriber, generation }, null),
    ),
    ...[...unlisted].flatMap(([generation, ids]) => nodes.unlist(ids, subscriber, generation)),
  ];
}

function leavingOf(nows: Nows, message: MessageInfo): readonly Leaving[] {
  const generation = generationOf(message);
  return nows.map(({ nodeId }) => ({ nodeId, generation }));
}

/** The changes of the lists by a message. */
function listActions(settings: ConsentSettings, nodes: Nodes) {
  const { service } = settings;
  return {
    subscribe: write('subscribe', ({ event }: Asked) => {
      const request = requestIn(event);
      return nowsDone(verdictsOf(settings, event)).flatMap((now) =>
        subscribeWrites(service, nodes, now, request, event.$),
      );
    }),
    unsubscribe: write('unsubscribe', ({ event }: Asked) => {
      const free = nowsDone(verdictsOf(settings, event));
      const { service: subscriber } = requestIn(event);
      return leaveWrites(nodes, subscriber, leavingOf(free, event.$.message));
    }),
    answer: reply(requests, ({ event }: Asked) => {
      const verdicts = verdictsOf(settings, event);
      const bodies = new Map(
        verdicts.map((verdict) => [verdict.now.nodeId, answerBody(service, verdict)]),
      );
      return {
        body: answersBody([...bodies.keys()], (id) => bodies.get(id) ?? {}),
        recorded: verdicts.every(({ response }) => response !== 'wait'),
      };
    }),
  };
}

/** The notes about late and refused subscribers. */
function notes(settings: ConsentSettings) {
  return {
    noteLate: record('subscribe', ({ event }: Asked) => {
      const { service } = requestIn(event);
      if (isNewPeer(event.$.message)) return [];
      return nowsDone(verdictsOf(settings, event)).flatMap(({ nodeId, holds }) =>
        holds.map(({ saga, state }) => ({
          topic: saga,
          line: {
            what: 'legacy',
            hole: `subscribed late (${state})`,
            peers: [service],
            nodes: [nodeId],
          },
        })),
      );
    }),
    noteRefused: record('subscribe', ({ event }: Asked) => {
      if (event.$.message.replyTo !== null) return [];
      const topic = `subscriber ${requestIn(event).service}`;
      return verdictsOf(settings, event).flatMap(({ response, reason = '', now }) =>
        response === 'no'
          ? { topic, line: { what: 'not subscribed', nodes: [now.nodeId], reason } }
          : [],
      );
    }),
  };
}

/** The actions of an `unsubscribe` that waits for the end of the sagas that hold its nodes. */
function waitingActions(settings: ConsentSettings, nodes: Nodes) {
  return {
    keepLeaving: assign(({ context, event }) => {
      assertEvent(event, 'unsubscribe');
      const held = verdictsOf(settings, event).filter(({ does }) => does === 'later');
      const kept = leavingOf(
        held.map(({ now }) => now),
        event.$.message,
      );
      const ids = new Set(kept.map(({ nodeId }) => nodeId));
      return {
        subscriber: requestIn(event).service,
        leaving: [...context.leaving.filter(({ nodeId }) => !ids.has(nodeId)), ...kept],
      };
    }),
    /** A later subscription is meant to stay. */
    keepStaying: assign(({ context, event }) => {
      assertEvent(event, 'subscribe');
      const generation = generationOf(event.$.message);
      const stays = new Set(requestIn(event).ids);
      return {
        leaving: context.leaving.filter(
          (one) => !stays.has(one.nodeId) || one.generation > generation,
        ),
      };
    }),
    readNow: read(({ context: { leaving, subscriber } }: Args) => ({
      ...consentRead('subscriptions', {
        nodeIds: leaving.map(({ nodeId }) => nodeId),
        subscriber,
      }),
      event: 'now',
    })),
    leave: write('now', ({ context, event }: { context: Context; event: NowEvent }) =>
      leaveWrites(nodes, context.subscriber, freeAmong(context, event)),
    ),
    forgetLeft: assign(({ context, event }) => {
      assertEvent(event, 'now');
      const left = new Set(freeAmong(context, event));
      return { leaving: context.leaving.filter((one) => !left.has(one)) };
    }),
  };
}

/** The waiting unsubscribes of nodes that no saga asks about any more. */
function freeAmong({ leaving }: Context, { $ }: NowEvent): readonly Leaving[] {
  const asked = new Set($.read.filter(isAsked).map(({ nodeId }) => nodeId));
  return leaving.filter(({ nodeId }) => !asked.has(nodeId));
}

const takesMessages = {
  subscribe: {
    target: 'settled',
    actions: ['subscribe', 'keepStaying', 'noteLate', 'noteRefused', 'answer'],
  },
  unsubscribe: { target: 'settled', actions: ['unsubscribe', 'keepLeaving', 'answer'] },
} as const;

const states = {
  taken: { on: takesMessages },
  settled: { always: [{ guard: 'someoneLeaves', target: 'leaving' }, { target: 'done' }] },
  leaving: {
    after: { [leaveAgainMs]: 'looking' },
    on: takesMessages,
  },
  looking: {
    entry: 'readNow',
    on: { now: { target: 'settled', actions: ['leave', 'forgetLeft'] } },
  },
  done: { type: 'final' },
} as const;

export function subscriptionMachine(settings: ConsentSettings, nodes: Nodes) {
  return setup({
    types,
    actions: {
      ...listActions(settings, nodes),
      ...notes(settings),
      ...waitingActions(settings, nodes),
    },
    guards: { someoneLeaves: ({ context }: Args) => context.leaving.length > 0 },
  }).createMachine({
    id: 'subscription',
    context: { subscriber: '', leaving: [] },
    initial: 'taken',
    states,
  });
}
