/**
 * The part of a system outside in a saga, in place of the inner saga of a voter: asks the system,
 * waits for the decision, and tells the system to do its part.
 *
 *     asking ──allowed──▶ promised ──decide──▶ doing ──taken──▶ done
 *        │                    └──call-off──▶ off
 *        ├──refused──▶ refused
 *        └──no answer──▶ silent
 *
 * - Silence is no vote: a system without an answer by the deadline calls the saga off, under the name
 *   of the service. The system may have agreed, so the system is told of the end.
 * - A decision is told until the system has taken the decision, for days if need be. An operator may
 *   end the waiting.
 * - The part of a voter ends with a call off. So the call off is told by an actor of its own, to
 *   which this machine sends a message.
 */
import { type AnyEventObject, sendParent, setup } from 'xstate';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { publish, record } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { retainsIn, retainsMember, untilIn } from '../consent/retained.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { type Verb, verbs } from '../consent/verbs.ts';
import type { OutsideActivities } from './activities.ts';
import {
  type OutsideAnswer,
  type OutsideRequest,
  outsideRequest,
  retentionEndRequest,
} from './messages.ts';

type Input = {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly through: readonly string[];
  readonly nodes: readonly { readonly objectClass: string; readonly retentionEnded?: true }[];
  readonly deadlineMs: number;
  readonly decided: boolean;
  readonly $: Stamp;
};

type Context = {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly entity: string;
  readonly ids: readonly string[];
  readonly deadlineMs: number;
  readonly isDecided: boolean;
  /** Of the end of a retention; null: the decision. */
  readonly retentionEnd: string | null;
};

type Skip = { readonly operation: { readonly by: string; readonly why: string } };
type Events =
  | { readonly type: 'decide' | 'call-off'; readonly $: Stamp }
  | ({ readonly type: 'skip'; readonly $: Stamp } & Skip)
  | {
      readonly type: 'xstate.done.actor.question';
      readonly output: OutsideAnswer;
      readonly $: Stamp;
    }
  | { readonly type: 'xstate.error.actor.question'; readonly error: unknown; readonly $: Stamp }
  | { readonly type: 'xstate.done.actor.decision'; readonly $: Stamp }
  | { readonly type: 'xstate.error.actor.decision'; readonly error: unknown; readonly $: Stamp };
type Args = { readonly context: Context; readonly event: Events };

const doAgainMs = 5_000;

function toldOf({ saga, verb, entity, ids }: Context, kind: 'may' | 'doing' | 'off') {
  return { action: verbs[verb][kind], saga, entity, ids };
}

function decisionOf(service: string, context: Context): OutsideRequest {
  const told = toldOf(context, 'doing');
  const { retentionEnd } = context;
  return retentionEnd === null
    ? outsideRequest(service, told)
    : retentionEndRequest(service, told, retentionEnd);
}

function failureOf(event: Events): string {
  const error = 'error' in event ? event.error : undefined;
  const message = (error as { readonly message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? message : 'no reason given';
}

function answerIn(event: Events): OutsideAnswer {
  return (event as Extract<Events, { type: 'xstate.done.actor.question' }>).output;
}

/** The node that the answer names; else the first one. */
function refusedNode(ids: readonly string[], { nodeId }: OutsideAnswer): string {
  return ids.find((id) => id === nodeId) ?? ids[0] ?? '';
}

function refusalIn({ reason = 'no reason given', until }: OutsideAnswer) {
  return { reason, ...untilIn(until) };
}

const line = (what: string, more: (args: Args) => JsonObject) =>
  record((args: Args) => ({ topic: args.context.saga, line: { what, ...more(args) } }));

const toParent = (event: (args: Args) => AnyEventObject) =>
  sendParent<Context, Events, undefined, AnyEventObject, Events>(event as never);

function actions({ service, own }: ConsentSettings) {
  return {
    tellPromised: toParent(({ context: { ids }, event }) => ({
      type: 'engaged',
      through: ids,
      ...retainsMember(retainsIn(answerIn(event).retains, service)),
    })),
    tellRefused: toParent(({ context: { ids }, event }) => ({
      type: 'refused',
      refusals: [
        { service, nodeId: refusedNode(ids, answerIn(event)), ...refusalIn(answerIn(event)) },
      ],
      silent: [],
    })),
    tellSilent: toParent(({ event }) => ({
      type: 'refused',
      refusals: [],
      silent: [service],
      reason: `no answer from ${service}: ${failureOf(event)}`,
    })),
    sendOff: publish(({ context }: Args) => {
      const data = toldOf(context, 'off');
      const { id: messageId } = outsideRequest(service, data);
      return { ...own, action: 'outsideOff', data, messageId, mandatory: true };
    }),
    recordAsked: line('outside asked', ({ context }) => ({
      action: verbs[context.verb].may,
      nodeIds: context.ids,
    })),
    recordSilent: line('outside silent', ({ event }) => ({ reason: failureOf(event) })),
    recordUndone: line('alarm', ({ event }) => ({
      waitingFor: [service],
      reason: `its system outside has not done its part: ${failureOf(event)}`,
    })),
    recordDone: line('outside done', ({ context }) => ({ nodes: context.ids })),
    /** A line for each node, as for the other parts that an operator skips. */
    recordSkipped: record(({ context: { saga, ids }, event }: Args) => {
      const { operation } = event as { readonly type: 'skip' } & Skip;
      return ids.map((nodeId) => ({
        topic: saga,
        line: { what: 'skipped', voter: service, nodeId, ...operation },
      }));
    }),
  };
}

/** `activities`: ask the system, and tell the system until the system has taken the decision. */
export function outsidePartMachine(settings: ConsentSettings, activities: OutsideActivities) {
  const { service } = settings;
  return setup({
    types: {} as { context: Context; events: Events; input: Input },
    actors: activities,
    actions: actions(settings),
    guards: {
      isDecided: ({ context }: Args) => context.isDecided,
      isAllowed: ({ event }: Args) => answerIn(event).allowed,
    },
  }).createMachine({
    id: 'outside-part',
    context: ({ input: { saga, verb, through, nodes, deadlineMs, decided, $ } }) => ({
      saga,
      verb,
      deadlineMs,
      ids: through,
      entity: nodes[0]?.objectClass ?? '',
      isDecided: decided,
      retentionEnd: nodes.some(({ retentionEnded }) => retentionEnded) ? $.newId : null,
    }),
    initial: 'starting',
    states: {
      starting: { always: [{ guard: 'isDecided', target: 'doing' }, { target: 'asking' }] },
      asking: {
        entry: 'recordAsked',
        invoke: {
          id: 'question',
          src: 'askOutside',
          input: ({ context }) => ({
            request: outsideRequest(service, toldOf(context, 'may')),
            withinMs: context.deadlineMs,
          }),
          onDone: [
            { guard: 'isAllowed', target: 'promised', actions: 'tellPromised' },
            { target: 'refused', actions: 'tellRefused' },
          ],
          onError: { target: 'silent', actions: ['recordSilent', 'tellSilent'] },
        },
        on: { decide: 'doing', 'call-off': 'off' },
      },
      promised: { on: { decide: 'doing', 'call-off': 'off' } },
      doing: {
        invoke: {
          id: 'decision',
          src: 'tellOutside',
          input: ({ context }) => ({
            request: decisionOf(service, context),
          }),
          onDone: { target: 'done', actions: 'recordDone' },
          onError: { target: 'waiting', actions: 'recordUndone' },
        },
        on: { decide: {}, skip: { target: 'done', actions: 'recordSkipped' } },
      },
      waiting: {
        after: { [doAgainMs]: 'doing' },
        on: { decide: {}, skip: { target: 'done', actions: 'recordSkipped' } },
      },
      refused: { type: 'final' },
      silent: { type: 'final', entry: 'sendOff' },
      off: { type: 'final', entry: 'sendOff' },
      done: { type: 'final' },
    },
  });
}
