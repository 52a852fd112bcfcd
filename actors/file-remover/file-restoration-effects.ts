/**
 * The effects of a quarantine and of a file's restoration, as data: each entry is an action of
 * `file-remover-machine.ts`, under its name in the table there.
 */
import { assertEvent, setup } from 'xstate';
import { errorText, Refused } from '../../runtime/ports/errors.ts';
import { record, refuse, reply, write } from '../../runtime/step/effects.ts';
import type { Restoration } from './file-activities.ts';
import type { RemovalContext, RemovalEvent } from './file-removal.ts';
import { line, toCallers } from './file-removal-effects.ts';
import { filesWrite, type Receipt } from './store.ts';

type Context = RemovalContext;
type Events = RemovalEvent;
type Args = { readonly context: Context; readonly event: Events };

const { assign } = setup({ types: {} as { context: Context; events: Events } });

/** The receipt of the file record; undefined when the record is unknown. */
export function recordOf(event: Events): Receipt | undefined {
  assertEvent(event, ['remove', 'restore']);
  return event.type === 'remove' ? event.$.read.receipts[0] : event.$.read[0];
}

/** The result of a restoration; one that failed after all tries counts as not restored. */
export function restorationOf(event: Events): Restoration {
  if (event.type === 'xstate.done.actor.restoration') return event.output;
  assertEvent(event, 'xstate.error.actor.restoration');
  return { kind: 'not restored', note: errorText(event.error) };
}

function noteOf({ context, event }: Args): string {
  if (
    event.type !== 'xstate.done.actor.restoration' &&
    event.type !== 'xstate.error.actor.restoration'
  )
    return context.note ?? 'the file is removed';
  const restoration = restorationOf(event);
  return restoration.kind === 'restored' ? '' : restoration.note;
}

const refusals = {
  refuseUnknown: refuse<Context, Events>(
    ({ context: { id } }) =>
      new Refused('not-found', `there is no file record '${id}'`, { at: '/data/id' }),
  ),
  refuseGone: refuse<Context, Events>(
    ({ context: { id } }) =>
      new Refused('gone', `the file of the record '${id}' is removed`, { at: '/data/id' }),
  ),
  refuseUnderWay: refuse<Context, Events>(
    ({ context: { id } }) =>
      new Refused('refused', `the file of the record '${id}' is being removed`, {
        at: '/data/id',
      }),
  ),
  refuseRestored: refuse<Context, Events>(
    ({ context: { id } }) =>
      new Refused(
        'refused',
        `the file of the record '${id}' was restored; its removal needs a new id`,
        {
          at: '/data/id',
        },
      ),
  ),
};

const history = {
  recordHeld: record<Context, Events>(({ context }) => line(context, 'file in quarantine')),
  recordRestored: record<Context, Events>(({ context }) => line(context, 'file restored')),
  recordNotRestored: record<Context, Events>((args) =>
    line(args.context, 'file not restored', { note: noteOf(args) }),
  ),
};

const keepRecord = assign(({ event }) => {
  const receipt = recordOf(event);
  return receipt === undefined ? {} : { url: receipt.url, card: receipt.card };
});

const addRestorer = assign(({ context, event }) => {
  assertEvent(event, 'restore');
  const { replyTo } = event.$.message;
  const { restorers } = context;
  return { isWanted: true, restorers: replyTo === null ? restorers : [...restorers, replyTo] };
});

/** `quarantineMs`: the time in which a file can be restored. */
export function restorationEffects(quarantineMs: number) {
  return {
    ...refusals,
    ...history,
    keepRecord,
    addRestorer,
    dropRestorers: assign({ restorers: [] }),
    writeHeld: write<Context, Events>(({ context: { id, bytes, sha256, attempts, evidence } }) =>
      filesWrite('hold', { id, bytes, sha256, attempts, evidence }),
    ),
    keepNotRestored: assign((args) => ({ note: noteOf(args) })),
    writeRestored: write<Context, Events>(({ context: { id } }) => filesWrite('restore', { id })),
    keepUntil: assign({ untilMs: ({ event }) => event.$.atMs + quarantineMs }),
    answerHeld: reply<Context, Events>(({ context: { callers, untilMs } }) =>
      toCallers(callers, { quarantined: { untilMs } }),
    ),
    answerRestored: reply<Context, Events>(({ context }) => toCallers(context.restorers, {})),
    answerNotRestored: reply<Context, Events>((args) =>
      toCallers(args.context.restorers, {
        error: { code: 410, name: 'gone', message: noteOf(args) },
      }),
    ),
    /** The senders that wait for the end of the removal. */
    answerPutBack: reply<Context, Events>(({ context }) =>
      toCallers(context.callers, {
        error: { code: 409, name: 'refused', message: 'the file was restored' },
      }),
    ),
  };
}
