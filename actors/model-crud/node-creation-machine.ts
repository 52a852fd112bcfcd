/**
 * Creates one node: subscribes to what it depends on, waits for `ok`, and only then writes it.
 *
 * 1. The write expects that the subscriptions hold, that this service has no promise about what the node depends on, and that nothing
 *    is held there: creates under one parent do not disturb each other.
 * 2. Where a deletion is under way it is parked: it goes on when that is called off, and is refused when the node has gone.
 * 3. It holds no lock while it waits, and ends by its own deadline.
 */

import { assign, setup } from 'xstate';
import type {
  AnswerEvent,
  MessageEvent,
  MessageInfo,
  ReadEvent,
  WriteErrorEvent,
} from '../../runtime/messages/message-events.ts';
import { ask, publish, read, reply, write } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { readAnswer } from '../consent/answers.ts';
import { compatibleSagas } from '../consent/conflicts.ts';
import { attributeLists, type GivenAttributes } from '../consent/given-attributes.ts';
import { factMessages } from '../consent/messages.ts';
import {
  dependsOn,
  excludingHolds,
  isGivenUp,
  linkOf,
  type Placement,
  type Problem,
  placementProblem,
  referencedIds,
  upstreamOf,
} from '../consent/placement.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { subscribeMessage } from '../consent/subscribe-messages.ts';
import { hierarchyRead, hierarchyWrite } from '../hierarchy/store.ts';
import { createRefusal } from './messages.ts';

type CreateData = {
  readonly parentId?: string | null;
  readonly attributes?: GivenAttributes;
};

type CreateEvent = MessageEvent<CreateData, Placement, 'create'>;
type PlaceEvent = ReadEvent<Placement, 'place'>;
type SubscribedEvent = AnswerEvent<
  { readonly nodeId: string },
  'subscribed' | 'subscribed.unroutable'
>;
type Events = CreateEvent | PlaceEvent | SubscribedEvent | WriteErrorEvent;

type Context = {
  readonly id: string;
  readonly parentId: string | null;
  readonly attributes: GivenAttributes;
  readonly message: MessageInfo | null;
  readonly place: Placement;
  readonly depends: readonly string[];
  /** Under which it subscribes to what it depends on. */
  readonly generations: Readonly<Record<string, number>>;
  /** Of what it depends on: who has said ok. */
  readonly subscribed: readonly string[];
  readonly attempts: number;
  readonly problem: Problem | null;
};

type Args = { context: Context; event: Events };

const deadlineMs = 20_000;
const askAgainMs = 500;
const parkedMs = 250;
const nowhere: Placement = { parent: null, holds: [], links: [] };

/** A later generation than any that is in use or was given back. */
function generationsFor(
  place: Placement,
  depends: readonly string[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    depends.map((nodeId) => [nodeId, (linkOf(place, nodeId)?.generation ?? 0) + 1]),
  );
}

/** Holds that were read and do not stand against a creation. */
function despiteOf({ holds, parent }: Placement): { readonly despite?: readonly string[] } {
  const despite = compatibleSagas(holds, parent?.id ?? '');
  return despite.length === 0 ? {} : { despite };
}

export function nodeCreationMachine(settings: ConsentSettings) {
  const { service, objectClass, baseNode, systemNode } = settings;
  const referencesOf = (context: Pick<Context, 'attributes'>): readonly string[] =>
    referencedIds(settings, context.attributes);
  const problemAt = (context: Context, place: Placement): Problem | undefined =>
    placementProblem(settings, place, context.parentId ?? undefined, context.attributes);

  return setup({
    types: {} as { context: Context; events: Events; input: { readonly $: Stamp } },
    actions: {
      take: assign(({ context, event }) => {
        const {
          data,
          $: { message, read: place },
        } = event as CreateEvent;
        const attributes = data.attributes ?? {};
        const depends = dependsOn(settings, place, referencedIds(settings, attributes));
        return {
          ...context,
          parentId: data.parentId ?? null,
          attributes,
          message,
          place,
          depends,
          generations: generationsFor(place, depends),
        };
      }),
      takePlace: assign(({ event }) => ({ place: (event as PlaceEvent).$.read })),
      beginAgain: assign(({ context, event }) => {
        const {
          $: { read: place },
        } = event as PlaceEvent;
        return {
          place,
          subscribed: [],
          attempts: 0,
          generations: generationsFor(place, context.depends),
        };
      }),
      noteProblem: assign(({ context, event }) => ({
        problem: problemAt(context, (event as CreateEvent | PlaceEvent).$.read) ?? null,
      })),
      noteRefusal: assign(({ context, event }) => {
        const { about, answer, type } = event as SubscribedEvent;
        const upstream = upstreamOf(settings, context.place, about.nodeId)?.entity;
        if (type === 'subscribed.unroutable')
          return {
            problem: {
              code: 503,
              name: 'not-reachable',
              message: `the service of ${upstream} cannot be reached`,
            },
          };
        const reason = readAnswer(answer)?.reason ?? 'no reason given';
        return {
          problem: {
            code: 409,
            name: 'refused',
            message: `the service of ${upstream} refuses the subscription to ${about.nodeId}: ${reason}`,
          },
        };
      }),
      noteTimeout: assign(({ context }) => {
        const waiting = context.depends.filter((nodeId) => !context.subscribed.includes(nodeId));
        const what =
          waiting.length > 0
            ? `no answer to the subscription to ${waiting.join(', ')}`
            : 'an operation on what it depends on is still under way';
        return { problem: { code: 504, name: 'timed-out', message: what } };
      }),
      // The step that was undone may have been the first: then who asked stands in its event alone.
      noteWriteError: assign(({ context, event }) => {
        const { error, cause } = event as WriteErrorEvent;
        return {
          problem: error as Problem,
          message: context.message ?? (cause as unknown as CreateEvent).$.message,
        };
      }),
      noteSubscribed: assign(({ context, event }) => ({
        subscribed: [...new Set([...context.subscribed, (event as SubscribedEvent).about.nodeId])],
      })),
      countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
      link: write(({ context }: Args) =>
        context.depends.map((nodeId) =>
          hierarchyWrite(
            'link',
            { service, nodeId, generation: context.generations[nodeId] ?? 1 },
            null,
          ),
        ),
      ),
      subscribe: ask(({ context }: Args) =>
        context.depends.flatMap((nodeId) => {
          const upstream = upstreamOf(settings, context.place, nodeId);
          if (upstream === undefined || context.subscribed.includes(nodeId)) return [];
          const purpose = `${context.id}${context.attempts === 0 ? '' : `/${context.attempts}`}`;
          const message = subscribeMessage(
            settings,
            'subscribe',
            upstream.owner,
            nodeId,
            context.generations[nodeId] ?? 1,
            purpose,
          );
          return [{ ...message, answer: 'subscribed', about: { nodeId } }];
        }),
      ),
      readPlace: read(({ context }: Args) => ({
        ...hierarchyRead('place', {
          service,
          baseNode,
          references: referencesOf(context),
          ...(context.parentId === null ? {} : { parentId: context.parentId }),
        }),
        event: 'place',
      })),
      add: write(({ context }: Args) => {
        const { parent } = context.place;
        if (parent === null) return undefined;
        return hierarchyWrite(
          'add',
          {
            ...{ id: context.id, service, objectClass, parentId: parent.id, systemNode },
            attributes: attributeLists(context.attributes),
            dependsOn: context.depends,
            ...despiteOf(context.place),
          },
          { epochs: {}, subscribed: context.generations },
        );
      }),
      announce: publish(({ context }: Args) =>
        factMessages(settings, 'created', context.id, context.id),
      ),
      answerCreated: reply(({ context }: Args) => ({
        to: context.message?.replyTo ?? undefined,
        body: { id: context.id },
      })),
      answerProblem: reply(({ context }: Args) => ({
        to: context.message?.replyTo ?? undefined,
        body: createRefusal(
          (context.problem ?? { code: 500, name: 'broken', message: 'no reason' }) as never,
        ),
      })),
    },
    guards: {
      hasProblem: ({ context, event }) => {
        const {
          type,
          $: { read: place },
        } = event as CreateEvent | PlaceEvent;
        if (type === 'place') return problemAt(context, place) !== undefined;
        const { data } = event as CreateEvent;
        return (
          placementProblem(settings, place, data.parentId ?? undefined, data.attributes) !==
          undefined
        );
      },
      dependsOnOthers: ({ event }) => {
        const {
          data,
          $: { read: place },
        } = event as CreateEvent;
        return dependsOn(settings, place, referencedIds(settings, data.attributes)).length > 0;
      },
      isGivenBack: ({ context, event }) =>
        isGivenUp((event as PlaceEvent).$.read, context.generations),
      isHeld: ({ context, event }) =>
        excludingHolds((event as PlaceEvent).$.read, context.depends).length > 0,
      saysOk: ({ event }) => readAnswer((event as SubscribedEvent).answer)?.response === 'ok',
      saysWait: ({ event }) => readAnswer((event as SubscribedEvent).answer)?.response === 'wait',
      allSubscribed: ({ context }) =>
        context.depends.every((nodeId) => context.subscribed.includes(nodeId)),
    },
  }).createMachine({
    id: 'node-creation',
    context: ({ input }) => ({
      ...{ id: input.$.newId, parentId: null, attributes: {}, message: null, place: nowhere },
      ...{ depends: [], generations: {}, subscribed: [], attempts: 0, problem: null },
    }),
    initial: 'starting',
    on: { 'error.write': { target: '.refused', actions: 'noteWriteError' } },
    states: {
      starting: {
        on: {
          create: [
            { guard: 'hasProblem', target: 'refused', actions: ['take', 'noteProblem'] },
            { guard: 'dependsOnOthers', target: 'waiting.subscribing', actions: ['take', 'link'] },
            { target: 'waiting.placing', actions: 'take' },
          ],
        },
      },
      waiting: {
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
                  actions: ['takePlace', 'add', 'announce', 'answerCreated'],
                },
              ],
            },
          },
          parked: {
            after: { [parkedMs]: 'placing' },
            on: { subscribed: {}, 'subscribed.unroutable': {} },
          },
        },
      },
      created: { type: 'final' },
      refused: { type: 'final', entry: 'answerProblem' },
    },
  });
}
