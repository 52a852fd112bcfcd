/**
 * The owner's machine (protocol.md §3): asks everybody who depends on some nodes, decides, sees to the clean-up, removes.
 * The same machine is a voter's inner engagement, where its parent decides.
 *
 * 1. The freeze is written together with the roster it covers; the decision only upon the roster of now (S1, S2).
 * 2. After the decision there is no way back: what stands in the way is waited for. An update is made with its decision, so that what
 *    the tree refuses (a name that is taken) still calls it off.
 * 3. Calling off writes the release and tells everybody a question may have reached; it needs no acknowledgement.
 * 4. The requester is answered once.
 */
import { type AnyStateMachine, assign, sendParent, setup } from 'xstate';
import { publish, read, record, reply, write } from '../../runtime/effects.ts';
import type { Json, JsonObject } from '../../runtime/json.ts';
import type { MessageEvent, MessageInfo, WriteErrorEvent } from '../../runtime/service.ts';
import { factMessages, type QuestionScope, type Verb, verbOf, verbs } from '../consent/messages.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { type Attributes, hierarchyRead, hierarchyWrite, type LinkState, type NodeState, type Subscription } from '../hierarchy/store.ts';
import { attributeLists, type GivenAttributes } from '../model-crud/messages.ts';
import type { CleanUpInput } from './clean-up.ts';
import { ballotsFor, type Done, openSubscriptions, type RosterBallot, type RosterQuestion } from './roster.ts';
import {
  changeProblem,
  type Engagement,
  epochsOf,
  idsOfNodes,
  liveNodes,
  type RosterNow,
  refusalBody,
  type SagaContext,
  type SagaVerdict,
  standing,
  startProblem,
  withAsked,
  withRoster,
} from './saga.ts';
import { unlinkWrites, unsubscribeMessages } from './unsubscribe.ts';

/** What a voter starts an inner saga with. */
export interface InnerSagaInput {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly through: readonly string[];
  readonly nodes: readonly NodeState[];
  readonly subscriptions: readonly Subscription[];
  readonly hops: number;
  /** Milliseconds from now by which the answer must be given. */
  readonly deadlineMs: number;
  /** The owner above has decided already: nobody is asked any more. */
  readonly decided: boolean;
}

type SagaInput = { readonly key: string; readonly at: number; readonly fresh: string } & Partial<InnerSagaInput>;
type StartEvent = MessageEvent<JsonObject & { readonly id: string | readonly string[] }, Engagement, 'delete' | 'update'>;
type RosterEvent = { readonly type: 'roster'; readonly read: RosterNow; readonly at: number };
type LinksEvent = { readonly type: 'links'; readonly read: readonly LinkState[]; readonly at: number };
type Events = StartEvent | RosterEvent | LinksEvent | WriteErrorEvent | { readonly type: 'decide' } | { readonly type: 'call-off' };
type Args = { context: Context; event: Events };

interface Context extends SagaContext {
  readonly decidedAbove: boolean;
}

export interface DeleteSagaActors {
  readonly voteCollection: AnyStateMachine;
  readonly cleanUp: AnyStateMachine;
}

const blockedRetryMs = 5_000;

function initialContext(input: SagaInput, settings: ConsentSettings): Context {
  const {
    saga = input.fresh,
    verb = 'delete',
    through = [],
    nodes = [],
    subscriptions = [],
    hops = 0,
    deadlineMs = settings.voteDeadlineMs,
  } = input;
  return {
    ...{ saga, through, nodes, subscriptions, hops },
    verb: verbs[verb],
    role: input.saga === undefined ? 'root' : 'inner',
    deadlineAtMs: input.at + deadlineMs,
    nowMs: input.at,
    decidedAbove: input.decided ?? false,
    ...{ requester: null, requestedBy: null, change: null },
    ...{ gone: [], votes: [], asked: [], rounds: 0, cleaned: [], refusals: [], silent: [], unreachable: [] },
  };
}

function scopeOf(context: Context, deadlineMs: number | null): QuestionScope {
  const epoch = Math.max(0, ...context.nodes.map((node) => node.epoch));
  return { saga: context.saga, epoch, hops: context.hops + 1, deadlineMs };
}

function line(context: Context, what: string, more: JsonObject = {}): { topic: string; line: JsonObject } {
  return { topic: context.saga, line: { what, role: context.role, action: context.verb.name, ...more } };
}

function nodeNames(nodes: readonly NodeState[]): Json {
  return nodes.map(({ id, cn, objectClass }) => ({ id, cn, objectClass }));
}

/** The machine of one service: settings and the machines it invokes are the service's. */
export function deleteSagaMachine(settings: ConsentSettings, actors: DeleteSagaActors) {
  const { service, objectClass } = settings;
  const question = (context: Context, action: string, deadlineMs: number | null): RosterQuestion => ({
    ...{ settings, action, verb: context.verb, nodes: context.nodes },
    scope: scopeOf(context, deadlineMs),
    ...(context.change === null ? {} : { more: context.change }),
  });
  const votesWanted = (context: Context, peers: 'new' | 'old'): readonly RosterBallot[] => {
    const remainingMs = context.deadlineAtMs - context.nowMs;
    return ballotsFor(context.subscriptions, context.votes, peers, question(context, context.verb.may, remainingMs));
  };
  const voteInput = (context: Context, peers: 'new' | 'old'): JsonObject => ({
    saga: context.saga,
    action: context.verb.may,
    ballots: votesWanted(context, peers) as unknown as Json,
    deadlineMs: Math.max(0, context.deadlineAtMs - context.nowMs),
    graceMs: settings.graceMs,
  });
  const cleanUpInput = (context: Context): CleanUpInput => ({
    saga: context.saga,
    action: context.verb.doing,
    ballots: ballotsFor(context.subscriptions, context.cleaned, 'all', question(context, context.verb.doing, null)),
  });
  const references = settings.references.map(({ attribute }) => attribute);
  const problemOf = ({ type, data, read: engagement }: StartEvent) =>
    (type === 'update' ? changeProblem(data, references) : undefined) ?? startProblem(engagement, verbs[type], objectClass);
  /** The owner's decision holds for the list as it was read; a part in somebody else's saga goes by the decision above. */
  const listOfNow = (context: Context) => (context.role === 'root' ? { epochs: epochsOf(liveNodes(context)) } : null);
  /** A decision from above may overtake the answers: of an owner that takes silence for consent. */
  const whileAsking = {
    'call-off': 'calledOff',
    decide: { target: 'cleaning', actions: ['decide', 'recordDecided'] },
    'error.write': { target: 'calledOff', actions: 'noteWriteRefusal' },
  } as const;
  const sagaNodes = (context: Context) => ({ saga: context.saga, service, nodeIds: idsOfNodes(context.nodes) });

  return setup({
    types: {} as { context: Context; events: Events; input: SagaInput },
    actors: { voteCollection: actors.voteCollection, cleanUp: actors.cleanUp },
    actions: {
      engage: assign(({ context, event }) => {
        const { data, read: engagement, message, type, at } = event as StartEvent;
        const { attributes } = data;
        return {
          verb: verbOf(type === 'update' ? 'mayUpdate' : 'mayDelete'),
          nodes: engagement.nodes,
          subscriptions: engagement.subscriptions,
          requester: message.replyTo,
          requestedBy: message.from,
          change: type === 'update' ? { attributes: attributeLists((attributes ?? {}) as GivenAttributes) as JsonObject } : null,
          deadlineAtMs: at + settings.voteDeadlineMs,
          nowMs: at,
          saga: context.saga,
        };
      }),
      freeze: write(({ context }: Args) =>
        hierarchyWrite(
          'freeze',
          { ...sagaNodes(context), mode: context.verb.mode, through: context.through },
          { epochs: epochsOf(context.nodes) },
        ),
      ),
      recordEngaged: record(({ context }: Args) =>
        line(context, 'engaged', { nodes: nodeNames(context.nodes), through: context.through, requestedBy: context.requestedBy }),
      ),
      answerProblem: reply(({ event }: Args) => {
        const { message } = event as StartEvent;
        const problem = problemOf(event as StartEvent);
        return { to: message.replyTo ?? undefined, body: problem === undefined ? {} : { error: problem as unknown as Json } };
      }),
      readRoster: read(({ context }: Args) => ({ ...hierarchyRead('roster', { nodeIds: idsOfNodes(context.nodes) }), event: 'roster' })),
      readLinks: read(({ context }: Args) => ({
        ...hierarchyRead('orphanedLinks', { service, nodeIds: idsOfNodes(context.nodes) }),
        event: 'links',
      })),
      noteAsked: assign(({ context }) => ({ asked: withAsked(context, 'new'), rounds: context.rounds + 1 })),
      noteAskedOld: assign(({ context }) => ({ asked: withAsked(context, 'old') })),
      noteVerdict: assign(({ context, event }) => {
        const { output, at } = event as unknown as { output: SagaVerdict; at: number };
        const { votes, refusals, silent, unreachable } = output;
        return { votes: [...context.votes, ...votes], refusals, silent, unreachable, nowMs: at };
      }),
      takeRoster: assign(({ context, event }) => {
        const { read: now, at } = event as RosterEvent;
        return { ...withRoster(context, now), nowMs: at };
      }),
      decide: write(({ context }: Args) => hierarchyWrite('decide', sagaNodes(context), listOfNow(context))),
      change: write(({ context }: Args) => {
        const [node] = context.nodes;
        if (context.change === null || node === undefined) return undefined;
        const attributes = context.change.attributes as unknown as Attributes;
        return hierarchyWrite('modify', { id: node.id, service, attributes }, { epochs: epochsOf(context.nodes) });
      }),
      noteWriteRefusal: assign(({ context, event }) => {
        const { error } = event as WriteErrorEvent;
        return { refusals: [{ service, nodeId: context.nodes[0]?.id ?? '', reason: error.message }] };
      }),
      recordDecided: record(({ context }: Args) => line(context, 'decided', { nodes: idsOfNodes(context.nodes) })),
      promise: write(({ context }: Args) => hierarchyWrite('promised', sagaNodes(context), { epochs: epochsOf(liveNodes(context)) })),
      tellPromised: sendParent(({ context }: Args) => ({ type: 'engaged', through: context.through })),
      tellRefused: sendParent(({ context }: Args) => ({
        type: 'refused',
        ...{ refusals: context.refusals, silent: [...context.silent, ...context.unreachable], through: context.through },
      })),
      noteCleaned: assign(({ context, event }) => {
        const { output } = event as unknown as { output: { done: readonly Done[] } };
        return { cleaned: [...context.cleaned, ...output.done] };
      }),
      // At the root, whoever subscribed since the list was read must still hear `deleting` before the node goes.
      expectList: write(({ context }: Args) =>
        context.role === 'root' ? hierarchyWrite('decide', sagaNodes(context), listOfNow(context)) : undefined,
      ),
      remove: write(({ context, event }: Args) =>
        hierarchyWrite('remove', { ...sagaNodes(context), atMs: (event as LinksEvent).at }, null),
      ),
      unlink: write(({ event }: Args) => unlinkWrites(settings, (event as LinksEvent).read)),
      unsubscribe: publish(({ event }: Args) => unsubscribeMessages(settings, (event as LinksEvent).read)),
      disengage: write(({ context }: Args) => hierarchyWrite('disengage', sagaNodes(context), null)),
      announce: publish(({ context }: Args) =>
        liveNodes(context).flatMap(({ id }) =>
          factMessages(settings, context.verb.done, id, context.saga, { 'consent-saga': context.saga }),
        ),
      ),
      recordRemoved: record(({ context }: Args) => line(context, context.verb.done, { nodes: nodeNames(liveNodes(context)) })),
      release: write(({ context }: Args) => hierarchyWrite('release', { saga: context.saga, service }, null)),
      callOffEverybody: publish(({ context }: Args) =>
        ballotsFor(context.asked, [], 'all', question(context, context.verb.off, null)).map(({ question: message }) => message),
      ),
      recordCalledOff: record(({ context }: Args) =>
        line(context, 'called off', {
          refusals: context.refusals as unknown as Json,
          silent: context.silent,
          unreachable: context.unreachable,
        }),
      ),
      answerDone: reply(({ context }: Args) => ({ to: context.requester ?? undefined, body: {} })),
      answerRefused: reply(({ context }: Args) => ({ to: context.requester ?? undefined, body: refusalBody(context) })),
      answerWriteError: reply(({ event }: Args) => {
        const { cause, error } = event as WriteErrorEvent;
        const { replyTo } = cause['message'] as unknown as MessageInfo;
        return { to: replyTo ?? undefined, body: { error: error as unknown as Json } };
      }),
      recordBlocked: record(({ context, event }: Args) =>
        line(context, 'blocked', { error: (event as WriteErrorEvent).error as unknown as Json }),
      ),
    },
    guards: {
      isInner: ({ context }) => context.role === 'inner',
      isDecidedAbove: ({ context }) => context.decidedAbove,
      isUpdate: ({ context }) => context.verb.name === 'update',
      cannotStart: ({ event }) => problemOf(event as StartEvent) !== undefined,
      nothingLeft: ({ event }) => (event as StartEvent).read.nodes.length === 0,
      isUnanimous: ({ event }) => (event as unknown as { output: SagaVerdict }).output.outcome === 'unanimous',
      isAgreedWithin: ({ context, event }) =>
        context.role === 'inner' && ['agreed', 'gone'].includes(standing(context, (event as RosterEvent).read)),
      agreedAtRoot: ({ context, event }) => context.role === 'root' && standing(context, (event as RosterEvent).read) === 'agreed',
      isGone: ({ context, event }) => standing(context, (event as RosterEvent).read) === 'gone',
      hasNewcomers: ({ context, event }) => standing(context, (event as RosterEvent).read) === 'newcomers',
      someoneIsOpen: ({ context, event }) => openSubscriptions((event as RosterEvent).read.subscriptions, context.cleaned).length > 0,
    },
  }).createMachine({
    id: 'delete-saga',
    context: ({ input }) => initialContext(input, settings),
    initial: 'starting',
    states: {
      starting: {
        always: [
          { guard: 'isDecidedAbove', target: 'cleaning', actions: ['freeze', 'decide', 'recordEngaged', 'recordDecided'] },
          { guard: 'isInner', target: 'asking', actions: ['freeze', 'recordEngaged'] },
        ],
        on: {
          delete: [
            { guard: 'cannotStart', target: 'refused', actions: 'answerProblem' },
            { guard: 'nothingLeft', target: 'refused', actions: 'answerProblem' },
            { target: 'asking', actions: ['engage', 'freeze', 'recordEngaged'] },
          ],
          update: [
            { guard: 'cannotStart', target: 'refused', actions: 'answerProblem' },
            { target: 'asking', actions: ['engage', 'freeze', 'recordEngaged'] },
          ],
          'error.write': { target: 'refused', actions: 'answerWriteError' },
        },
      },
      asking: {
        entry: 'noteAsked',
        invoke: {
          id: 'votes',
          src: 'voteCollection',
          input: ({ context }: { context: Context }) => voteInput(context, 'new'),
          onDone: [
            { guard: 'isUnanimous', target: 'askingOld', actions: 'noteVerdict' },
            { target: 'calledOff', actions: 'noteVerdict' },
          ],
          onError: 'calledOff',
        },
        on: whileAsking,
      },
      askingOld: {
        entry: 'noteAskedOld',
        invoke: {
          id: 'votes',
          src: 'voteCollection',
          input: ({ context }: { context: Context }) => voteInput(context, 'old'),
          onDone: [
            { guard: 'isUnanimous', target: 'confirming', actions: 'noteVerdict' },
            { target: 'calledOff', actions: 'noteVerdict' },
          ],
          onError: 'calledOff',
        },
        on: whileAsking,
      },
      confirming: {
        entry: 'readRoster',
        on: {
          roster: [
            { guard: 'isAgreedWithin', target: 'promised', actions: ['takeRoster', 'promise', 'tellPromised'] },
            { guard: 'isGone', target: 'overtaken' },
            { guard: 'hasNewcomers', target: 'asking', actions: 'takeRoster' },
            { guard: 'agreedAtRoot', target: 'cleaning', actions: ['takeRoster', 'decide', 'change', 'recordDecided'] },
            { target: 'calledOff' },
          ],
          'call-off': 'calledOff',
        },
      },
      promised: {
        on: {
          decide: { target: 'cleaning', actions: ['decide', 'recordDecided'] },
          'call-off': 'calledOff',
        },
      },
      cleaning: {
        invoke: {
          id: 'clean-up',
          src: 'cleanUp',
          input: ({ context }: { context: Context }) => cleanUpInput(context) as unknown as JsonObject,
          onDone: { target: 'removing', actions: 'noteCleaned' },
          onError: 'blocked',
        },
        on: { decide: {}, 'error.write': 'blocked' },
      },
      removing: {
        entry: 'readRoster',
        on: {
          roster: [
            { guard: 'someoneIsOpen', target: 'cleaning', actions: 'takeRoster' },
            { guard: 'isUpdate', target: 'finished', actions: ['takeRoster', 'disengage', 'announce', 'recordRemoved'] },
            { actions: ['takeRoster', 'readLinks'] },
          ],
          links: { target: 'finished', actions: ['expectList', 'remove', 'announce', 'unlink', 'unsubscribe', 'recordRemoved'] },
          decide: {},
          'error.write': 'blocked',
        },
      },
      blocked: {
        entry: 'recordBlocked',
        after: { [blockedRetryMs]: 'removing' },
        on: { decide: {}, 'error.write': { target: 'blocked', reenter: true } },
      },
      finished: { type: 'final', entry: 'answerDone' },
      overtaken: { type: 'final', entry: ['release', 'callOffEverybody', 'recordCalledOff', 'answerDone'] },
      calledOff: { type: 'final', entry: ['release', 'callOffEverybody', 'recordCalledOff', 'answerRefused', 'tellRefused'] },
      refused: { type: 'final' },
    },
  });
}
