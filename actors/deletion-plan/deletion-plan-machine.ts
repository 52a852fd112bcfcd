/**
 * Says what a deletion would do, without effect: at the owner (`plan`), and at everybody who would be asked (`wouldDelete`).
 *
 * 1. It goes the way of `mayDelete`: from the owner of each node to its subscribers. It writes no row of the tree and holds nothing: what it
 *    says may have changed when it is read.
 * 2. A question carries the nodes that would go before it: what stands there is not taken along again, which is where cycles end. A
 *    diamond is asked about on each of its ways and counted once.
 * 3. Only a service's own objections are its vote; who has not said anything by the deadline is unknown.
 */

import { assertEvent, assign, setup } from 'xstate';
import type {
  AnswerEvent,
  MessageEvent,
  ReadEvent,
} from '../../runtime/messages/message-events.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { type Ask, ask, type ReplyAddress, read, reply } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { noBody } from '../consent/answers.ts';
import { remainingForOthersMs } from '../consent/deadlines.ts';
import { idList, type NodesData } from '../consent/node-ids.ts';
import {
  type Dependants,
  type Objection,
  objectionTo,
  tooManyHops,
} from '../consent/objections.ts';
import { pathIn, planQuestion, type WouldDeleteData } from '../consent/plan-question.ts';
import type { PlannedNode } from '../consent/plan-schema.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  type Engagement,
  heldProblem,
  nodesProblem,
  type StartProblem,
} from '../consent/start-problems.ts';
import { verbs } from '../consent/verbs.ts';
import {
  type HierarchyReads,
  hierarchyRead,
  hierarchyStoreName,
  type NodeState,
  type Subscription,
} from '../hierarchy/store.ts';
import { planDocument } from './document.ts';
import {
  forecast,
  type Heard,
  type Question,
  questionsFor,
  refusalsBelow,
  unknownVoters,
} from './forecast.ts';
import { mergedParts, type PlanPart, writtenPart } from './part.ts';

type PlanEvent = MessageEvent<NodesData, Engagement, 'plan'>;
type QuestionEvent = MessageEvent<WouldDeleteData, Dependants, 'wouldDelete'>;
type FootprintEvent = ReadEvent<HierarchyReads['footprint']['result'], 'footprint'>;
type EstimateEvent = AnswerEvent<{ readonly key: string }, 'estimated' | 'estimated.unroutable'>;
type Events = PlanEvent | QuestionEvent | FootprintEvent | EstimateEvent;

type Context = {
  /** The same in every part of one plan. */
  readonly plan: string;
  /** This part's own. */
  readonly part: string;
  readonly ids: readonly string[];
  readonly requester: ReplyAddress | null;
  /** The nodes that would go before. */
  readonly path: readonly string[];
  readonly hops: number;
  readonly deadlineMs: number;
  readonly atMs: number;
  readonly nodes: readonly PlannedNode[];
  readonly subscriptions: readonly Subscription[];
  readonly heard: readonly Heard[];
  readonly isRoot: boolean;
};
type Args = { context: Context; event: Events };

const rowsTable = `${hierarchyStoreName}.nodes`;

/** Own nodes; `through` is the node of another service with which one would go, where it would. */
function planned(
  service: string,
  nodes: readonly (NodeState & { readonly through?: string })[],
): readonly PlannedNode[] {
  const own = new Set(nodes.map(({ id }) => id));
  return nodes.map(({ id, cn, objectClass, epoch, parentId, through }) => {
    const above = parentId !== null && own.has(parentId) ? parentId : through;
    return {
      service,
      id,
      cn,
      objectClass,
      epoch,
      below: above === undefined ? [] : [above],
      rows: [],
      files: [],
    };
  });
}

export function deletionPlanMachine(settings: ConsentSettings) {
  const { service, objectClass } = settings;
  const problemOf = ({
    $: { read: engagement, newId: fresh },
  }: PlanEvent): StartProblem | undefined =>
    nodesProblem(engagement, verbs.delete, objectClass) ?? heldProblem(engagement.conflicts, fresh);
  const objectionOf = ({ $: { read: found, message } }: QuestionEvent): Objection | undefined =>
    objectionTo(service, 'delete', found) ??
    tooManyHops(service, sagaHeaders(message.headers)?.hops ?? 0);
  const wholeOf = ({ nodes, subscriptions, heard }: Context): PlanPart =>
    mergedParts([{ nodes, votes: [] }, forecast(service, subscriptions, heard)]);
  const questionOf = (context: Context, { key, voter, nodeIds, routingKey }: Question): Ask => {
    const { plan, part, hops, deadlineMs, nodes, path } = context;
    const before = [...path, ...nodes.map(({ id }) => id)];
    const scope = { saga: plan, epoch: 0, hops: hops + 1, deadlineMs, path: before, asker: part };
    return {
      ...planQuestion(settings, nodeIds, scope, { service: voter, routingKey }),
      answer: 'estimated',
      about: { key },
    };
  };
  const answerTo = (whole: PlanPart): Json => {
    const refusals = refusalsBelow(whole);
    const more = { service, plan: writtenPart(whole) };
    if (refusals.length === 0) return { response: 'ok', silent: unknownVoters(whole), ...more };
    const reasons = [...new Set(refusals.map(({ reason }) => reason ?? ''))];
    return { ...noBody(service, reasons.join('; ')), ...more };
  };

  return setup({
    types: {} as { context: Context; events: Events; input: { readonly $: Stamp } },
    actions: {
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
        };
      }),
      takeQuestion: assign(({ context, event }) => {
        assertEvent(event, 'wouldDelete');
        const { data } = event;
        const { message, atMs, read: found } = event.$;
        const headers = sagaHeaders(message.headers);
        const remainingMs = headers?.deadlineMs ?? settings.voteDeadlineMs;
        return {
          plan: headers?.saga ?? context.part,
          ids: idList(data.id),
          requester: message.replyTo,
          atMs,
          isRoot: false,
          path: pathIn(data),
          hops: headers?.hops ?? 0,
          deadlineMs: remainingForOthersMs(remainingMs),
          nodes: planned(service, found.nodes),
          subscriptions: found.subscriptions,
        };
      }),
      readFootprint: read(({ context }: Args) => ({
        ...hierarchyRead('footprint', { nodeIds: context.nodes.map(({ id }) => id) }),
        event: 'footprint',
      })),
      takeFootprint: assign(({ context, event }) => {
        assertEvent(event, 'footprint');
        const rows = new Map(event.$.read.map((found) => [found.nodeId, found.rows]));
        return {
          nodes: context.nodes.map((node) => ({
            ...node,
            rows: [{ table: rowsTable, rows: rows.get(node.id) ?? 0 }],
          })),
        };
      }),
      askSubscribers: ask(({ context }: Args) =>
        questionsFor(context.subscriptions).map((question) => questionOf(context, question)),
      ),
      noteEstimate: assign(({ context, event }) => {
        assertEvent(event, ['estimated', 'estimated.unroutable']);
        const { about, answer, type } = event;
        const others = context.heard.filter(({ key }) => key !== about.key);
        return { heard: [...others, { key: about.key, answer, reached: type === 'estimated' }] };
      }),
      answerProblem: reply('plan', ({ event }: { event: PlanEvent }) => ({
        body: { error: problemOf(event) ?? null },
      })),
      answerObjection: reply('wouldDelete', ({ event }: { event: QuestionEvent }) => {
        const { reason, refusals } = objectionOf(event) ?? { reason: '', refusals: [] };
        return { body: noBody(service, reason, refusals) };
      }),
      answer: reply(({ context }: Args) => {
        const whole = wholeOf(context);
        const body = context.isRoot
          ? planDocument(service, context.ids, context.atMs, whole)
          : answerTo(whole);
        return { to: context.requester ?? undefined, body };
      }),
    },
    guards: {
      cannotBegin: ({ event }) => {
        assertEvent(event, 'plan');
        return problemOf(event) !== undefined;
      },
      objects: ({ event }) => {
        assertEvent(event, 'wouldDelete');
        return objectionOf(event) !== undefined;
      },
      allHeard: ({ context }) =>
        questionsFor(context.subscriptions).every(({ key }) =>
          context.heard.some((one) => one.key === key),
        ),
    },
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
    states: {
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
    },
  });
}
