/**
 * Creates a node, or copies of several nodes in one commit: subscribes to the nodes of other
 * services that the new node depends on, waits for `ok`, and only then writes.
 *
 * - The write expects live subscriptions, no promise of this service about these nodes, and no
 *   excluding hold on the parent. Creates below one parent do not disturb each other.
 * - While a deletion is under way the create waits. The create goes on when the deletion is called
 *   off, and is refused when the parent is gone.
 * - The machine holds no lock while it waits, and ends by its own deadline of 20 s.
 */
import { assertEvent, setup } from 'xstate';
import { ask, publish, read, reply, write } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { readAnswer } from '../consent/answers.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { attributeLists } from '../consent/given-attributes.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import { factMessages } from '../consent/messages.ts';
import { excludingHolds, isGivenUp, nextGenerations, upstreamOf } from '../consent/placement.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { subscribeMessage } from '../consent/subscribe-messages.ts';
import { namingOf } from '../hierarchy/ports.ts';
import { hierarchyWrite } from '../hierarchy/store.ts';
import type { EntityHooks } from './entity-hooks.ts';
import { createRefusal } from './messages.ts';
import {
  type Args,
  type Context,
  despiteOf,
  type Events,
  type FirstEvent,
  initialContext,
  nodesOf,
  placeIn,
  problemOf,
  referencesIn,
  subscriptionProblem,
  takenFrom,
  timeoutProblem,
} from './node-creation.ts';
import { createdAdditions, type HookedEntity } from './node-hooks.ts';
import { copiedLocks, isSourceHeld } from './subtree-copy.ts';

const deadlineMs = 20_000;
const askAgainMs = 500;
const parkedMs = 250;
const first = ['create', 'copy'] as const;

const types = {} as { context: Context; events: Events; input: { readonly $: Stamp } };
const { assign } = setup({ types });

/** The actions that only change the context. */
function contextActions(settings: ConsentSettings, hooks: EntityHooks) {
  return {
    take: assign(({ context, event }) => {
      assertEvent(event, first);
      return takenFrom(settings, hooks, context, event);
    }),
    takePlace: assign(({ event }) => {
      assertEvent(event, 'place');
      return { place: placeIn(event) };
    }),
    beginAgain: assign(({ context, event }) => {
      assertEvent(event, 'place');
      const place = placeIn(event);
      const generations = nextGenerations(place, context.depends);
      return { place, subscribed: [], attempts: 0, generations };
    }),
    noteProblem: assign(({ context, event }) => {
      assertEvent(event, [...first, 'place']);
      return { problem: problemOf(settings, hooks, context, event) ?? null };
    }),
    noteRefusal: assign(({ context, event }) => {
      assertEvent(event, ['subscribed', 'subscribed.unroutable']);
      return { problem: subscriptionProblem(settings, context, event) };
    }),
    noteTimeout: assign(({ context }) => ({ problem: timeoutProblem(context) })),
    // The undone step may be the first. Then only the undone event knows the sender.
    noteWriteError: assign(({ context, event }) => {
      assertEvent(event, 'error.write');
      const { $ } = event.cause as Partial<FirstEvent>;
      return { problem: event.error, message: context.message ?? $?.message ?? null };
    }),
    noteSubscribed: assign(({ context, event }) => {
      assertEvent(event, 'subscribed');
      return { subscribed: [...new Set([...context.subscribed, event.about.nodeId])] };
    }),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
  };
}

/** The actions by which the service becomes a subscriber. */
function subscriptionActions(settings: ConsentSettings) {
  const { service } = settings;
  return {
    link: write(({ context: { place, depends, generations } }: Args) =>
      depends.map((nodeId) => {
        const generation = generations[nodeId] ?? 1;
        const entity = upstreamOf(settings, place, nodeId)?.entity;
        const to = entity === undefined ? {} : { entity };
        return ledgerWrite('link', { service, nodeId, generation, ...to }, null);
      }),
    ),
    subscribe: ask(({ context }: Args) => {
      const { id, attempts } = context;
      const purpose = attempts === 0 ? [id] : [id, String(attempts)];
      const open = context.depends.filter((nodeId) => !context.subscribed.includes(nodeId));
      return open.flatMap((nodeId) => {
        const owner = upstreamOf(settings, context.place, nodeId)?.owner;
        const generation = context.generations[nodeId] ?? 1;
        return owner === undefined
          ? []
          : [
              {
                ...subscribeMessage(settings, 'subscribe', owner, nodeId, generation, purpose),
                answer: 'subscribed',
                about: { nodeId },
              },
            ];
      });
    }),
  };
}

/** The actions that read the placement, write the node and answer. */
function nodeActions(settings: ConsentSettings, hooked: HookedEntity) {
  const { service, objectClass, systemNode } = settings;
  const naming = namingOf(settings);
  const additions = (context: Context, event: Events) => {
    const { atMs } = event.$;
    return nodesOf(context).map((node) => createdAdditions(settings, hooked, { ...node, atMs }));
  };
  return {
    readPlace: read(({ context: { attributes, parentId, copy } }: Args) => {
      const references = referencesIn(settings, attributes, copy);
      const at = { references, ...(parentId === null ? {} : { parentId }) };
      const placement =
        copy === undefined
          ? consentRead('place', at)
          : consentRead('copying', {
              ...at,
              id: copy.sourceId,
              attributes: [],
              replace: {},
            });
      return { ...placement, event: 'place' };
    }),
    add: write(({ context, event }: Args) => {
      const { place, depends: on, generations: subscribed } = context;
      assertEvent(event, 'place');
      const { source } = event.$.read;
      if (place.parent === null) return undefined;
      const { id: parentId } = place.parent;
      const below = { nodeId: parentId, above: place.above, despite: despiteOf(place) };
      const added = { service, objectClass, systemNode, ...naming };
      return [
        ledgerWrite('depend', { service, on, below }, { subscribed }),
        ...copiedLocks(context.copy, source),
        ...nodesOf(context).map(({ attributes, ...node }) =>
          hierarchyWrite(
            'add',
            { ...node, ...added, attributes: attributeLists(attributes) },
            null,
          ),
        ),
        ...additions(context, event).flatMap(({ writes }) => writes),
      ];
    }),
    startAfterCreation: publish(({ context, event }: Args) =>
      additions(context, event).flatMap(({ messages }) => messages),
    ),
    announce: publish(({ context }: Args) =>
      nodesOf(context).flatMap(({ id }) => factMessages(settings, 'created', id, id)),
    ),
    answerCreated: reply(({ context: { id, message, copy } }: Args) => ({
      to: message?.replyTo,
      body: copy === undefined ? { id } : { id, ids: copy.ids },
    })),
    answerProblem: reply(({ context: { message, problem } }: Args) => ({
      to: message?.replyTo,
      body: createRefusal(problem ?? { code: 500, name: 'broken', message: 'no reason' }),
    })),
  };
}

/** All states between the request and the end. */
const waiting = {
  after: { [deadlineMs]: { target: 'refused', actions: 'noteTimeout' } },
  initial: 'subscribing',
  states: {
    subscribing: {
      entry: 'subscribe',
      always: { guard: 'allSubscribed', target: 'placing' },
      on: {
        subscribed: [
          { guard: 'saysOk', actions: 'noteSubscribed' },
          { guard: 'saysWait', target: 'askingAgain' },
          { target: '#node-creation.refused', actions: 'noteRefusal' },
        ],
        'subscribed.unroutable': { target: '#node-creation.refused', actions: 'noteRefusal' },
      },
    },
    askingAgain: {
      after: { [askAgainMs]: { target: 'subscribing', actions: 'countAttempt' } },
      on: {
        subscribed: [{ guard: 'saysOk', actions: 'noteSubscribed' }, {}],
        'subscribed.unroutable': {},
      },
    },
    placing: {
      entry: 'readPlace',
      on: {
        place: [
          {
            guard: 'hasProblem',
            target: '#node-creation.refused',
            actions: ['noteProblem', 'takePlace'],
          },
          { guard: 'isHeld', target: 'parked' },
          { guard: 'isGivenBack', target: 'subscribing', actions: ['beginAgain', 'link'] },
          {
            target: '#node-creation.created',
            actions: ['takePlace', 'add', 'startAfterCreation', 'announce', 'answerCreated'],
          },
        ],
      },
    },
    parked: {
      after: { [parkedMs]: 'placing' },
      on: { subscribed: {}, 'subscribed.unroutable': {} },
    },
  },
} as const;

/** The transitions of a first event. */
const begun = [
  { guard: 'hasProblem', target: 'refused', actions: ['take', 'noteProblem'] },
  { guard: 'dependsOnOthers', target: 'waiting.subscribing', actions: ['take', 'link'] },
  { target: 'waiting.placing', actions: 'take' },
] as const;

function responseTo(event: Events): string | undefined {
  assertEvent(event, 'subscribed');
  return readAnswer(event.answer)?.response;
}

function guards(settings: ConsentSettings, hooks: EntityHooks) {
  return {
    hasProblem: ({ context, event }: Args) => {
      assertEvent(event, [...first, 'place']);
      return problemOf(settings, hooks, context, event) !== undefined;
    },
    dependsOnOthers: ({ context, event }: Args) => {
      assertEvent(event, first);
      return (takenFrom(settings, hooks, context, event).depends ?? []).length > 0;
    },
    isGivenBack: ({ context, event }: Args) => {
      assertEvent(event, 'place');
      return isGivenUp(event.$.read, context.generations);
    },
    isHeld: ({ context, event }: Args) => {
      assertEvent(event, 'place');
      const { source } = event.$.read;
      const isCopied = source !== undefined && isSourceHeld(source, context.copy?.sourceId);
      return isCopied || excludingHolds(event.$.read, context.depends).length > 0;
    },
    saysOk: ({ event }: Args) => responseTo(event) === 'ok',
    saysWait: ({ event }: Args) => responseTo(event) === 'wait',
    allSubscribed: ({ context }: Args) =>
      context.depends.every((nodeId) => context.subscribed.includes(nodeId)),
  };
}

/** `hooked`: code of somebody's own. */
export function nodeCreationMachine(
  settings: ConsentSettings,
  hooked: HookedEntity = { hooks: {}, activities: {} },
) {
  return setup({
    types,
    actions: {
      ...contextActions(settings, hooked.hooks),
      ...subscriptionActions(settings),
      ...nodeActions(settings, hooked),
    },
    guards: guards(settings, hooked.hooks),
  }).createMachine({
    id: 'node-creation',
    context: ({ input }) => initialContext(input.$.newId),
    initial: 'starting',
    on: { 'error.write': { target: '.refused', actions: 'noteWriteError' } },
    states: {
      starting: { on: { create: begun, copy: begun } },
      waiting,
      created: { type: 'final' },
      refused: { type: 'final', entry: 'answerProblem' },
    },
  });
}
