/**
 * How an owner's saga begins, and what an update that relocates needs beside: effects and guards.
 *
 * 1. An operation that is older than all that stands in its way waits, journaled; any other one is refused at once and may be tried
 *    again under its old age (protocol.md §4).
 * 2. A retry counts as old as the saga it names, which this service has refused to the same requester: nobody takes an age that is not
 *    theirs.
 * 3. What an update makes the node depend on is subscribed to before anything is held.
 */
import { assign } from 'xstate';
import type { WriteErrorEvent } from '../../runtime/messages/message-events.ts';
import { read, record, reply, write } from '../../runtime/step/effects.ts';
import { mayWaitFor } from '../consent/conflicts.ts';
import { attributeLists, type GivenAttributes } from '../consent/given-attributes.ts';
import { isGivenUp } from '../consent/placement.ts';
import type { IfPlan } from '../consent/plan-schema.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  type Engagement,
  heldProblem,
  nodesProblem,
  retryProblem,
  type StartProblem,
} from '../consent/start-problems.ts';
import { type Verb, verbs } from '../consent/verbs.ts';
import { hierarchyRead, hierarchyWrite } from '../hierarchy/store.ts';
import { type ExpectedPlan, expectedPlan, forgedPlanProblem, planChange } from './if-plan.ts';
import {
  changeWrite,
  holdsAtPlace,
  newDependencies,
  newGenerations,
  placeRead,
  relocates,
  relocationProblem,
} from './relocation.ts';
import { type Change, epochsOf, standing } from './saga.ts';
import {
  type Args,
  type Context,
  type EngagementEvent,
  type Events,
  type LinksEvent,
  line,
  modeOf,
  type PlaceEvent,
  type RosterEvent,
  type StartEvent,
  unheldSaga,
} from './saga-context.ts';
import type { SagaEffects } from './saga-effects.ts';

/** What an operation that begins is about. */
type Beginning = {
  readonly verb: Verb;
  readonly saga: string;
  readonly age: string;
  readonly engagement: Engagement;
  readonly plan: ExpectedPlan | undefined;
};

function isStart(event: Events): event is StartEvent {
  return event.type === 'delete' || event.type === 'update';
}

function beginningOf(context: Context, event: Events): Beginning {
  const { saga } = context;
  if (!isStart(event))
    return {
      verb: context.verb,
      saga,
      age: context.age,
      engagement: (event as EngagementEvent).$.read,
      plan: context.ifPlan,
    };
  const given = planIn(event);
  const plan = given === undefined ? undefined : expectedPlan(given);
  return {
    verb: verbs[event.type],
    saga,
    age: event.$.read.retried?.age ?? saga,
    engagement: event.$.read,
    plan,
  };
}

function planIn(event: Events): IfPlan | undefined {
  return isStart(event) ? (event.data.if_plan as IfPlan | undefined) : undefined;
}

/** What was planned has gone meanwhile. */
function nothingPlannedIsLeft({
  engagement: { nodes },
  plan,
}: Beginning): StartProblem | undefined {
  return nodes.length > 0 || plan === undefined ? undefined : planChange(plan, []);
}

function changeIn({ type, data }: StartEvent): Change | null {
  if (type === 'delete') return null;
  const { parentId } = data;
  const attributes = attributeLists((data['attributes'] ?? {}) as GivenAttributes);
  return { attributes, ...(typeof parentId === 'string' ? { parentId } : {}) };
}

/** What a request makes of a saga. */
function taken(context: Context, event: StartEvent) {
  const {
    data,
    type,
    $: { message },
  } = event;
  const { age, plan } = beginningOf(context, event);
  return {
    ...{ verb: verbs[type], change: changeIn(event), age, saga: context.saga },
    ...(plan === undefined ? {} : { ifPlan: plan }),
    ...{ ids: [data.id].flat(), requester: message.replyTo, requestedBy: message.from },
  };
}

function asTaken(context: Context, event: Events): Context {
  return isStart(event) ? { ...context, ...taken(context, event) } : context;
}

export function sagaStart(settings: ConsentSettings, effects: SagaEffects) {
  const { service, objectClass } = settings;
  const problemOf = (context: Context, event: Events): StartProblem | undefined => {
    const beginning = beginningOf(context, event);
    const { engagement, verb, age, saga } = beginning;
    const held = mayWaitFor(age, engagement.conflicts)
      ? undefined
      : heldProblem(engagement.conflicts, saga);
    const retry = isStart(event)
      ? retryProblem(engagement, event.$.message.from, service)
      : undefined;
    const wrong =
      nodesProblem(engagement, verb, objectClass) ?? retry ?? forgedPlanProblem(planIn(event));
    return wrong ?? held ?? nothingPlannedIsLeft(beginning);
  };
  const placeProblemOf = ({ change }: Context, event: Events) =>
    relocationProblem(settings, change, (event as PlaceEvent).$.read);
  const callerOf = ({ context, event }: Args) =>
    (isStart(event) ? event.$.message.replyTo : context.requester) ?? undefined;
  const refusal = (context: Context, reason: string) => ({
    refusals: [{ service, nodeId: context.nodes[0]?.id ?? '', reason }],
  });
  const heldAt = (context: Context, event: Events) =>
    holdsAtPlace(context, (event as PlaceEvent).$.read);

  const waiting = effects.extend({
    actions: {
      writeWaiting: write(({ context, event }: Args) =>
        hierarchyWrite(
          'unheld',
          unheldSaga(service, context, 'waiting', (event as StartEvent).$.atMs),
          null,
        ),
      ),
    },
  });

  return waiting.extend({
    actions: {
      take: assign(({ context, event }) => taken(context, event as StartEvent)),
      engage: assign(({ event }) => {
        const {
          $: { read: engagement, atMs: at },
        } = event as StartEvent | EngagementEvent;
        const { nodes, subscriptions } = engagement;
        return { nodes, subscriptions, deadlineAtMs: at + settings.voteDeadlineMs, nowMs: at };
      }),
      answerProblem: reply(({ context, event }: Args) => {
        const problem = problemOf(context, event);
        return {
          to: callerOf({ context, event }),
          body: problem === undefined ? {} : { error: problem },
        };
      }),
      noteWaiting: waiting.enqueueActions(({ context, enqueue }) => {
        if (context.waited === true) return;
        enqueue({ type: 'writeWaiting' });
        enqueue.assign({ waited: true });
      }),
      noteRefusedStart: write(({ context, event }: Args) => {
        const isHeld =
          (isStart(event) || event.type === 'engagement') &&
          problemOf(context, event)?.saga !== undefined;
        if (!isHeld && context.waited !== true) return undefined;
        return hierarchyWrite(
          'unheld',
          unheldSaga(service, asTaken(context, event), 'refused', (event as StartEvent).$.atMs),
          null,
        );
      }),
      answerPlaceProblem: reply(({ context, event }: Args) => ({
        to: callerOf({ context, event }),
        body: { error: placeProblemOf(context, event) ?? null },
      })),
      answerDependencyProblem: reply(({ context, event }: Args) => {
        const { output } = event as unknown as { output: { readonly reason: string } };
        return {
          to: context.requester ?? undefined,
          body: { error: { code: 409, name: 'refused', message: output.reason } },
        };
      }),
      answerStartTimeout: reply(({ context }: Args) => {
        const message =
          'what it needs was held by others, or not answered, until its deadline; try again, with retry_of to keep its age';
        return {
          to: context.requester ?? undefined,
          body: { error: { code: 504, name: 'timed-out', message, saga: context.saga } },
        };
      }),
      answerPendingError: reply(({ context, event }: Args) => ({
        to: context.requester ?? undefined,
        body: { error: (event as WriteErrorEvent).error },
      })),
      recordWaiting: record(({ context, event }: Args) => {
        const conflicts =
          isStart(event) || event.type === 'engagement' ? event.$.read.conflicts : [];
        const [hold] = conflicts;
        return hold === undefined
          ? []
          : line(context, 'waiting', {
              for: hold.saga,
              nodes: [...new Set(conflicts.map(({ nodeId }) => nodeId))],
            });
      }),
      readEngagement: read(({ context }: Args) => {
        const { saga, ids } = context;
        return {
          ...hierarchyRead('engagement', {
            service,
            objectClass,
            ids,
            saga,
            mode: modeOf(context),
          }),
          event: 'engagement',
        };
      }),
      readPlace: read(({ context }: Args) => ({ ...placeRead(settings, context), event: 'place' })),
      takePlace: assign({ place: ({ event }) => (event as PlaceEvent).$.read }),
      noteDependencies: assign(({ context, event }) => {
        const place = (event as PlaceEvent).$.read;
        return {
          place,
          generations: newGenerations(place, newDependencies(settings, context.change, place)),
        };
      }),
      link: write(({ context }: Args) =>
        Object.entries(context.generations).map(([nodeId, generation]) =>
          hierarchyWrite('link', { service, nodeId, generation }, null),
        ),
      ),
      notePlaceRefusal: assign(({ context, event }) => {
        const [hold] = heldAt(context, event);
        const held =
          hold === undefined
            ? 'a subscription it counts on was given back'
            : `its new place is held by the saga ${hold.saga}`;
        return refusal(context, placeProblemOf(context, event)?.message ?? held);
      }),
      readUpstream: read(({ context }: Args) => ({
        ...hierarchyRead('orphanedLinks', { service, nodeIds: context.nodes.map(({ id }) => id) }),
        event: 'links',
      })),
      noteUpstream: assign({
        upstream: ({ event }) => (event as LinksEvent).$.read.map(({ nodeId }) => nodeId),
      }),
      readLeftBehind: read(({ context }: Args) => ({
        ...hierarchyRead('orphanedLinks', { service, nodeIds: [], upstream: context.upstream }),
        event: 'links',
      })),
      change: write(({ context }: Args) => changeWrite(service, context, epochsOf(context.nodes))),
    },
    guards: {
      cannotStart: ({ context, event }) => problemOf(context, event) !== undefined,
      mustWait: ({ context, event }) => {
        const { age, engagement } = beginningOf(context, event);
        return mayWaitFor(age, engagement.conflicts);
      },
      nothingLeft: ({ event }) => (event as StartEvent | EngagementEvent).$.read.nodes.length === 0,
      relocates: ({ event }) => relocates(settings, changeIn(event as StartEvent)),
      placeIsWrong: ({ context, event }) => placeProblemOf(context, event) !== undefined,
      dependsNewly: ({ context, event }) =>
        newDependencies(settings, context.change, (event as PlaceEvent).$.read).length > 0,
      isSubscribed: ({ event }) =>
        (event as unknown as { output: { reason: string | null } }).output.reason === null,
      agreedToRelocate: ({ context, event }) =>
        context.role === 'root' &&
        relocates(settings, context.change) &&
        standing(context, (event as RosterEvent).$.read) === 'agreed',
      placeIsLost: ({ context, event }) => {
        const holds = heldAt(context, event);
        const waits = mayWaitFor(context.age, holds) && context.nowMs < context.deadlineAtMs;
        return (
          isGivenUp((event as PlaceEvent).$.read, context.generations) ||
          (holds.length > 0 && !waits)
        );
      },
      placeIsHeld: ({ context, event }) => heldAt(context, event).length > 0,
      leavesBehind: ({ context }) => context.verb.name === 'update' && context.upstream.length > 0,
    },
  });
}
