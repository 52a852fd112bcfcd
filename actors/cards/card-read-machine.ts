/** Answers one question for cards, and ends. Ephemeral: nothing of it is journaled. */
import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { reply } from '../../runtime/step/effects.ts';
import type { ReadCards } from './messages.ts';
import type { Card } from './store.ts';

type ReadEvent = MessageEvent<ReadCards, readonly Card[], 'read'>;

export const cardReadMachine = setup({
  types: {} as { context: Record<never, never>; events: ReadEvent },
  actions: {
    answer: reply<Record<never, never>, ReadEvent>(({ event }) => ({
      to: event.$.message.replyTo ?? undefined,
      body: { data: event.$.read.map((card) => ({ ...card })) },
    })),
  },
}).createMachine({
  id: 'card-read',
  context: {},
  initial: 'asked',
  states: {
    asked: { on: { read: { target: 'answered', actions: 'answer' } } },
    answered: { type: 'final' },
  },
});
