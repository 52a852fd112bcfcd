/**
 * How the saga of an owner begins, and the extra steps of an update that moves a node or changes references: effects and guards.
 *
 * - An operation that is older than every operation that excludes it waits, and the journal keeps the waiting saga. Any other
 *   operation is refused at once and may be tried again under its old age.
 * - A retry keeps the age of the saga that this service has refused to the same requester.
 * - Subscribe first: an update subscribes to the new dependencies of its node before it holds the node.
 */
import { assertEvent, assign } from 'xstate';
import type { WriteErrorEvent } from '../../runtime/messages/message-events.ts';
import { read, record, reply, write } from '../../runtime/step/effects.ts';
import { mayWaitFor } from '../consent/conflicts.ts';
import { attributeLists } from '../consent/given-attributes.ts';
import { isGivenUp, nextGenerations, type Placement } from '../consent/placement.ts';
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
  placeRead,
  relocates,
  relocationProblem,
} from './relocation.ts';
import { type Change, epochsOf, rosterAgreement } from './saga.ts';
import {
  type Args,
  type Context,
  type DependencyEvent,
  type Events,
  line,
  modeOf,
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
      engagement: engagementIn(event),
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

function engagementIn(event: Events): Engagement {
  assertEvent(event, ['delete', 'update', 'engagement']);
  return event.$.read;
}

function placementIn(event: Events): Placement {
  assertEvent(event, 'place');
  return event.$.read;
}

function startIn(event: Events): StartEvent {
  assertEvent(event, ['delete', 'update']);
  return event;
}

function planIn(event: Events): IfPlan | undefined {
  return isStart(event) ? event.data.if_plan : undefined;
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
  const attributes = attributeLists(data.attributes);
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
    verb: verbs[type],
    change: changeIn(event),
    age,
    saga: context.saga,
    ...(plan === undefined ? {} : { ifPlan: plan }),
    ids: [data.id].flat(),
    requester: message.replyTo,
    requestedBy: message.from,
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
    relocationProblem(settings, change, placementIn(event));
  const callerOf = ({ context, event }: Args) =>
    (isStart(event) ? event.$.message.replyTo : context.requester) ?? undefined;
  const refusal = (context: Context, reason: string) => ({
    refusals: [{ service, nodeId: context.nodes[0]?.id ?? '', reason }],
  });
  const heldAt = (context: Context, event: Events) => holdsAtPlace(context, placementIn(event));

  const waiting = effects.extend({
    actions: {
      writeWaiting: write(({ context, event }: Args) =>
        hierarchyWrite('unheld', unheldSaga(service, context, 'waiting', event.$.atMs), null),
      ),
    },
  });

  return waiting.extend({
    actions: {
      take: assign(({ context, event }) => taken(context, startIn(event))),
      engage: assign(({ event }) => {
        const { nodes, subscriptions } = engagementIn(event);
        const { atMs: nowMs } = event.$;
        return { nodes, subscriptions, deadlineAtMs: nowMs + settings.voteDeadlineMs, nowMs };
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
          unheldSaga(service, asTaken(context, event), 'refused', event.$.atMs),
          null,
        );
      }),
      answerPlaceProblem: reply(({ context, event }: Args) => ({
        to: callerOf({ context, event }),
        body: { error: placeProblemOf(context, event) ?? null },
      })),
      answerDependencyProblem: reply(
        'xstate.done.actor.dependency',
        ({ context, event }: { context: Context; event: DependencyEvent }) => ({
          to: context.requester,
          body: { error: { code: 409, name: 'refused', message: event.output.reason } },
        }),
      ),
      answerStartTimeout: reply(({ context }: Args) => {
        const message =
          'other operations held the nodes, or an owner did not answer, until the deadline; try again, with retry_of to keep the age';
        return {
          to: context.requester ?? undefined,
          body: { error: { code: 504, name: 'timed-out', message, saga: context.saga } },
        };
      }),
      answerPendingError: reply(
        'error.write',
        ({ context, event }: { context: Context; event: WriteErrorEvent }) => ({
          to: context.requester,
          body: { error: event.error },
        }),
      ),
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
      takePlace: assign({ place: ({ event }) => placementIn(event) }),
      noteDependencies: assign(({ context, event }) => {
        const place = placementIn(event);
        return {
          place,
          generations: nextGenerations(place, newDependencies(settings, context.change, place)),
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
        upstream: ({ event }) => {
          assertEvent(event, 'links');
          return event.$.read.map(({ nodeId }) => nodeId);
        },
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
      nothingLeft: ({ event }) => engagementIn(event).nodes.length === 0,
      relocates: ({ event }) => relocates(settings, changeIn(startIn(event))),
      placeIsWrong: ({ context, event }) => placeProblemOf(context, event) !== undefined,
      dependsNewly: ({ context, event }) =>
        newDependencies(settings, context.change, placementIn(event)).length > 0,
      isSubscribed: ({ event }) => {
        assertEvent(event, 'xstate.done.actor.dependency');
        return event.output.reason === null;
      },
      agreedToRelocate: ({ context, event }) => {
        assertEvent(event, 'roster');
        return (
          context.role === 'root' &&
          relocates(settings, context.change) &&
          rosterAgreement(context, event.$.read) === 'agreed'
        );
      },
      placeIsLost: ({ context, event }) => {
        const holds = heldAt(context, event);
        const waits = mayWaitFor(context.age, holds) && context.nowMs < context.deadlineAtMs;
        return isGivenUp(placementIn(event), context.generations) || (holds.length > 0 && !waits);
      },
      placeIsHeld: ({ context, event }) => heldAt(context, event).length > 0,
      leavesBehind: ({ context }) => context.verb.name === 'update' && context.upstream.length > 0,
    },
  });
}
