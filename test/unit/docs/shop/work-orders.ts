import { type Static, Type } from 'typebox';
import { setup } from 'xstate';
import type { ServiceModule } from '../../../../deployment.ts';
import {
  defineService,
  defineTable,
  type MessageEvent,
  parseExchangeConfig,
  type RowOf,
  readMachine,
  reply,
  write,
} from '../../../../index.ts';

const workOrders = defineTable('work-orders', {
  row: Type.Object({ objectId: Type.String(), title: Type.String(), open: Type.Boolean() }),
  by: ['objectId'], // rows are found by these members; each has an index
});
type WorkOrder = RowOf<typeof workOrders>; // with `id` and `version`

const OpenSchema = Type.Object({ objectId: Type.String(), title: Type.String() });
const CloseSchema = Type.Object({ objectId: Type.String() });
type Open = MessageEvent<Static<typeof OpenSchema>, undefined, 'open'>;
type Close = MessageEvent<Static<typeof CloseSchema>, readonly WorkOrder[], 'close'>;

const changes = setup({
  types: {} as { events: Open | Close },
  actions: {
    add: write('open', ({ event }: { event: Open }) =>
      workOrders.add(event.$.newId, { ...event.data, open: true }),
    ),
    close: write('close', ({ event }: { event: Close }) =>
      event.$.read.map((order) => workOrders.change(order, { open: false })),
    ),
    confirm: reply(() => ({ body: { done: true } })),
  },
}).createMachine({
  id: 'changes',
  on: { open: { actions: ['add', 'confirm'] }, close: { actions: ['close', 'confirm'] } },
});

const listed = readMachine('listed', (orders: readonly WorkOrder[]) =>
  orders.map(({ title, open }) => ({ title, open })),
);

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'maintenance',
    publish: { main: { name: 'maintenance', routing_key: 'maintenance_publish' } },
    consume: {
      main: { name: 'maintenance', queue: 'maintenance', routing_key: 'maintenance_consume' },
    },
  }),
  { file: 'maintenance.json', env: process.env, sections: {} },
);

export const maintenance: ServiceModule = {
  name: 'maintenance',
  config,
  stores: [workOrders],
  define: (_config, { store }) =>
    defineService({
      config,
      stores: [store(workOrders.name)],
      machines: { changes, listed: { machine: listed, ephemeral: true } },
      messages: {
        open: {
          machine: 'changes',
          schema: OpenSchema,
          to: ({ data }) => ({ key: data.objectId }),
          starts: true,
        },
        close: {
          machine: 'changes',
          schema: CloseSchema,
          to: ({ data }) => ({ key: data.objectId }),
          starts: true,
          read: ({ data }) => workOrders.find({ objectId: data.objectId }),
        },
        read: {
          machine: 'listed',
          schema: CloseSchema,
          to: (_, newId) => ({ key: newId }),
          starts: true,
          read: ({ data }) => workOrders.find({ objectId: data.objectId }),
        },
      },
    }),
};
