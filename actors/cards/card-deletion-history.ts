/** The lines of history that a card's deletion records. The topic is the id of the card. */
import { isJsonObject } from '../../config/json.ts';
import { record } from '../../runtime/step/effects.ts';
import type { DeletionContext, DeletionEvent } from './card-deletion.ts';
import {
  filesToRemove,
  foundOf,
  lockRequest,
  processedOf,
  turnOf,
} from './card-deletion-events.ts';
import { transactionRefusal } from './card-rules.ts';
import { line } from './history-line.ts';

type Context = DeletionContext;
type Events = DeletionEvent;

export const deletionHistory = {
  recordMarked: record<Context, Events>(({ context, event }) => {
    const by = event.type === 'replayDeletion' ? event.data.by : context.card.owner;
    return line(context, 'card state', { state: 'deleted', by });
  }),
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
  recordBurned: record<Context, Events>(({ context, event }) => {
    const { answer } = processedOf(event);
    const burn = isJsonObject(answer) && isJsonObject(answer['burn']) ? answer['burn'] : {};
    return line(context, 'token burned for good', { hash: burn['hash'] ?? null });
  }),
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
