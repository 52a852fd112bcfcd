/** Answers one question for receipts, and ends. Ephemeral: nothing of it is journaled. */
import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { reply } from '../../runtime/step/effects.ts';
import type { ReadReceipts } from './messages.ts';
import type { Receipt } from './store.ts';

type ReadEvent = MessageEvent<ReadReceipts, readonly Receipt[], 'read'>;

export const receiptReadMachine = setup({
  types: {} as { context: Record<never, never>; events: ReadEvent },
  actions: {
    answer: reply<Record<never, never>, ReadEvent>(({ event }) => ({
      to: event.$.message.replyTo ?? undefined,
      body: { data: event.$.read.map((receipt) => ({ ...receipt })) },
    })),
  },
}).createMachine({
  id: 'receipt-read',
  context: {},
  initial: 'asked',
  states: {
    asked: { on: { read: { target: 'answered', actions: 'answer' } } },
    answered: { type: 'final' },
  },
});
