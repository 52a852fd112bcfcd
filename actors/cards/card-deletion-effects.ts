/**
 * The effects of a card's deletion, as data: each entry is an action of `card-deletion-machine.ts`,
 * under its name in the table there.
 *
 * - Row before file: `removeRow` and `askFiles` read the same row and belong in the same step. A
 *   file goes only after its row.
 */
import { assertEvent, setup } from 'xstate';
import { errorBody, Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { read, refuse, reply, write } from '../../runtime/step/effects.ts';
import { callerOf, callerUnknown } from './caller.ts';
import type { DeletionContext, DeletionEvent, DeletionPorts } from './card-deletion.ts';
import {
  calledOff,
  filesToRemove,
  foundOf,
  lockRequest,
  processedOf,
  requestOf,
  turnOf,
} from './card-deletion-events.ts';
import { deletionHistory } from './card-deletion-history.ts';
import { deletionMessages } from './card-deletion-messages.ts';
import { cardReplayEffects } from './card-replay.ts';
import { fileRefusal, judgeDeletion, quarantineEndMs, transactionRefusal } from './card-rules.ts';
import { cardsRead, cardsWrite } from './store.ts';
import { tokenQuestions } from './token-questions.ts';
import { undeletionEffects } from './undeletion-effects.ts';

type Context = DeletionContext;
type Events = DeletionEvent;

const { assign } = setup({ types: {} as { context: Context; events: Events } });

export function verdictOf(context: Context, event: Events, ownerHeader: string | null) {
  assertEvent(event, ['delete', 'mcard_burn']);
  const { data, $ } = event;
  const by = callerOf($.message.headers, data.owner, ownerHeader);
  return judgeDeletion($.read, context.card.id, by ?? callerUnknown(ownerHeader));
}

const notYet = 'not removed yet: the file remover has not answered, and the removal goes on';

/** `{}`, the refusal that called the deletion off, or the files that are not gone for good. */
function outcome({ refusal, unremoved, quarantined, files: open }: Context): JsonObject {
  if (refusal !== null) return { error: refusal };
  const partly = [...unremoved, ...open.map(({ url }) => ({ url, reason: notYet }))];
  return {
    ...(partly.length === 0 ? {} : { partly }),
    ...(quarantined.length === 0 ? {} : { quarantined }),
  };
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
  answerOutcome: reply<Context, Events>(({ context }) => ({ body: outcome(context) })),
  answerCallers: reply<Context, Events>(({ context }) =>
    context.callers.map((to) => ({ to, body: outcome(context) })),
  ),
  answerLate: reply<Context, Events>(({ context, event }) => {
    assertEvent(event, 'caller.late');
    const late = context.callers.filter(({ messageId }) => messageId === event.caller);
    return late.map((to) => ({ to, body: timedOut(context.card.id) }));
  }),
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

/** `undeleteMs`: 0 when no card can be undeleted. A burned token cannot come back. */
const files = (undeleteMs: number) => ({
  keepFiles: assign(({ context, event }) => {
    const files = filesToRemove(context, foundOf(event));
    const { card, shared } = foundOf(event).$.read;
    const isLasting = undeleteMs > 0 && context.replay === null;
    const isKept = isLasting && card !== null && card.token === undefined;
    return { files, kept: isKept ? { metadata: card.metadata, files, shared } : null };
  }),
  keepFileEnd: assign(({ context, event }) => {
    assertEvent(event, 'file.ended');
    const { id, url } = event.about;
    const reason = fileRefusal(event.answer);
    const ended = context.files.filter((file) => file.id === id);
    const unremoved = reason === undefined ? [] : ended.map(() => ({ url, reason }));
    const untilMs = quarantineEndMs(event.answer);
    const held = untilMs === undefined ? [] : ended.map(() => ({ url, untilMs }));
    return {
      quarantined: [...context.quarantined, ...held],
      files: context.files.filter((file) => file.id !== id),
      unremoved: [...context.unremoved, ...unremoved],
    };
  }),
});

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
    ...deletionHistory,
    ...rows,
    ...deletionMessages(ports),
    ...tokenQuestions(ports),
    ...files(ports.settings.undeleteMs),
    ...undeletionEffects(ports),
    ...cardReplayEffects(ports),
    keepRow,
    keepRefusal,
    keepTurn,
    refuseRequest: refuse<Context, Events>(({ context, event }) => {
      const verdict = verdictOf(context, event, ports.settings.ownerHeader);
      return verdict.kind === 'refused' ? verdict.error : undefined;
    }),
  };
}
