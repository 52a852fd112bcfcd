/** Answers one `read`: a search in the tree, by the runtime, before the step. Ephemeral. */
import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { reply } from '../../runtime/step/effects.ts';
import type { FoundNode } from '../hierarchy/store.ts';

type ReadEvent = MessageEvent<Json, readonly FoundNode[], 'read'>;

export const nodeReadingMachine = setup({
  types: {} as { events: ReadEvent },
  actions: {
    answer: reply(({ event }: { event: ReadEvent }) => ({
      to: event.$.message.replyTo ?? undefined,
      body: { data: event.$.read as unknown as Json },
    })),
  },
}).createMachine({
  id: 'node-reading',
  initial: 'reading',
  states: {
    reading: { on: { read: { target: 'answered', actions: 'answer' } } },
    answered: { type: 'final' },
  },
});
