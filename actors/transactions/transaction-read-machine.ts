/** Answers one question for transactions, and ends. Ephemeral: nothing of it is journaled. */
import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { reply } from '../../runtime/step/effects.ts';
import { type ReadTransactions, stateOnWire } from './messages.ts';
import type { Transaction } from './store.ts';

type ReadEvent = MessageEvent<ReadTransactions, readonly Transaction[], 'read'>;

export const transactionReadMachine = setup({
  types: {} as { context: Record<never, never>; events: ReadEvent },
  actions: {
    answer: reply<Record<never, never>, ReadEvent>(({ event }) => ({
      to: event.$.message.replyTo ?? undefined,
      body: {
        data: event.$.read.map((transaction) => ({
          ...transaction,
          state: stateOnWire(transaction.state),
        })),
      },
    })),
  },
}).createMachine({
  id: 'transaction-read',
  context: {},
  initial: 'asked',
  states: {
    asked: { on: { read: { target: 'answered', actions: 'answer' } } },
    answered: { type: 'final' },
  },
});
