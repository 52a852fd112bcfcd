/**
 * How a voter's part in a saga goes on after the question, and how the part ends: the groups agree,
 * refuse, finish or fail; the owner calls the saga off or does not answer; an operator intervenes.
 *
 * - If a group fails before its `ok`, the voter answers `no`. If a group fails after the decision,
 *   the group's inner saga begins again after 5 s, without limit. Both failures raise an alarm.
 * - A voter in doubt inquires with the owner again and again. Alarms are raised 2 min and 10 min
 *   after the first question.
 */

import { assertEvent } from 'xstate';
import { Broken, errorBody } from '../../runtime/ports/errors.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { type Refusal, readAnswers } from '../consent/answers.ts';
import type { Objection } from '../consent/objections.ts';
import { reasonsText } from '../consent/refusal-list.ts';
import type { RetainedBy } from '../consent/retained.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  type Context,
  type Events,
  type GroupFailedEvent,
  type RefusedEvent,
  type RestartEvent,
  unprovenIn,
} from './context.ts';
import { inquiryDelayMs } from './deadline.ts';
import {
  askingGroupThrough,
  idsOfGroup,
  idsThrough,
  noAnswer,
  noBecause,
  rowsGroups,
  undecided,
  withGroup,
  withPhase,
  withRetains,
} from './part.ts';
import { allDismissed } from './proofs.ts';
import { cleanLater, restartMs } from './row-failures.ts';
import { typedActions } from './typed-actions.ts';

const { assign, enqueueActions } = typedActions;

const alarmsMs = [
  ['alarm', 120_000],
  ['stuck', 600_000],
] as const;

function openGroups({ groups }: Context): readonly string[] {
  return groups.flatMap(({ id, phase }) =>
    phase === 'asking' || phase === 'promised' ? [id] : [],
  );
}

/** The exchange of the owner that has called the saga off; undefined: no owner has. */
function callingOff({ nodes }: Context, event: Events): string | undefined {
  if (event.type === 'notDeleted' || event.type === 'notUpdated') return event.$.message.exchange;
  if (event.type !== 'ownerAnswer') return undefined;
  return nodes.find(({ id }) => event.about.ids.includes(id))?.exchange;
}

/**
 * Where the answers to the open questions go, except those of the owner that has called the saga off.
 * In a circle of services several owners ask one voter under one saga. The part ends, so nobody would
 * answer the others, and they would take the voter for silent.
 */
function othersAsking(context: Context, event: Events): readonly ReplyAddress[] {
  const { nodes, questions, parked } = context;
  const exchange = callingOff(context, event);
  const others = new Set(nodes.flatMap((node) => (node.exchange === exchange ? [] : [node.id])));
  return [
    ...questions.filter(({ ids }) => ids.some((id) => others.has(id))).map(({ to }) => to),
    ...parked.flatMap(({ message }) =>
      message.replyTo === null || message.exchange === exchange ? [] : [message.replyTo],
    ),
  ];
}

function endingReason(event: Events): string {
  if (event.type === 'operatePart') return `${event.data.by} released it: ${event.data.why}`;
  return event.type === 'in-doubt'
    ? 'the promise to an owner that does not speak the protocol has ended'
    : 'another owner has called the saga off';
}

function isGroupFailed(event: Events): event is GroupFailedEvent {
  return event.type.startsWith('xstate.error.actor.');
}

function failureText({ error }: GroupFailedEvent): string {
  const message = (error as { readonly message?: unknown } | null)?.message;
  return `its own part failed: ${typeof message === 'string' ? message : JSON.stringify(error)}`;
}

/** Names of the due alarms that were not raised yet. */
function dueAlarms({ alarms, askedAtMs }: Context, atMs: number): readonly string[] {
  return alarmsMs.flatMap(([name, afterMs]) =>
    atMs - askedAtMs >= afterMs && !alarms.includes(name) ? [name] : [],
  );
}

function refusedBecause(
  service: string,
  nodeId: string,
  reason: string,
  { atMs, newId }: Stamp,
): RefusedEvent {
  const refusal: Refusal = { service, nodeId, reason };
  return { type: 'refused', refusals: [refusal], silent: [], $: { atMs, newId } };
}

/**
 * What this service keeps concerns each node; what a service further down keeps is listed once,
 * with the first node.
 */
function keptThrough(service: string, ids: readonly string[], retains: readonly RetainedBy[]) {
  return retains.flatMap((by) => {
    const concerned = by.service === service ? ids : ids.slice(0, 1);
    return concerned.map((nodeId) => ({ nodeId, by }));
  });
}

/** Events of the inner sagas, except their failures. */
const groupProgress = ({ service }: ConsentSettings) => ({
  takeEngaged: enqueueActions(({ context, event, enqueue }) => {
    assertEvent(event, 'engaged');
    const { through, inventory, retains = [] } = event;
    const group = askingGroupThrough(context, through);
    if (group === undefined) return;
    const ids = idsOfGroup(context, group, 'asked');
    const promised = withPhase(context, ids, 'promised');
    const kept = withRetains(promised, keptThrough(service, ids, retains));
    enqueue.assign(withGroup(kept, group, 'promised', inventory));
    enqueue({ type: 'promise', params: { nodeIds: ids, state: 'ok', links: null } });
    enqueue({ type: 'answerWhatIsDone' });
  }),

  takeGroupDone: enqueueActions(({ context, event, enqueue }) => {
    const group = event.type.slice('xstate.done.actor.'.length);
    if (context.groups.find(({ id }) => id === group)?.phase !== 'cleaning') return;
    enqueue.assign(withGroup(context, group, 'gone'));
    enqueue({ type: 'answerWhatIsDone' });
  }),

  noteRestart: assign({
    restarting: ({ event }) => {
      assertEvent(event, 'restart');
      const { group, failure } = event;
      return { group, failure };
    },
  }),
});

function groupFailures({ service }: ConsentSettings) {
  return {
    takeGroupFailed: enqueueActions(({ context, event, enqueue }) => {
      if (!isGroupFailed(event)) return;
      const group = event.type.slice('xstate.error.actor.'.length);
      const reason = failureText(event);
      enqueue({ type: 'note', params: { what: 'alarm', waitingFor: [service], reason } });
      if (context.groups.find(({ id }) => id === group)?.phase !== 'cleaning')
        enqueue.raise(
          refusedBecause(service, idsThrough(context, group)[0] ?? '', reason, event.$),
        );
      else {
        const restart: RestartEvent = {
          type: 'restart',
          group,
          failure: errorBody(new Broken('broken', reason)),
          $: event.$,
        };
        enqueue.raise(restart, { id: `restart ${group}`, delay: restartMs });
      }
    }),
  };
}

function rowFailures({ service }: ConsentSettings) {
  return {
    takeRowsRefused: enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, 'error.write');
      const { error: failure, $ } = event;
      cleanLater(enqueue, { service, failure, groups: rowsGroups(context), $ });
    }),
  };
}

/** The end without a decision: the voter refuses, or releases its promises. */
function releases({ service }: ConsentSettings) {
  return {
    refuse: enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, 'refused');
      const { refusals, silent } = event;
      const reason =
        reasonsText(refusals.map((refusal) => refusal.reason)) ||
        (event.reason ?? `no answer from ${silent.join(', ')}`);
      const own: Objection = { reason, refusals, silent };
      for (const id of openGroups(context)) enqueue.sendTo(id, { type: 'call-off' });
      const parked = context.parked.flatMap(({ message }) =>
        message.replyTo === null ? [] : [{ to: message.replyTo }],
      );
      for (const { to } of [...context.questions, ...parked])
        enqueue({ type: 'answer', params: { to, body: noAnswer(service, own) } });
      enqueue.assign({ unproven: allDismissed(context) });
      enqueue({ type: 'dismiss' });
      enqueue({ type: 'release' });
      enqueue({
        type: 'note',
        params: { what: 'refused', refusals: refusals, silent },
      });
      enqueue.cancel('in-doubt');
      enqueue.assign({ questions: [], nodes: [], parked: [] });
    }),

    letGo: enqueueActions(({ context, event, enqueue }) => {
      for (const id of openGroups(context)) enqueue.sendTo(id, { type: 'call-off' });
      const body = noBecause(service, endingReason(event));
      for (const to of othersAsking(context, event))
        enqueue({ type: 'answer', params: { to, body } });
      enqueue.assign({ unproven: allDismissed(context) });
      enqueue({ type: 'dismiss' });
      enqueue({ type: 'release' });
      enqueue({
        type: 'note',
        params: { what: 'released', nodes: context.nodes.map(({ id }) => id) },
      });
      enqueue.cancel('in-doubt');
      enqueue.assign({ questions: [], nodes: [], parked: [] });
    }),
  };
}

/** The inquiry of a voter in doubt. */
function inquiries(settings: ConsentSettings) {
  return {
    askOwner: enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, 'in-doubt');
      const { $ } = event;
      const due = dueAlarms(context, $.atMs);
      const owners = settings.upstreams.filter(
        ({ exchange }) =>
          undecided(context).some((node) => node.exchange === exchange) ||
          unprovenIn(context).some(({ message }) => message.exchange === exchange),
      );
      const waitingFor = owners.map(({ entity }) => entity);
      for (const what of due)
        enqueue({
          type: 'note',
          params: { what, waitingFor, nodes: undecided(context).map(({ id }) => id) },
        });
      enqueue({ type: 'inquire' });
      enqueue.assign({
        inquiries: context.inquiries + 1,
        ownerKnows: false,
        alarms: [...context.alarms, ...due],
      });
      enqueue.raise(
        { type: 'in-doubt', $: { atMs: $.atMs, newId: $.newId } },
        {
          id: 'in-doubt',
          delay: inquiryDelayMs(0, context.inquiries + 1),
        },
      );
    }),

    noteOwnerKnows: assign({
      ownerKnows: ({ context, event }) => {
        assertEvent(event, 'ownerAnswer');
        const { answer, about } = event;
        return context.ownerKnows || readAnswers(answer, about.ids).size > 0;
      },
    }),
  };
}

function interventions({ service }: ConsentSettings) {
  return {
    withdraw: enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, 'operatePart');
      const { data, $ } = event;
      const [nodeId = ''] = [
        ...undecided(context).map(({ id }) => id),
        ...context.parked.flatMap(({ ids }) => ids),
      ];
      enqueue.raise(refusedBecause(service, nodeId, `${data.by} withdrew it: ${data.why}`, $));
    }),

    skipInGroups: enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, 'operatePart');
      const { data: operation } = event;
      const cleaning = context.groups.filter(({ phase }) => phase === 'cleaning');
      for (const { id } of cleaning) enqueue.sendTo(id, { type: 'skip', operation });
    }),
  };
}

export function voterEndings(settings: ConsentSettings) {
  return {
    ...groupProgress(settings),
    ...groupFailures(settings),
    ...rowFailures(settings),
    ...releases(settings),
    ...inquiries(settings),
    ...interventions(settings),
  };
}
