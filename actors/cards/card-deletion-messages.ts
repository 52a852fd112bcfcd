/**
 * The messages of a card's deletion to other services, and its dead letters.
 *
 * - Same identity: a message has the same identity on every resend. Only a question after a refusal
 *   is a new question.
 */
import type { Headers } from '../../runtime/ports/envelope.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { type Ask, ask, deadLetter, publish } from '../../runtime/step/effects.ts';
import type {
  DeletionContext,
  DeletionEvent,
  DeletionPorts,
  FileToRemove,
} from './card-deletion.ts';
import { calledOff, filesToRemove, foundOf } from './card-deletion-events.ts';
import { failsNothing } from './card-replay.ts';
import { burnBody } from './messages.ts';
import { partId } from './part-id.ts';
import { isCancelled } from './undeletion-effects.ts';

type Context = DeletionContext;
type Events = DeletionEvent;

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

/** The burn of an async deletion comes back with the caller that asked for the deletion. */
function callerHeader({ settings: { ownerHeader } }: DeletionPorts, owner: string): Headers {
  return ownerHeader === null ? {} : { [ownerHeader]: owner };
}

export function deletionMessages(ports: DeletionPorts) {
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
    /**
     * Nobody waits for the end of an async deletion or of most burns, so the refusal is kept as a
     * dead letter. The refusal of a replay is not kept, because the replay can be run again.
     */
    keepRefused: deadLetter<Context, Events>(({ context }) => {
      const { card, callers, from, replay } = context;
      if (callers.length > 0 || replay !== null || isCancelled(context)) return undefined;
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
    askFailed: ask<Context, Events>(({ context }) => {
      if (failsNothing(context)) return undefined;
      return question(ports, context, 'failed', 'transaction.failed', {
        reason: String(context.refusal?.['message'] ?? '').slice(0, 1_000),
      });
    }),
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
