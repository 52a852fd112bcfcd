/**
 * The effects of a file's removal, as data: each entry is an action of `file-remover-machine.ts`,
 * under its name in the table there.
 */
import { assertEvent, setup } from 'xstate';
import { Refused } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import {
  type Destination,
  deadLetter,
  publish,
  read,
  record,
  refuse,
  reply,
  write,
} from '../../runtime/step/effects.ts';
import { filePolicy, type Preparation, type Removal } from './file-activities.ts';
import { listingsRead } from './file-listings.ts';
import type { RemovalContext, RemovalEvent, RemoveEvent } from './file-removal.ts';
import { waitMs } from './removal-waits.ts';
import { filesWrite } from './store.ts';

type Context = RemovalContext;
type Events = RemovalEvent;

const { assign } = setup({ types: {} as { context: Context; events: Events } });

export function requestOf(event: Events): RemoveEvent {
  assertEvent(event, 'remove');
  return event;
}

export function resultOf(event: Events): Preparation | Removal {
  assertEvent(event, ['xstate.done.actor.preparation', 'xstate.done.actor.removal']);
  return event.output;
}

/** An activity's error is JSON: usually `{name, message}`, but an activity may throw anything. */
function failureOf(event: Events): string {
  assertEvent(event, ['xstate.error.actor.preparation', 'xstate.error.actor.removal']);
  const { error } = event;
  if (typeof error !== 'object' || error === null) return `broken: ${String(error)}`;
  const { name, message }: { name?: unknown; message?: unknown } = error;
  return `${String(name ?? 'broken')}: ${String(message ?? JSON.stringify(error))}`;
}

export function line({ id, url, card, saga }: Context, what: string, more: JsonObject = {}) {
  return {
    topic: saga ?? card ?? id,
    line: { what, file: id, url, ...(card === null ? {} : { card }), ...more },
  };
}

export function toCallers(callers: Context['callers'], body: JsonObject) {
  return callers.map((to) => ({ to, body }));
}

export const keepRequest = assign(({ event }) => {
  const { data, $ } = requestOf(event);
  const { url, card = null, saga } = data;
  const { queue, exchange, routingKey } = $.message;
  const of = saga === undefined ? { card } : { card, saga };
  return { url, ...of, from: { queue, exchange, routingKey } };
});

export const addCaller = assign(({ context, event }) => {
  const { replyTo } = requestOf(event).$.message;
  return { callers: replyTo === null ? context.callers : [...context.callers, replyTo] };
});

export const dropCallers = assign({ callers: [] });

/** The row that lists the file; null for none. */
export function listerOf(event: Events): string | null {
  assertEvent(event, ['remove', 'lister.found']);
  return event.type === 'remove' ? event.$.read.lister : event.$.read;
}

export const readLister = read<Context, Events>(({ context: { url } }) => ({
  ...listingsRead('lister', { url }),
  event: 'lister.found',
}));

export const keepLister = assign(({ event }) => ({ note: listerOf(event) }));

export const keepResult = assign(({ context, event }) => {
  const result = resultOf(event);
  const attempts = context.waits + result.attempts;
  if (result.kind !== 'present') {
    const { evidence = null } = result.kind === 'removed' ? result : {};
    return { note: result.note, attempts, evidence: evidence ?? context.evidence };
  }
  const { bytes, sha256, evidence = null } = result;
  return { bytes, sha256, evidence, attempts, note: null, isPrepared: true };
});

export const keepWait = assign(({ context: { waits }, event }) => {
  const result = resultOf(event);
  if (result.kind !== 'later') return {};
  const { note, accepted } = result;
  return { note, accepted, waits: waits + 1, delayMs: waitMs(waits, result.delayMs) };
});

export const keepEndless = assign(({ context: { note, waits } }) => ({
  note: `timed-out: not done after ${waits} waits: ${note ?? ''}`,
  attempts: waits,
}));

export const keepFailure = assign(({ event }) => ({
  note: failureOf(event),
  attempts: filePolicy.attemptsMax,
}));

export const receipts = {
  queueReceipt: write<Context, Events>(({ context: { id, url, card } }) =>
    filesWrite('queue', { id, url, card }),
  ),
  writeRemoved: write<Context, Events>(
    ({ context: { id, bytes, sha256, attempts, note, evidence }, event }) => {
      const content = { bytes, sha256, evidence };
      return filesWrite('remove', { id, ...content, attempts, note, removedAtMs: event.$.atMs });
    },
  ),
  writeKept: write<Context, Events>(({ context: { id, note } }) =>
    filesWrite('keep', { id, note }),
  ),
  writeFailed: write<Context, Events>(({ context: { id, attempts, note }, event }) =>
    filesWrite('fail', { id, attempts, note: note ?? '', failedAtMs: event.$.atMs }),
  ),
  keepDeadLetter: deadLetter<Context, Events>(
    ({ context: { id, url, card, saga, from, note } }) => ({
      ...from,
      action: 'remove',
      data: saga === undefined ? { id, url, card } : { id, url, card, saga },
      reason: `the file ${url} is not removed: ${note}`,
    }),
  ),
};

export const history = {
  recordQueued: record<Context, Events>(({ context }) => line(context, 'file queued')),
  /** Once for each reason. */
  recordWait: record<Context, Events>(({ context, event }) => {
    const result = resultOf(event);
    if (result.kind !== 'later' || result.note === context.note) return undefined;
    const { note, delayMs } = result;
    return line(context, 'file waits', { note, delayMs: waitMs(context.waits, delayMs) });
  }),
  recordRemoved: record<Context, Events>(({ context }) => {
    const { bytes, sha256, evidence, note } = context;
    const content = { bytes, sha256, ...(evidence === null ? {} : { evidence }) };
    return line(context, note === 'absent' ? 'file absent' : 'file removed', content);
  }),
  recordKept: record<Context, Events>(({ context }) =>
    line(context, 'file kept', { note: context.note }),
  ),
  recordFailed: record<Context, Events>(({ context }) =>
    line(context, 'file not removed', { note: context.note }),
  ),
};

export const replies = {
  refuseOtherFile: refuse<Context, Events>(({ context: { id }, event }) => {
    const { url } = requestOf(event).data;
    return new Refused('refused', `the file record '${id}' is not of the file ${url}`, {
      at: '/data/id',
    });
  }),
  accept: reply<Context, Events>(() => ({ body: {} })),
  answerDone: reply<Context, Events>(({ context }) => toCallers(context.callers, {})),
  answerKept: reply<Context, Events>(({ context: { callers, note } }) =>
    toCallers(callers, { kept: { by: note } }),
  ),
  answerFailed: reply<Context, Events>(({ context }) =>
    toCallers(context.callers, { error: { code: 409, name: 'refused', message: context.note } }),
  ),
};

/** The fact `file.removed`: `{id, url, card, bytes, sha256, evidence, removedAtMs, note}`. */
export function publishRemoved(facts: Destination) {
  return publish<Context, Events>(({ context, event }) => {
    const { id, url, card, bytes, sha256, evidence, note } = context;
    return {
      exchange: facts.exchange,
      routingKey: facts.routingKey,
      action: 'file.removed',
      data: { id, url, card, bytes, sha256, evidence, removedAtMs: event.$.atMs, note },
    };
  });
}
