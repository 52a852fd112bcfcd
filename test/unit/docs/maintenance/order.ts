/** The work order of the documents as a machine, around the same write. */
import { type Static, Type } from 'typebox';
import { setup } from 'xstate';
import { defineTable, dependentWrite, type MessageInfo } from '../../../../index.ts';

const workOrders = defineTable('work-orders', {
  row: Type.Object({ objectId: Type.String(), title: Type.String(), state: Type.String() }),
  by: ['objectId'],
});
export const OpenSchema = Type.Object({
  id: Type.String(),
  objectId: Type.String({ format: 'uuid' }),
  title: Type.String(),
});
type Opened = Static<typeof OpenSchema> & { $: { message: MessageInfo } };

// #region order
export const order = setup({
  types: {} as { context: Opened; input: Opened; events: { type: 'close' } },
  actors: { dependentWrite },
}).createMachine({
  id: 'order',
  context: ({ input }) => input,
  initial: 'opening',
  states: {
    opening: {
      invoke: {
        src: 'dependentWrite',
        input: ({ context: { id, objectId, title, $ } }) => ({
          on: { objects: [objectId] },
          writes: [workOrders.add(id, { objectId, title, state: 'open' })],
          answerTo: $.message.replyTo, // gets {} or {"error": …}
        }),
        onDone: [
          { guard: ({ event }) => event.output.problem === null, target: 'open' },
          { target: 'closed' },
        ],
      },
    },
    open: { on: { close: 'closed' } },
    closed: { type: 'final' },
  },
});
// #endregion
