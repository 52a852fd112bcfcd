/**
 * Tells the callback one end of a transaction, keyed by the identity of the message.
 *
 * 1. The callback is told at least once. A callback that does not answer with success in all tries is
 *    a dead letter with the reason, whose replay begins the tries again.
 * 2. The sender is answered when the end is stored, not when the callback is told.
 */
import { assertEvent, assign, type DoneActorEvent, setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { type Destination, deadLetter, record, refuse, reply } from '../../runtime/step/effects.ts';
import {
  type CallbackPorts,
  callbackUnknown,
  type EndToTell,
  tellActivity,
} from './callback-post.ts';
import type { TransactionEnd } from './messages.ts';

type Context = EndToTell & {
  /** Where the message came from: an end that is not told is kept as a dead letter of the queue. */
  readonly from: Destination & { readonly queue: string };
};
type CallbackEvent = MessageEvent<TransactionEnd, null, 'callback_process'>;
type Events =
  | CallbackEvent
  | DoneActorEvent<number, 'telling'>
  | { readonly type: 'xstate.error.actor.telling'; readonly error: unknown };

function endOf({ id, transaction, state, card, reason }: EndToTell): EndToTell {
  return { id, transaction, state, card, ...(reason === undefined ? {} : { reason }) };
}

function line({ transaction, state, card }: Context, what: string, more: JsonObject) {
  return {
    topic: card ?? transaction,
    line: { what, transaction, state, card, ...more },
  };
}

/** An activity's error is JSON: usually `{name, message}`, but an activity may throw anything. */
function noteOf(event: Events): string {
  assertEvent(event, 'xstate.error.actor.telling');
  const { message } = (event.error ?? {}) as { readonly message?: unknown };
  return String(message ?? JSON.stringify(event.error));
}

/** Null: no callback is configured, and every message is refused. */
export function callbackMachine(ports: CallbackPorts | null) {
  return setup({
    types: {} as { context: Context; events: Events; input: { key: string } },
    actors: { tell: tellActivity(ports) },
    guards: { isOff: () => ports === null },
    actions: {
      refuseOff: refuse<Context, Events>(() => callbackUnknown()),
      keepEnd: assign(({ event }) => {
        assertEvent(event, 'callback_process');
        const { queue, exchange, routingKey } = event.$.message;
        return { ...event.data, from: { queue, exchange, routingKey } };
      }),
      accept: reply<Context, Events>(() => ({ body: { response: 'ok' } })),
      recordTold: record<Context, Events>(({ context, event }) => {
        assertEvent(event, 'xstate.done.actor.telling');
        return line(context, 'callback told', { tries: event.output });
      }),
      recordUntold: record<Context, Events>(({ context, event }) =>
        line(context, 'callback not told', { note: noteOf(event) }),
      ),
      keepDeadLetter: deadLetter<Context, Events>(({ context, event }) => {
        const { id: _, ...data } = endOf(context);
        const reason = `the callback was not told the end of '${context.transaction}': ${noteOf(event)}`;
        return { ...context.from, action: 'callback_process', data, reason };
      }),
    },
  }).createMachine({
    id: 'transaction-callback',
    context: ({ input }) => ({
      id: input.key,
      transaction: '',
      state: 'failed',
      card: null,
      from: { queue: '', exchange: '', routingKey: '' },
    }),
    initial: 'waiting',
    states: {
      waiting: {
        on: {
          callback_process: [
            { guard: 'isOff', actions: 'refuseOff' },
            { target: 'telling', actions: ['keepEnd', 'accept'] },
          ],
        },
      },
      telling: {
        on: { callback_process: { actions: 'accept' } },
        invoke: {
          id: 'telling',
          src: 'tell',
          input: ({ context }) => endOf(context),
          onDone: { target: 'done', actions: 'recordTold' },
          onError: { target: 'done', actions: ['recordUntold', 'keepDeadLetter'] },
        },
      },
      done: { type: 'final' },
    },
  });
}
