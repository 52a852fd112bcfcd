/**
 * The effects of an undeletion, as data: each entry is an action of `card-deletion-machine.ts`,
 * under its name in the table there.
 *
 * 1. Before the decision an undeletion calls the deletion off. After the decision the files are
 *    restored first, and then the new card is added: a card never lists a file that is lost.
 * 2. When one file is lost, the restored files are removed again, under new ids.
 */
import { assertEvent, setup } from 'xstate';
import { errorBody, Refused } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { type Ask, ask, read, record, refuse, reply, write } from '../../runtime/step/effects.ts';
import { callerOf, callerUnknown } from './caller.ts';
import type {
  DeletionContext,
  DeletionEvent,
  DeletionPorts,
  FileToRemove,
  UndeleteEvent,
  UnlistedFoundEvent,
} from './card-deletion.ts';
import { type DeletionVerdict, fileRefusal, judgeDeletion } from './card-rules.ts';
import { line } from './history-line.ts';
import { partId } from './part-id.ts';
import { cardsRead, cardsWrite } from './store.ts';

type Context = DeletionContext;
type Events = DeletionEvent;

const { assign } = setup({ types: {} as { context: Context; events: Events } });

const cancelled = 'undeleted';

/** Whether the owner has called the deletion off. */
export function isCancelled({ refusal }: Pick<Context, 'refusal'>): boolean {
  return refusal?.['reason'] === cancelled;
}

function requestOf(event: Events): UndeleteEvent {
  assertEvent(event, 'undelete');
  return event;
}

function undeletionVerdict(
  { card }: Pick<Context, 'card'>,
  event: Events,
  ownerHeader: string | null,
): DeletionVerdict {
  const { data, $ } = requestOf(event);
  const by = callerOf($.message.headers, data.owner, ownerHeader);
  return judgeDeletion($.read, card.id, by ?? callerUnknown(ownerHeader), 'undelete');
}

function foundOf(event: Events): UnlistedFoundEvent {
  assertEvent(event, 'unlisted.found');
  return event;
}

function unlistedOf(event: Events): readonly string[] {
  return foundOf(event).$.read;
}

function restoreQuestion({ files }: DeletionPorts, context: Context, file: FileToRemove): Ask {
  return {
    exchange: files.exchange,
    routingKey: files.routingKey,
    action: 'restore',
    data: { id: file.id },
    messageId: partId(context, 'restore', file.id),
    answer: 'file.restored',
    about: file,
  };
}

function gone(id: string, why: string): Refused {
  return new Refused('gone', `the card '${id}' cannot be undeleted: ${why}`, { at: '/data/id' });
}

const refusals = {
  refuseGone: refuse<Context, Events>(({ context: { card } }) =>
    gone(card.id, 'the card is removed, and nothing of the card is kept'),
  ),
  refuseBurning: refuse<Context, Events>(
    ({ context: { card } }) =>
      new Refused(
        'refused',
        `the card '${card.id}' cannot be undeleted: its token is being burned`,
        {
          at: '/data/id',
        },
      ),
  ),
};

function toUndeleters({ undeleters }: Context, body: JsonObject) {
  return undeleters.map((to) => ({ to, body }));
}

const replies = {
  answerActive: reply<Context, Events>(({ context }) => ({ body: { id: context.card.id } })),
  answerCalledOff: reply<Context, Events>(({ context }) =>
    toUndeleters(context, { id: context.card.id }),
  ),
  answerUndeleted: reply<Context, Events>(({ context, event }) =>
    toUndeleters(context, { id: foundOf(event).$.newId }),
  ),
  answerNotUndeleted: reply<Context, Events>(({ context }) => {
    const lost = context.unrestored.map(({ url, reason }) => `${url} (${reason})`).join(', ');
    const why = `files are not restored: ${lost}`;
    return toUndeleters(context, { error: errorBody(gone(context.card.id, why)) });
  }),
};

const history = {
  recordUndeleted: record<Context, Events>(({ context, event }) =>
    line(context, 'card undeleted', { as: foundOf(event).$.newId }),
  ),
  recordNotUndeleted: record<Context, Events>(({ context }) =>
    line(context, 'card not undeleted', { files: context.unrestored }),
  ),
};

const rows = {
  withdrawRow: write<Context, Events>(({ context, event }) => {
    const version = requestOf(event).$.read.card?.version ?? 0;
    return cardsWrite('withdraw', { id: context.card.id }, { version });
  }),
  readUnlisted: read<Context, Events>(({ context: { kept } }) => ({
    ...cardsRead('unlisted', { urls: kept?.shared ?? [] }),
    event: 'unlisted.found',
  })),
  /** The transaction of the old card is confirmed for good, so the new card has none. */
  addCard: write<Context, Events>(({ context: { card, kept }, event }) => {
    if (kept === null) return undefined;
    const { metadata, shared } = kept;
    const { owner, kind } = card;
    const row = { id: foundOf(event).$.newId, owner, kind, transaction: null, metadata };
    return cardsWrite('add', row, { listed: shared });
  }),
};

const keepers = {
  dropRefusal: assign({ refusal: null }),
  keepCancel: assign({
    refusal: {
      ...errorBody(new Refused('refused', 'the owner has undeleted the card')),
      reason: cancelled,
    },
  }),
  addUndeleter: assign(({ context, event }) => {
    const { replyTo } = requestOf(event).$.message;
    const { undeleters } = context;
    return { isWanted: true, undeleters: replyTo === null ? undeleters : [...undeleters, replyTo] };
  }),
  dropUndeleters: assign({ undeleters: [] }),
  /** Late ends of removals no longer count. */
  keepRestores: assign(({ context }) => ({
    files: [],
    restoring: context.kept?.files ?? [],
    unrestored: [],
    attempt: 0,
  })),
  keepRestored: assign(({ context, event }) => {
    assertEvent(event, 'file.restored');
    const { id, url } = event.about;
    const reason = fileRefusal(event.answer);
    const ended = context.restoring.filter((file) => file.id === id);
    const lost = reason === undefined ? [] : ended.map(() => ({ url, reason }));
    return {
      restoring: context.restoring.filter((file) => file.id !== id),
      unrestored: [...context.unrestored, ...lost],
    };
  }),
  keepUnlisted: assign(({ event }) => ({
    unrestored: unlistedOf(event).map((url) => ({ url, reason: 'it went with another card' })),
  })),
  /** The restored files go again. */
  keepRemovedAgain: assign(({ context }) => {
    const lost = new Set(context.unrestored.map(({ url }) => url));
    const back = (context.kept?.files ?? []).filter(({ url }) => !lost.has(url));
    const files = back.map(({ url }, at) => ({ url, id: partId(context, 'again', String(at)) }));
    return { files, kept: null, isWanted: false, attempt: 0 };
  }),
};

export function undeletionEffects(ports: DeletionPorts) {
  return {
    ...refusals,
    ...replies,
    ...history,
    ...rows,
    ...keepers,
    refuseUndelete: refuse<Context, Events>(({ context, event }) => {
      const verdict = undeletionVerdict(context, event, ports.settings.ownerHeader);
      return verdict.kind === 'refused' ? verdict.error : undefined;
    }),
    askRestores: ask<Context, Events>(({ context }) =>
      context.restoring.map((file) => restoreQuestion(ports, context, file)),
    ),
  };
}

type Args = { readonly context: Context; readonly event: Events };

export function undeletionGuards(ownerHeader: string | null) {
  return {
    isUndeleteRefused: ({ context, event }: Args) =>
      undeletionVerdict(context, event, ownerHeader).kind === 'refused',
    isUndeleteGone: ({ context, event }: Args) =>
      undeletionVerdict(context, event, ownerHeader).kind === 'gone',
    /** The id of the burn is of this deletion alone. */
    isOwnBurn: ({ context, event }: Args) => {
      assertEvent(event, 'mcard_burn');
      return event.$.message.headers['request_id'] === partId(context, 'burn');
    },
    isKept: ({ context }: Args) => context.kept !== null,
    isKeptAndNoFileLeft: ({ context }: Args) => context.kept !== null && context.files.length === 0,
    isUndeletionWanted: ({ context }: Args) => context.kept !== null && context.isWanted,
    isEveryFileBack: ({ context: { restoring, unrestored } }: Args) =>
      restoring.length === 0 && unrestored.length === 0,
    isSomeFileLost: ({ context: { restoring, unrestored } }: Args) =>
      restoring.length === 0 && unrestored.length > 0,
    isEveryFileListed: ({ event }: Args) => unlistedOf(event).length === 0,
  };
}
