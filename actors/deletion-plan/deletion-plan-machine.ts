/**
 * Says what a deletion would do, without doing it: to a client (`plan`), and to a service that asks
 * its subscribers (`wouldDelete`).
 *
 * - A plan takes the route of `mayDelete`: from the owner of each node to the node's subscribers.
 * - The machine writes no row and holds no node. So a plan may be outdated at once.
 * - A question carries the path: the nodes that would be deleted before. Nodes on the path are not
 *   planned again, so a cycle ends. In a diamond each path asks about a node, and the plan
 *   counts the node once.
 * - A service that objects itself answers `no` and asks nobody. Any other service answers `no` when
 *   a service further down does. A voter that has not answered by the deadline is `unknown`.
 */
import { assertEvent, setup } from 'xstate';
import type { Json } from '../../runtime/ports/json.ts';
import { type Ask, ask, read, reply } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { noBody } from '../consent/answers.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { remainingForOthersMs } from '../consent/deadlines.ts';
import { idList } from '../consent/node-ids.ts';
import type { Nodes } from '../consent/nodes.ts';
import { type Objection, objectionTo, tooManyHops } from '../consent/objections.ts';
import { pathIn, planQuestion } from '../consent/plan-question.ts';
import type { PlannedVote } from '../consent/plan-schema.ts';
import { reasonsText } from '../consent/refusal-list.ts';
import { retainsMember, standingAt } from '../consent/retained.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  type Engagement,
  heldProblem,
  nodesProblem,
  type StartProblem,
} from '../consent/start-problems.ts';
import { unansweredRefusals } from '../consent/unanswered.ts';
import { verbs } from '../consent/verbs.ts';
import type { Args, Context, Events, PlanEvent, QuestionEvent } from './deletion-plan.ts';
import { planDocument } from './document.ts';
import { forecast, type Question, questionsFor, refusalsBelow, unknownVoters } from './forecast.ts';
import { mergedParts, type PlanPart, writtenPart } from './part.ts';
import { measured, planned, plannedRows, unmeasured } from './planned-nodes.ts';

const types = {} as { context: Context; events: Events; input: { readonly $: Stamp } };
const { assign } = setup({ types });

function problemOf(
  { objectClass }: ConsentSettings,
  { $: { read: engagement, newId: fresh } }: PlanEvent,
): StartProblem | undefined {
  return (
    nodesProblem(engagement, verbs.delete, objectClass) ?? heldProblem(engagement.conflicts, fresh)
  );
}

function objectionOf(
  { service }: ConsentSettings,
  { $: { read: found, message, atMs } }: QuestionEvent,
): Objection | undefined {
  return (
    objectionTo(service, found, atMs) ??
    tooManyHops(service, sagaHeaders(message.headers)?.hops ?? 0)
  );
}

function wholeOf(
  settings: ConsentSettings,
  { nodes, subscriptions, heard, against = [], detached = [] }: Context,
): PlanPart {
  const own = { nodes, votes: against, detached };
  return mergedParts([own, forecast(settings, subscriptions, heard)]);
}

/**
 * The votes of the owner itself: reasons to keep a node, and nodes below that no service will
 * remove.
 */
function againstIt(
  service: string,
  { refusals, unanswered }: Engagement,
  atMs: number,
): readonly PlannedVote[] {
  const left = unanswered === undefined ? [] : unansweredRefusals(unanswered);
  return [...standingAt(refusals, atMs), ...left].map(({ nodeId, reason }) => ({
    askedBy: service,
    nodeId,
    voter: service,
    vote: 'no',
    reason,
  }));
}

function questionOf(
  settings: ConsentSettings,
  { plan, part, hops, deadlineMs, nodes, path }: Context,
  { key, voter, nodeIds, routingKey }: Question,
): Ask {
  const before = [...path, ...nodes.map(({ id }) => id)];
  const scope = { saga: plan, epoch: 0, hops: hops + 1, deadlineMs, path: before, asker: part };
  return {
    ...planQuestion(settings, nodeIds, scope, { service: voter, routingKey }),
    of: [voter],
    answer: 'estimated',
    about: { key },
  };
}

/** The answer to the part that asked. */
function answerTo(service: string, { retained = [] }: Context, whole: PlanPart): Json {
  const refusals = refusalsBelow(whole);
  const kept = retained.map((one) => ({ ...one.retained, service, nodeId: one.nodeId }));
  const more = { service, plan: writtenPart(whole), ...retainsMember(kept) };
  if (refusals.length === 0) return { response: 'ok', silent: unknownVoters(whole), ...more };
  const reasons = [...new Set(refusals.map(({ reason }) => reason ?? ''))];
  return { ...noBody(service, reasonsText(reasons)), ...more };
}

/** The actions that take the request of a client or the question of another part. */
function startActions({ service, voteDeadlineMs }: ConsentSettings) {
  return {
    takeRequest: assign(({ event }) => {
      assertEvent(event, 'plan');
      const { data } = event;
      const { message, atMs, read: engagement } = event.$;
      const { nodes, subscriptions } = engagement;
      return {
        ids: idList(data.id),
        requester: message.replyTo,
        atMs,
        nodes: planned(service, nodes),
        subscriptions,
        against: againstIt(service, engagement, atMs),
      };
    }),
    takeQuestion: assign(({ context, event }) => {
      assertEvent(event, 'wouldDelete');
      const { data } = event;
      const { message, atMs, read: found } = event.$;
      const headers = sagaHeaders(message.headers);
      const remainingMs = Math.min(headers?.deadlineMs ?? voteDeadlineMs, voteDeadlineMs);
      return {
        plan: headers?.saga ?? context.part,
        ids: idList(data.id),
        requester: message.replyTo,
        atMs,
        isRoot: false,
        path: pathIn(data),
        hops: headers?.hops ?? 0,
        deadlineMs: remainingForOthersMs(remainingMs),
        nodes: [...planned(service, found.nodes), ...plannedRows(service, found.rows ?? [])],
        detached: found.detached.map(({ version: _version, ...reference }) => ({
          service,
          ...reference,
        })),
        subscriptions: found.subscriptions,
        retained: found.retained ?? [],
      };
    }),
  };
}

/** The actions that count the rows of the nodes, and name the files. */
function footprintActions(nodes: Nodes | null) {
  return {
    readFootprint: read(({ context }: Args) => {
      const ids = unmeasured(context.nodes);
      if (nodes === null || ids.length === 0) return [];
      return { ...consentRead('footprint', { nodeIds: ids }), event: 'footprint' };
    }),
    takeFootprint: assign(({ context, event }) => {
      assertEvent(event, 'footprint');
      const found = new Map(event.$.read.map((one) => [one.nodeId, one]));
      const table = nodes?.table ?? '';
      return {
        nodes: context.nodes.map((node) =>
          node.rows.length > 0 ? node : measured(node, table, found.get(node.id)),
        ),
      };
    }),
  };
}

/** The actions that ask the subscribers and keep the answers. */
function subscriberActions(settings: ConsentSettings) {
  return {
    askSubscribers: ask(({ context }: Args) =>
      questionsFor(context.subscriptions, settings.questionIdsMax).map((question) =>
        questionOf(settings, context, question),
      ),
    ),
    noteEstimate: assign(({ context, event }) => {
      assertEvent(event, ['estimated', 'estimated.unroutable']);
      const { about, answer, type } = event;
      const others = context.heard.filter(({ key }) => key !== about.key);
      return { heard: [...others, { key: about.key, answer, reached: type === 'estimated' }] };
    }),
  };
}

/** The answers to the client or to the part that asked. */
function replies(settings: ConsentSettings) {
  const { service } = settings;
  return {
    answerProblem: reply('plan', ({ event }: { event: PlanEvent }) => ({
      body: { error: problemOf(settings, event) ?? null },
    })),
    answerObjection: reply('wouldDelete', ({ event }: { event: QuestionEvent }) => {
      const { reason, refusals } = objectionOf(settings, event) ?? { reason: '', refusals: [] };
      return { body: noBody(service, reason, refusals) };
    }),
    answer: reply(({ context }: Args) => {
      const whole = wholeOf(settings, context);
      const body = context.isRoot
        ? planDocument(service, context.ids, context.atMs, whole)
        : answerTo(service, context, whole);
      return { to: context.requester ?? undefined, body };
    }),
  };
}

function guards(settings: ConsentSettings) {
  return {
    cannotBegin: ({ event }: Args) => {
      assertEvent(event, 'plan');
      return problemOf(settings, event) !== undefined;
    },
    objects: ({ event }: Args) => {
      assertEvent(event, 'wouldDelete');
      return objectionOf(settings, event) !== undefined;
    },
    isMeasured: ({ context }: Args) => unmeasured(context.nodes).length === 0,
    allHeard: ({ context }: Args) =>
      questionsFor(context.subscriptions, settings.questionIdsMax).every(({ key }) =>
        context.heard.some((heard) => heard.key === key),
      ),
  };
}

const states = {
  starting: {
    on: {
      plan: [
        { guard: 'cannotBegin', target: 'refused', actions: 'answerProblem' },
        { target: 'measuring', actions: 'takeRequest' },
      ],
      wouldDelete: [
        { guard: 'objects', target: 'refused', actions: 'answerObjection' },
        { target: 'measuring', actions: 'takeQuestion' },
      ],
    },
  },
  measuring: {
    entry: 'readFootprint',
    always: { guard: 'isMeasured', target: 'asking' },
    on: { footprint: { target: 'asking', actions: 'takeFootprint' } },
  },
  asking: {
    entry: 'askSubscribers',
    after: { deadline: 'answered' },
    always: { guard: 'allHeard', target: 'answered' },
    on: {
      estimated: { actions: 'noteEstimate' },
      'estimated.unroutable': { actions: 'noteEstimate' },
    },
  },
  answered: { type: 'final', entry: 'answer' },
  refused: { type: 'final' },
} as const;

/** `nodes`: null in a service without nodes of its own. */
export function deletionPlanMachine(settings: ConsentSettings, nodes: Nodes | null) {
  return setup({
    types,
    actions: {
      ...startActions(settings),
      ...footprintActions(nodes),
      ...subscriberActions(settings),
      ...replies(settings),
    },
    guards: guards(settings),
    delays: { deadline: ({ context }) => context.deadlineMs },
  }).createMachine({
    id: 'deletion-plan',
    context: ({ input }) => ({
      plan: input.$.newId,
      part: input.$.newId,
      ids: [],
      requester: null,
      path: [],
      hops: 0,
      deadlineMs: settings.voteDeadlineMs,
      atMs: 0,
      nodes: [],
      subscriptions: [],
      heard: [],
      isRoot: true,
    }),
    initial: 'starting',
    states,
  });
}
