/**
 * The rules by which the saga of an owner begins. Pure.
 *
 * - An operation that is older than every operation that excludes it waits, and the ledger notes
 *   the waiting saga. Any other operation is refused at once and may be tried again under its old
 *   age.
 * - A retry keeps the age of the saga that this service has refused to the same requester.
 * - The rules read a request, or the context of a request that has waited.
 */

import { assertEvent } from 'xstate';
import { mayWaitFor } from '../consent/conflicts.ts';
import { attributeLists } from '../consent/given-attributes.ts';
import type { Placement } from '../consent/placement.ts';
import type { IfPlan } from '../consent/plan-schema.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  type Engagement,
  heldProblem,
  type IfVersion,
  nodesProblem,
  objectionProblem,
  retryProblem,
  type StartProblem,
  unansweredProblem,
  versionProblem,
} from '../consent/start-problems.ts';
import { type Verb, verbs } from '../consent/verbs.ts';
import { whenHeldIn } from './held-deletion.ts';
import { type ExpectedPlan, expectedPlan, forgedPlanProblem, planChange } from './if-plan.ts';
import type { Change } from './saga.ts';
import type { Args, Context, EngagementEvent, Events, StartEvent } from './saga-context.ts';

/** An operation that begins: its verb, its age, its nodes, and its plan. */
type Beginning = {
  readonly verb: Verb;
  readonly saga: string;
  readonly age: string;
  readonly engagement: Engagement;
  readonly plan: ExpectedPlan | undefined;
  readonly ifVersion: IfVersion | undefined;
};

export function isStart(event: Events): event is StartEvent {
  return event.type === 'delete' || event.type === 'update';
}

export function beginningOf(context: Context, event: Events): Beginning {
  const { saga } = context;
  if (!isStart(event))
    return {
      verb: context.verb,
      saga,
      age: context.age,
      engagement: engagementIn(event),
      plan: context.ifPlan,
      ifVersion: context.ifVersion,
    };
  const given = planIn(event);
  const plan = given === undefined ? undefined : expectedPlan(given);
  return {
    verb: verbs[event.type],
    saga,
    age: event.$.read.retried?.age ?? saga,
    engagement: event.$.read,
    plan,
    ifVersion: ifVersionIn(event),
  };
}

function ifVersionIn({ data }: StartEvent): IfVersion | undefined {
  const { id, if_version: versions } = data;
  return versions === undefined ? undefined : { ids: [id].flat(), versions };
}

/** The event that brings an engagement. */
function engagingIn(event: Events): StartEvent | EngagementEvent {
  assertEvent(event, ['delete', 'update', 'engagement']);
  return event;
}

export function engagementIn(event: Events): Engagement {
  return engagingIn(event).$.read;
}

export function placementIn(event: Events): Placement {
  assertEvent(event, 'place');
  return event.$.read;
}

export function startIn(event: Events): StartEvent {
  assertEvent(event, ['delete', 'update']);
  return event;
}

function planIn(event: Events): IfPlan | undefined {
  return isStart(event) ? event.data.if_plan : undefined;
}

/** The problem of a planned deletion whose nodes have all been removed since the plan was made. */
function nothingPlannedIsLeft({
  engagement: { nodes },
  plan,
}: Beginning): StartProblem | undefined {
  return nodes.length > 0 || plan === undefined ? undefined : planChange(plan, []);
}

export function changeIn({ type, data }: StartEvent): Change | null {
  if (type === 'delete') return null;
  const { parentId } = data;
  const attributes = attributeLists(data.attributes);
  return { attributes, ...(typeof parentId === 'string' ? { parentId } : {}) };
}

/** The part of the context that a request fills. */
export function taken(context: Context, event: StartEvent) {
  const {
    data,
    type,
    $: { message },
  } = event;
  const { age, plan, ifVersion } = beginningOf(context, event);
  const whenHeld = whenHeldIn(data);
  return {
    verb: verbs[type],
    change: changeIn(event),
    age,
    saga: context.saga,
    ...(plan === undefined ? {} : { ifPlan: plan }),
    ...(ifVersion === undefined ? {} : { ifVersion }),
    ...(whenHeld === undefined ? {} : { whenHeld }),
    ids: [data.id].flat(),
    requester: message.replyTo,
    requestedBy: message.from,
  };
}

export function asTaken(context: Context, event: Events): Context {
  return isStart(event) ? { ...context, ...taken(context, event) } : context;
}

/**
 * The reason for which an operation cannot begin; `undefined` when the operation may begin or wait.
 */
export function startProblemOf(
  settings: ConsentSettings,
  context: Context,
  event: Events,
): StartProblem | undefined {
  const { service, objectClass } = settings;
  const beginning = beginningOf(context, event);
  const { engagement, verb, age, saga } = beginning;
  const held = mayWaitFor(age, engagement.conflicts)
    ? undefined
    : heldProblem(engagement.conflicts, saga);
  const retry = isStart(event)
    ? retryProblem(engagement, event.$.message.from, service)
    : undefined;
  const wrong =
    nodesProblem(engagement, verb, objectClass) ??
    versionProblem(engagement, beginning.ifVersion) ??
    retry ??
    forgedPlanProblem(planIn(event)) ??
    unansweredProblem(engagement) ??
    objectionProblem(engagement, service, engagingIn(event).$.atMs);
  return wrong ?? held ?? nothingPlannedIsLeft(beginning);
}

/** The requester, also when the context does not hold the requester yet. */
export function callerOf({ context, event }: Args) {
  return (isStart(event) ? event.$.message.replyTo : context.requester) ?? undefined;
}
