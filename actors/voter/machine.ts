/**
 * The voter's machine (protocol.md §4): one service's part in somebody else's saga, whatever it is asked about under it.
 *
 * 1. An `ok` is a durable promise: it is written before it is answered, and never expires by a clock.
 * 2. What depends here on the node becomes an inner saga whose own subscribers are asked first.
 * 3. In doubt it inquires with the owner; only an answer ends the doubt.
 * 4. Between its promise and the decision it adds no dependant and no constraint: the ledger sees to that.
 */
import { type AnyStateMachine, setup } from 'xstate';
import { ask, record, reply, write } from '../../runtime/effects.ts';
import type { Json, JsonObject } from '../../runtime/json.ts';
import type { AnswerEvent, MessageEvent, MessageInfo } from '../../runtime/service.ts';
import { hopsMax, idsOf, type Refusal, readAnswers, sagaHeaders, type Verb, verbOf, verbs } from '../consent/messages.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyWrite } from '../hierarchy/store.ts';
import { inquiryDelayMs, inquiryMessages, remainingForOthersMs } from './deadline.ts';
import {
  answerable,
  type Dependants,
  dependantsThrough,
  forbids,
  fulfillable,
  groupsToDecide,
  idsOfGroup,
  isFulfilled,
  linkVersions,
  liveIds,
  newIds,
  noAnswer,
  type OpenQuestion,
  type OwnRefusal,
  okAnswer,
  type Part,
  throughGroup,
  undecided,
  withGroup,
  withNodes,
  withPhase,
} from './part.ts';

type QuestionEvent = MessageEvent<{ readonly id: Json }, Dependants, 'mayDelete' | 'mayUpdate' | 'deleting' | 'updating'>;
type OffEvent = MessageEvent<{ readonly id: Json }, unknown, 'notDeleted' | 'notUpdated'>;
type EngagedEvent = { readonly type: 'engaged'; readonly through: readonly string[]; readonly at: number };
type RefusedEvent = {
  readonly type: 'refused';
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
  readonly at: number;
};
type StandingEvent = AnswerEvent<{ readonly ids: readonly string[] }, 'standing' | 'standing.unroutable'>;
type GroupDoneEvent = { readonly type: `xstate.done.actor.${string}`; readonly at: number };
type Events =
  | QuestionEvent
  | OffEvent
  | EngagedEvent
  | RefusedEvent
  | StandingEvent
  | GroupDoneEvent
  | { readonly type: 'in-doubt'; readonly at: number };

interface Context extends Part {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly hops: number;
  readonly inquiries: number;
  /** An old owner's promise alone has an end. */
  readonly oldOwner: boolean;
}

type Args = { context: Context; event: Events };

/** How long the promise to an owner that does not speak the protocol is kept. */
const oldOwnerPromiseMs = 300_000;

function questionOf(message: MessageInfo, ids: readonly string[], phase: OpenQuestion['phase']): readonly OpenQuestion[] {
  return message.replyTo === null ? [] : [{ to: message.replyTo, ids, phase }];
}

export interface VoterActors {
  readonly innerSaga: AnyStateMachine;
}

/** The machine of one service. */
export function voterMachine(settings: ConsentSettings, { innerSaga }: VoterActors) {
  const { service } = settings;

  const effects = setup({
    types: {} as { context: Context; events: Events; input: { readonly key: string; readonly at: number } },
    actors: { innerSaga },
    actions: {
      answer: reply((_: Args, { to, body }: { to: OpenQuestion['to'] | null; body: Json }) => ({ to: to ?? undefined, body })),
      note: record(({ context }: Args, line: JsonObject) => ({ topic: context.saga, line })),
      promise: write(
        (
          { context }: Args,
          {
            nodeIds,
            state,
            links,
          }: { nodeIds: readonly string[]; state: 'collecting' | 'ok'; links: Readonly<Record<string, number>> | null },
        ) =>
          nodeIds.length === 0
            ? undefined
            : hierarchyWrite(
                'promise',
                { saga: context.saga, service, mode: verbs[context.verb].mode, nodeIds, state },
                links === null ? null : { links },
              ),
      ),
      fulfil: write(({ context }: Args, { nodeIds, atMs }: { nodeIds: readonly string[]; atMs: number }) =>
        nodeIds.length === 0
          ? undefined
          : hierarchyWrite('fulfil', { saga: context.saga, service, nodeIds, gone: context.verb === 'delete', atMs }, null),
      ),
      release: write(({ context }: Args) => hierarchyWrite('release', { saga: context.saga, service }, null)),
      answerGone: reply(({ event }: Args) => {
        const { data, message } = event as QuestionEvent;
        return { to: message.replyTo ?? undefined, body: okAnswer(idsOf(data.id)) };
      }),
      inquire: ask(({ context }: Args) => inquiryMessages(settings, context)),
    },
    guards: {
      /** Nothing but tombstones, and nothing promised before: `ok`, and nothing recorded. */
      isGoneAlready: ({ context, event }) => {
        const { data, read: dependants } = event as QuestionEvent;
        return context.nodes.length === 0 && liveIds(idsOf(data.id), dependants).length === 0;
      },
      isOldOwner: ({ context }) => context.oldOwner,
      isOff: ({ event }) =>
        [...readAnswers((event as StandingEvent).answer, (event as StandingEvent).about.ids).values()].some(
          ({ response }) => response === 'no',
        ),
      isFulfilled: ({ context }) => context.nodes.length > 0 && isFulfilled(context),
      isDecided: ({ context }) =>
        context.groups.some(({ phase }) => phase === 'cleaning' || phase === 'gone') ||
        context.nodes.some(({ phase }) => phase === 'deleting' || phase === 'gone'),
    },
  });

  const answering = effects.extend({
    actions: {
      answerWhatIsDone: effects.enqueueActions(({ context, event, enqueue }) => {
        const done = fulfillable(context);
        const part = withPhase(context, done, 'gone');
        const { answered, open } = answerable(part);
        enqueue({ type: 'fulfil', params: { nodeIds: done, atMs: (event as { at: number }).at } });
        if (done.length > 0) enqueue({ type: 'note', params: { what: 'fulfilled', nodes: done } });
        for (const { to, ids, phase } of answered) {
          enqueue({ type: 'answer', params: { to, body: okAnswer(ids) } });
          if (phase === 'may') enqueue({ type: 'note', params: { what: 'promised', nodes: ids } });
        }
        enqueue.assign({ nodes: part.nodes, questions: open });
      }),
    },
  });

  const deciding = answering.extend({
    actions: {
      /** `mayDelete`: promise, engage what depends, or refuse. */
      takeQuestion: answering.enqueueActions(({ context, event, enqueue }) => {
        const { data, message, read: dependants, at } = event as QuestionEvent;
        const headers = sagaHeaders(message.headers);
        const ids = idsOf(data.id);
        const fresh = liveIds(newIds(context, ids), dependants);
        const own = forbids(service, verbOf(event.type).name, dependants) ?? tooManyHops(headers?.hops);
        if (own !== undefined) {
          enqueue.raise({ type: 'refused', refusals: own.refusals, silent: [], at } as RefusedEvent);
          enqueue.assign({
            questions: [...context.questions, ...questionOf(message, ids, 'may')],
            hops: headers?.hops ?? 0,
          });
          return;
        }
        const engaged = dependantsThrough(fresh, dependants);
        const engages = engaged.length > 0;
        const group = engages ? `g${context.groups.length + 1}` : null;
        const withThese = withNodes(context, fresh, engages ? 'asked' : 'promised', message.exchange);
        const grouped = group === null ? withThese : withGroup(throughGroup(withThese, fresh, group), group, 'asking');
        const remainingMs = headers?.deadlineMs ?? settings.voteDeadlineMs;
        enqueue.assign({
          ...grouped,
          questions: [...context.questions, ...questionOf(message, ids, 'may')],
          verb: verbOf(event.type).name,
          hops: headers?.hops ?? 0,
          oldOwner: headers === undefined,
        });
        enqueue({
          type: 'promise',
          params: { nodeIds: fresh, state: engages ? 'collecting' : 'ok', links: linkVersions(fresh, dependants) },
        });
        if (group !== null) {
          enqueue.spawnChild('innerSaga', {
            id: group,
            input: innerInput(
              context.saga,
              verbOf(event.type).name,
              fresh,
              { ...dependants, nodes: engaged },
              headers?.hops ?? 0,
              remainingForOthersMs(remainingMs),
              false,
            ),
          });
        }
        enqueue.cancel('in-doubt');
        enqueue.raise({ type: 'in-doubt', at } as Events, {
          id: 'in-doubt',
          delay: headers === undefined ? oldOwnerPromiseMs : inquiryDelayMs(remainingMs, 0),
        });
        enqueue({ type: 'answerWhatIsDone' });
      }),

      /** `deleting`: decide what was promised; what nobody asked about before is overruled, never silently. */
      takeDecision: answering.enqueueActions(({ context, event, enqueue }) => {
        const { data, message, read: dependants } = event as QuestionEvent;
        const headers = sagaHeaders(message.headers);
        const ids = idsOf(data.id);
        const fresh = newIds(context, ids);
        const known = ids.filter((id) => !fresh.includes(id) && !context.nodes.some((node) => node.id === id && node.phase === 'gone'));
        const late = dependants.nodes.length > 0;
        const group = late ? `g${context.groups.length + 1}` : null;
        const begun = withPhase(context, known, 'deleting');
        const withFresh = withNodes(begun, fresh, 'deleting', message.exchange);
        const grouped = group === null ? withFresh : withGroup(throughGroup(withFresh, ids, group), group, 'cleaning');
        const decided = groupsToDecide(grouped);
        const decidedParts = decided.reduce((part, id) => withGroup(part, id, 'cleaning'), grouped);
        enqueue.assign({
          ...decidedParts,
          questions: [...context.questions, ...questionOf(message, ids, 'doing')],
          verb: verbOf(event.type).name,
        });
        if (undecided(decidedParts).length === 0) enqueue.cancel('in-doubt');
        for (const id of decided) enqueue.sendTo(id, { type: 'decide' });
        if (late || dependants.refusals.length > 0) {
          enqueue({ type: 'note', params: { what: 'overruled', nodes: fresh, refusals: dependants.refusals as unknown as Json } });
        }
        if (group !== null) {
          enqueue.spawnChild('innerSaga', {
            id: group,
            input: innerInput(context.saga, verbOf(event.type).name, ids, dependants, headers?.hops ?? 0, 0, true),
          });
        }
        enqueue({ type: 'answerWhatIsDone' });
      }),

      takeEngaged: answering.enqueueActions(({ context, event, enqueue }) => {
        const { through } = event as EngagedEvent;
        const group = context.groups.find(
          ({ id, phase }) => phase === 'asking' && idsOfGroup(context, id, 'asked').some((node) => through.includes(node)),
        )?.id;
        if (group === undefined) return;
        const ids = idsOfGroup(context, group, 'asked');
        enqueue.assign(withGroup(withPhase(context, ids, 'promised'), group, 'promised'));
        enqueue({ type: 'promise', params: { nodeIds: ids, state: 'ok', links: null } });
        enqueue({ type: 'answerWhatIsDone' });
      }),

      takeGroupDone: answering.enqueueActions(({ context, event, enqueue }) => {
        const group = event.type.slice('xstate.done.actor.'.length);
        if (context.groups.find(({ id }) => id === group)?.phase !== 'cleaning') return;
        enqueue.assign(withGroup(context, group, 'gone'));
        enqueue({ type: 'answerWhatIsDone' });
      }),

      refuse: answering.enqueueActions(({ context, event, enqueue }) => {
        const { refusals, silent } = event as RefusedEvent;
        const own: OwnRefusal = {
          reason: refusals.map(({ reason }) => reason).join('; ') || `no answer from ${silent.join(', ')}`,
          refusals,
          silent,
        };
        for (const { id } of context.groups.filter(({ phase }) => phase === 'asking' || phase === 'promised'))
          enqueue.sendTo(id, { type: 'call-off' });
        for (const { to, ids } of context.questions) enqueue({ type: 'answer', params: { to, body: noAnswer(service, ids, own) } });
        enqueue({ type: 'release' });
        enqueue({ type: 'note', params: { what: 'refused', refusals: refusals as unknown as Json, silent } });
        enqueue.cancel('in-doubt');
        enqueue.assign({ questions: [], nodes: [] });
      }),

      letGo: answering.enqueueActions(({ context, enqueue }) => {
        for (const { id } of context.groups.filter(({ phase }) => phase === 'asking' || phase === 'promised'))
          enqueue.sendTo(id, { type: 'call-off' });
        enqueue({ type: 'release' });
        enqueue({ type: 'note', params: { what: 'released', nodes: context.nodes.map(({ id }) => id) } });
        enqueue.cancel('in-doubt');
        enqueue.assign({ questions: [], nodes: [] });
      }),

      askOwner: answering.enqueueActions(({ context, event, enqueue }) => {
        enqueue({ type: 'inquire' });
        enqueue.assign({ inquiries: context.inquiries + 1 });
        enqueue.raise({ type: 'in-doubt', at: (event as { at: number }).at } as Events, {
          id: 'in-doubt',
          delay: inquiryDelayMs(0, context.inquiries + 1),
        });
      }),
    },
  });

  return deciding.createMachine({
    id: 'voter',
    context: ({ input }) => ({
      ...{ saga: input.key, verb: 'delete', hops: 0, inquiries: 0, oldOwner: false },
      ...{ nodes: [], groups: [], questions: [] },
    }),
    initial: 'engaged',
    states: {
      engaged: {
        on: {
          mayDelete: [{ guard: 'isGoneAlready', target: 'fulfilled', actions: 'answerGone' }, { actions: 'takeQuestion' }],
          mayUpdate: [{ guard: 'isGoneAlready', target: 'fulfilled', actions: 'answerGone' }, { actions: 'takeQuestion' }],
          deleting: { actions: 'takeDecision' },
          updating: { actions: 'takeDecision' },
          engaged: { actions: 'takeEngaged' },
          'xstate.done.actor.*': { actions: 'takeGroupDone' },
          refused: { target: 'released', actions: 'refuse' },
          notDeleted: [{ guard: 'isDecided' }, { target: 'released', actions: 'letGo' }],
          notUpdated: [{ guard: 'isDecided' }, { target: 'released', actions: 'letGo' }],
          'in-doubt': [{ guard: 'isOldOwner', target: 'released', actions: 'letGo' }, { actions: 'askOwner' }],
          standing: [{ guard: 'isDecided' }, { guard: 'isOff', target: 'released', actions: 'letGo' }, {}],
          'standing.unroutable': {},
        },
        always: { guard: 'isFulfilled', target: 'fulfilled' },
      },
      released: { type: 'final' },
      fulfilled: { type: 'final' },
    },
  });

  function tooManyHops(hops: number | undefined): OwnRefusal | undefined {
    if (hops === undefined || hops <= hopsMax) return undefined;
    const reason = `the question has come over more than ${hopsMax} services`;
    return { reason, refusals: [{ service, nodeId: '', reason }], silent: [] };
  }
}

function innerInput(
  saga: string,
  verb: Verb['name'],
  through: readonly string[],
  dependants: Dependants,
  hops: number,
  deadlineMs: number,
  decided: boolean,
): JsonObject {
  const nodes = dependants.nodes.map(({ through: _found, ...node }) => node);
  const subscriptions = dependants.subscriptions.filter(({ nodeId }) => nodes.some(({ id }) => id === nodeId));
  return {
    saga,
    verb,
    through,
    nodes: nodes as unknown as Json,
    subscriptions: subscriptions as unknown as Json,
    hops,
    deadlineMs,
    decided,
  };
}
