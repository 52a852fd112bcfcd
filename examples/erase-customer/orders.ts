/** Orders, each an XState machine. An order on its way keeps its customer; all others are erased. */
import { type Static, Type } from 'typebox';
import { setup } from 'xstate';
import {
  defineParticipant,
  defineTable,
  dependentWrite,
  type MessageInfo,
  reply,
  write,
} from '../../index.ts';

const orders = defineTable('orders', {
  row: Type.Object({ customerId: Type.String(), item: Type.String(), state: Type.String() }),
  by: ['customerId'],
});
const Place = Type.Object({
  id: Type.String(),
  customerId: Type.String({ format: 'uuid' }),
  item: Type.String(),
});
const Ship = Type.Object({ id: Type.String() });
type Placed = Static<typeof Place> & { $: { message: MessageInfo } };

const order = setup({
  types: {} as { context: Placed; input: Placed; events: { type: 'ship' } },
  actors: { dependentWrite },
  actions: {
    arrive: write(({ context }: { context: Placed }) =>
      orders.set(context.id, { state: 'shipped' }),
    ),
    answer: reply(() => ({ body: {} })),
  },
}).createMachine({
  id: 'order',
  context: ({ input }) => input,
  initial: 'placing',
  states: {
    placing: {
      invoke: {
        src: 'dependentWrite',
        input: ({ context: { id, customerId, item, $ } }) => ({
          on: { customers: [customerId] },
          writes: [orders.add(id, { customerId, item, state: 'placed' })],
          answerTo: $.message.replyTo,
        }),
        onDone: [
          { guard: ({ event }) => event.output.problem === null, target: 'placed' },
          { target: 'over' },
        ],
      },
    },
    placed: { on: { ship: { target: 'over', actions: ['arrive', 'answer'] } } },
    over: { type: 'final' },
  },
});

export default defineParticipant({
  name: 'orders',
  stores: [orders],
  machines: { order },
  messages: {
    place: {
      machine: 'order',
      schema: Place,
      to: ({ data: { id } }) => ({ key: id }),
      starts: 'input',
    },
    ship: {
      machine: 'order',
      schema: Ship,
      to: ({ data: { id } }) => ({ key: id }),
      starts: false,
    },
  },
  dependsOn: {
    customers: {
      rows: orders.by('customerId'),
      mayDelete: ({ dependants }) => {
        const open = dependants.find(({ state }) => state === 'placed');
        return open && `order ${open.id} is on its way: ${open.item}`;
      },
      deleting: ({ dependants }) => dependants.map((row) => orders.remove(row)),
    },
  },
});
