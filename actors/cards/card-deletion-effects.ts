/**
 * The effects of a card's deletion, as data: each entry is one action of
 * `card-deletion-machine.ts`, under the name of the table there.
 *
 * 1. A message has the same identity on every resend. Only a question after a refusal is a new one.
 * 2. `removeRow` and `askFiles` read the same row and belong in the same step: a file goes only after
 *    its row.
 */
import { assertEvent, setup } from 'xstate';
import type { Headers } from '../../runtime/ports/envelope.ts';
import { errorBody, Refused } from '../../runtime/ports/errors.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import {
  type Ask,
  ask,
  deadLetter,
  publish,
  read,
  record,
  refuse,
  reply,
  write,
} from '../../runtime/step/effects.ts';
import { callerOf, callerUnknown } from './caller.ts';
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
import { partId } from './part-id.ts';
import { cardsRead, cardsWrite, filesOf, type Turn } from './store.ts';
import { tokenQuestions } from './token-questions.ts';

type Context = DeletionContext;
type Events = DeletionEvent;

const { assign } = setup({ types: {} as { context: Context; events: Events } });

export function requestOf(event: Events): RequestEvent {
  assertEvent(event, ['delete', 'mcard_burn']);
  return event;
}

const answerTypes = [
  'transaction.marked',
  'transaction.confirmed',
  'transaction.failed',
  'token.checked',
  'token.burned',
] as const;

function processedOf(event: Events): ProcessedEvent {
  assertEvent(event, answerTypes);
  return event;
}

function foundOf(event: Events): CardFoundEvent {
  assertEvent(event, 'card.found');
  return event;
}

export function turnOf(event: Events): Turn {
  assertEvent(event, 'turn.found');
  return event.$.read;
}

export function verdictOf(context: Context, event: Events, ownerHeader: string | null) {
  const { data, $ } = requestOf(event);
  const by = callerOf($.message.headers, data.owner, ownerHeader);
  return judgeDeletion($.read, context.card.id, by ?? callerUnknown(ownerHeader));
}

export function lockRequest({ card: { id, transaction } }: Pick<Context, 'card'>) {
  const name =
    transaction === null ? identityOf('card', id) : identityOf('transaction', transaction);
  return { name, holder: id };
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
  state: 'DELETE' | 'confirmed' | 'failed',
  answer: string,
  more: JsonObject = {},
): Ask | undefined {
  const { card, refusals } = context;
  if (card.transaction === null) return undefined;
  const messageId = partId(context, state, String(refusals));
  return {
    exchange: transactions.exchange,
    routingKey: transactions.routingKey,
    action: 'process',
    data: { transaction: card.transaction, card: card.id, state, ...more },
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

const notYet = 'not removed yet: the file remover has not answered, and the removal goes on';

/** `{}`, the refusal that called the deletion off, or the files that are still there. */
function outcome({ refusal, unremoved, files: open }: Context): JsonObject {
  if (refusal !== null) return { error: refusal };
  const partly = [...unremoved, ...open.map(({ url }) => ({ url, reason: notYet }))];
  return partly.length === 0 ? {} : { partly };
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
  refuseCalledOff: refuse<Context, Events>(({ context }) => calledOff(context)),
  accept: reply<Context, Events>(() => ({ body: {} })),
  answerCallers: reply<Context, Events>(({ context }) =>
    context.callers.map((to) => ({ to, body: outcome(context) })),
  ),
  answerLate: reply<Context, Events>(({ context, event }) => {
    assertEvent(event, 'caller.late');
    const late = context.callers.filter(({ messageId }) => messageId === event.caller);
    return late.map((to) => ({ to, body: timedOut(context.card.id) }));
  }),
};

function calledOff({ card, refusal }: Context): Refused {
  const reason = String(refusal?.['message'] ?? 'without a reason');
  return new Refused('refused', `the deletion of the card '${card.id}' is called off: ${reason}`);
}

const history = {
  recordMarked: record<Context, Events>(({ context }) =>
    line(context, 'card state', { state: 'deleted', by: context.card.owner }),
  ),
  recordQueued: record<Context, Events>(({ context }) => line(context, 'burn queued')),
  recordLock: record<Context, Events>(({ context }) =>
    line(context, 'lock taken', { lock: lockRequest(context).name, fence: context.ticket }),
  ),
  /** Once for each card in front. */
  recordWaiting: record<Context, Events>(({ context, event }) => {
    const { ahead, ticket } = turnOf(event);
    return ahead === context.ahead
      ? undefined
      : line(context, 'waiting for lock', {
          lock: lockRequest(context).name,
          ahead,
          fence: ticket,
        });
  }),
  recordHeld: record<Context, Events>(({ context }) =>
    line(context, 'waiting for lock', { lock: lockRequest(context).name, fence: context.ticket }),
  ),
  recordNoLock: record<Context, Events>(({ context }) =>
    line(context, 'lock not taken', { lock: lockRequest(context).name }),
  ),
  recordRefusal: record<Context, Events>(({ context, event }) =>
    line(context, 'transaction refused', { error: transactionRefusal(processedOf(event).answer) }),
  ),
  recordTokenRefusal: record<Context, Events>(({ context, event }) =>
    line(context, 'token not burned', { error: transactionRefusal(processedOf(event).answer) }),
  ),
  recordBurned: record<Context, Events>(({ context }) => line(context, 'token burned for good')),
  recordCalledOff: record<Context, Events>(({ context }) =>
    line(context, 'card state', { state: 'active', error: context.refusal }),
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
    const { id } = context.card;
    const lock = lockRequest({ card: requestOf(event).$.read.card ?? context.card });
    return cardsWrite('markDeleted', { id, lock: lock.name }, { version });
  }),
  readRow: read<Context, Events>(({ context }) => ({
    ...cardsRead('removal', { id: context.card.id }),
    event: 'card.found',
  })),
  readTurn: read<Context, Events>(({ context }) => ({
    ...cardsRead('turn', { id: context.card.id }),
    event: 'turn.found',
  })),
  leaveQueue: write<Context, Events>(({ context }) =>
    cardsWrite('leave', { id: context.card.id }, null),
  ),
  restoreRow: write<Context, Events>(({ context, event }) => {
    const { card } = foundOf(event).$.read;
    if (card === null) return undefined;
    const { ticket } = context;
    return cardsWrite('restore', { id: card.id }, { version: card.version, ticket });
  }),
  removeRow: write<Context, Events>(({ context, event }) => {
    const { read, atMs } = foundOf(event).$;
    const { card, shared } = read;
    if (card === null) return undefined;
    const { ticket } = context;
    return cardsWrite('remove', { id: card.id, atMs, shared }, { version: card.version, ticket });
  }),
};

/** The burn of an async deletion comes back with the caller that asked for the deletion. */
function callerHeader({ settings: { ownerHeader } }: DeletionPorts, owner: string): Headers {
  return ownerHeader === null ? {} : { [ownerHeader]: owner };
}

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
        headers: { request_id: messageId, ...callerHeader(ports, card.owner) },
      };
    }),
    /** Nobody waits for the end of an async deletion or of most burns: the refusal is kept. */
    keepRefused: deadLetter<Context, Events>(({ context }) => {
      const { card, callers, from } = context;
      if (callers.length > 0) return undefined;
      const data = { id: card.id, owner: card.owner, mode: 'async' };
      const headers = callerHeader(ports, card.owner);
      return { ...from, action: 'delete', data, headers, reason: calledOff(context).message };
    }),
    askDelete: ask<Context, Events>(({ context }) =>
      question(ports, context, 'DELETE', 'transaction.marked'),
    ),
    askConfirmed: ask<Context, Events>(({ context }) =>
      question(ports, context, 'confirmed', 'transaction.confirmed'),
    ),
    askFailed: ask<Context, Events>(({ context }) =>
      question(ports, context, 'failed', 'transaction.failed', {
        reason: String(context.refusal?.['message'] ?? '').slice(0, 1_000),
      }),
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

const keepRow = assign(({ event }) => {
  const { read, message } = requestOf(event).$;
  if (read.card === null) return {};
  const { id, owner, kind, transaction, token } = read.card;
  const { queue, exchange, routingKey } = message;
  const ofChain = token === undefined ? {} : { token };
  return {
    card: { id, owner, kind, transaction, ...ofChain },
    from: { queue, exchange, routingKey },
  };
});

const keepTurn = assign(({ event }) => {
  const { ticket, ahead } = turnOf(event);
  return { ticket: ticket ?? -1, ahead };
});

const keepRefusal = assign(({ event }) => ({
  refusal: transactionRefusal(processedOf(event).answer) ?? null,
}));

export function deletionEffects(ports: DeletionPorts) {
  return {
    ...replies,
    ...callers,
    ...counters,
    ...history,
    ...rows,
    ...messages(ports),
    ...tokenQuestions(ports),
    ...files,
    keepRow,
    keepRefusal,
    keepTurn,
    refuseRequest: refuse<Context, Events>(({ context, event }) => {
      const verdict = verdictOf(context, event, ports.settings.ownerHeader);
      return verdict.kind === 'refused' ? verdict.error : undefined;
    }),
  };
}
