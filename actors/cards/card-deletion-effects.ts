/**
 * The effects of a card's deletion, as data: each entry is one action of
 * `card-deletion-machine.ts`, under the name of the table there.
 *
 * 1. A message has the same identity on every resend. Only a question after a refusal is a new one.
 * 2. `removeRow` and `askFiles` read the same row and belong in the same step: a file goes only after
 *    its row.
 */
import { assertEvent, setup } from 'xstate';
import { errorBody, Refused } from '../../runtime/ports/errors.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import {
  type Ask,
  ask,
  publish,
  read,
  record,
  refuse,
  reply,
  write,
} from '../../runtime/step/effects.ts';
import type {
  CardFoundEvent,
  DeletionContext,
  DeletionEvent,
  DeletionPorts,
  FileToRemove,
  ProcessedEvent,
  RequestEvent,
} from './card-deletion.ts';
import { fileRefusal, judgeDeletion, transactionRefusal } from './card-rules.ts';
import { burnBody } from './messages.ts';
import { cardsRead, cardsWrite, filesOf } from './store.ts';

type Context = DeletionContext;
type Events = DeletionEvent;

const { assign } = setup({ types: {} as { context: Context; events: Events } });

export function requestOf(event: Events): RequestEvent {
  assertEvent(event, ['delete', 'mcard_burn']);
  return event;
}

function processedOf(event: Events): ProcessedEvent {
  assertEvent(event, ['transaction.marked', 'transaction.confirmed']);
  return event;
}

function foundOf(event: Events): CardFoundEvent {
  assertEvent(event, 'card.found');
  return event;
}

export function verdictOf(context: Context, event: Events) {
  const { data, $ } = requestOf(event);
  return judgeDeletion($.read, context.card.id, data.owner);
}

export function lockRequest({ card: { id, transaction } }: Context) {
  const name =
    transaction === null ? identityOf('card', id) : identityOf('transaction', transaction);
  return { name, holder: id };
}

/** The id of one thing that this deletion sends: the same on every resend, and of no other deletion. */
function partId({ service, card, life }: Context, ...part: readonly string[]): string {
  return identityOf(service, card.id, life, ...part);
}

function line({ card: { id, transaction } }: Context, what: string, more: JsonObject = {}) {
  return {
    topic: id,
    line: { what, card: id, ...(transaction === null ? {} : { transaction }), ...more },
  };
}

function question(
  { transactions }: DeletionPorts,
  context: Context,
  state: 'DELETE' | 'confirmed',
  answer: string,
): Ask | undefined {
  const { card, refusals } = context;
  if (card.transaction === null) return undefined;
  const messageId = partId(context, state, String(refusals));
  return {
    exchange: transactions.exchange,
    routingKey: transactions.routingKey,
    action: 'process',
    data: { transaction: card.transaction, card: card.id, state },
    messageId,
    answer,
  };
}

/** The files that go with the card: those that no other card lists, each once. */
function filesToRemove(context: Context, { $ }: CardFoundEvent): readonly FileToRemove[] {
  const { card, shared } = $.read;
  const urls = card === null ? [] : [...filesOf(card).values()];
  return urls
    .filter((url) => !shared.includes(url))
    .map((url, index) => ({ url, id: partId(context, 'file', String(index)) }));
}

function fileQuestion({ files }: DeletionPorts, card: string, { id, url }: FileToRemove): Ask {
  return {
    exchange: files.exchange,
    routingKey: files.routingKey,
    action: 'remove',
    body: { url, card, id },
    messageId: id,
    answer: 'file.ended',
    about: { id, url },
  };
}

/** `{}`, or the files that are still there. */
function outcome({ unremoved }: Context): JsonObject {
  return unremoved.length === 0 ? {} : { partly: unremoved };
}

function timedOut(id: string): Json {
  const error = new Refused(
    'timed-out',
    `the card '${id}' is being deleted, and that takes longer than you wait`,
  );
  return { error: errorBody(error) };
}

/** Answers to the senders of requests. */
const replies = {
  refuseRequest: refuse<Context, Events>(({ context, event }) => {
    const verdict = verdictOf(context, event);
    return verdict.kind === 'refused' ? verdict.error : undefined;
  }),
  accept: reply<Context, Events>(() => ({ body: {} })),
  answerCallers: reply<Context, Events>(({ context }) =>
    context.callers.map((to) => ({ to, body: outcome(context) })),
  ),
  answerRefusal: reply<Context, Events>(({ context, event }) => {
    const error = transactionRefusal(processedOf(event).answer) ?? {};
    return context.callers.map((to) => ({ to, body: { error } }));
  }),
  answerLate: reply<Context, Events>(({ context, event }) => {
    assertEvent(event, 'caller.late');
    const late = context.callers.filter(({ messageId }) => messageId === event.caller);
    return late.map((to) => ({ to, body: timedOut(context.card.id) }));
  }),
};

const history = {
  recordMarked: record<Context, Events>(({ context }) =>
    line(context, 'card state', { state: 'deleted' }),
  ),
  recordQueued: record<Context, Events>(({ context }) => line(context, 'burn queued')),
  recordLock: record<Context, Events>(({ context }) =>
    line(context, 'lock taken', { lock: lockRequest(context).name }),
  ),
  recordNoLock: record<Context, Events>(({ context }) =>
    line(context, 'lock not taken', { lock: lockRequest(context).name }),
  ),
  recordRefusal: record<Context, Events>(({ context, event }) =>
    line(context, 'transaction refused', { error: transactionRefusal(processedOf(event).answer) }),
  ),
  recordRemoved: record<Context, Events>(({ context, event }) =>
    line(context, 'card removed', {
      files: filesToRemove(context, foundOf(event)).map(({ url }) => url),
      shared: foundOf(event).$.read.shared,
    }),
  ),
  recordUnremoved: record<Context, Events>(({ context }) =>
    context.unremoved.length === 0
      ? undefined
      : line(context, 'files not removed', { files: context.unremoved }),
  ),
  recordReleased: record<Context, Events>(({ context }) =>
    line(context, 'lock released', { lock: lockRequest(context).name }),
  ),
};

const rows = {
  markDeleted: write<Context, Events>(({ context, event }) => {
    const version = requestOf(event).$.read.card?.version ?? 0;
    return cardsWrite('markDeleted', { id: context.card.id }, { version });
  }),
  readRow: read<Context, Events>(({ context }) => ({
    ...cardsRead('removal', { id: context.card.id }),
    event: 'card.found',
  })),
  removeRow: write<Context, Events>(({ event }) => {
    const { read, atMs } = foundOf(event).$;
    const { card, shared } = read;
    if (card === null) return undefined;
    return cardsWrite('remove', { id: card.id, atMs, shared }, { version: card.version });
  }),
};

function messages(ports: DeletionPorts) {
  return {
    publishBurn: publish<Context, Events>(({ context }) => {
      const { card } = context;
      const messageId = partId(context, 'burn');
      return {
        exchange: ports.burns.exchange,
        routingKey: ports.burns.routingKey,
        action: 'mcard_burn',
        body: burnBody(card),
        messageId,
        headers: { request_id: messageId },
      };
    }),
    askDelete: ask<Context, Events>(({ context }) =>
      question(ports, context, 'DELETE', 'transaction.marked'),
    ),
    askConfirmed: ask<Context, Events>(({ context }) =>
      question(ports, context, 'confirmed', 'transaction.confirmed'),
    ),
    askFiles: ask<Context, Events>(({ context, event }) =>
      filesToRemove(context, foundOf(event)).map((file) =>
        fileQuestion(ports, context.card.id, file),
      ),
    ),
    askFilesAgain: ask<Context, Events>(({ context }) =>
      context.files.map((file) => fileQuestion(ports, context.card.id, file)),
    ),
  };
}

const callers = {
  addCaller: assign(({ context, event }) => {
    const { replyTo } = requestOf(event).$.message;
    return { callers: replyTo === null ? context.callers : [...context.callers, replyTo] };
  }),
  dropLateCaller: assign(({ context, event }) => {
    assertEvent(event, 'caller.late');
    return { callers: context.callers.filter(({ messageId }) => messageId !== event.caller) };
  }),
  dropCallers: assign({ callers: [] }),
};

const counters = {
  countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
  resetAttempts: assign({ attempt: 0 }),
  countRefusal: assign({ refusals: ({ context }) => context.refusals + 1 }),
};

const files = {
  keepFiles: assign(({ context, event }) => ({ files: filesToRemove(context, foundOf(event)) })),
  keepFileEnd: assign(({ context, event }) => {
    assertEvent(event, 'file.ended');
    const { id, url } = event.about;
    const reason = fileRefusal(event.answer);
    const ended = context.files.filter((file) => file.id === id);
    const unremoved = reason === undefined ? [] : ended.map(() => ({ url, reason }));
    return {
      files: context.files.filter((file) => file.id !== id),
      unremoved: [...context.unremoved, ...unremoved],
    };
  }),
};

const keepRow = assign(({ context, event }) => {
  const verdict = verdictOf(context, event);
  if (verdict.kind !== 'admitted') return {};
  const { id, owner, kind, transaction } = verdict.card;
  return { card: { id, owner, kind, transaction } };
});

export function deletionEffects(ports: DeletionPorts) {
  return {
    ...replies,
    ...callers,
    ...counters,
    ...history,
    ...rows,
    ...messages(ports),
    ...files,
    keepRow,
  };
}
