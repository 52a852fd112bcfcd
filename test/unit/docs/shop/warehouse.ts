import { type Static, Type } from 'typebox';
import { setup } from 'xstate';
import {
  defineService,
  type MessageEvent,
  parseExchangeConfig,
  type Read,
  type ReadableStore,
  Refused,
  refuse,
  reply,
  write,
} from '../../../../index.ts';
import type { Level } from './stock-store.ts';

const PickSchema = Type.Object({ item: Type.String(), count: Type.Integer({ minimum: 1 }) });
type Amount = Static<typeof PickSchema>;
type Pick = MessageEvent<Amount, Level, 'pick'>;
type Restock = MessageEvent<Amount, Level, 'restock'>;

function levelAfter({ type, data, $ }: Pick | Restock): number {
  return $.read.count + (type === 'restock' ? data.count : -data.count);
}

const item = setup({
  types: {} as { events: Pick | Restock },
  guards: { isEnough: ({ event }) => levelAfter(event) >= 0 },
  actions: {
    put: write(({ event }: { event: Pick | Restock }) => ({
      store: 'stock',
      op: 'put',
      args: { item: event.data.item, count: levelAfter(event) },
      expect: { version: event.$.read.version },
    })),
    confirm: reply(({ event }: { event: Pick | Restock }) => ({
      body: { left: levelAfter(event) },
    })),
    refuseEmpty: refuse(
      ({ event }: { event: Pick | Restock }) =>
        new Refused('refused', `only ${event.$.read.count} of ${event.data.item} are left`),
    ),
  },
}).createMachine({
  id: 'item',
  initial: 'open',
  states: {
    open: {
      on: {
        restock: { actions: ['put', 'confirm'] },
        pick: [{ guard: 'isEnough', actions: ['put', 'confirm'] }, { actions: 'refuseEmpty' }],
      },
    },
  },
});

export const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'warehouse',
    publish: { main: { name: 'warehouse', routing_key: 'warehouse_publish' } },
    consume: {
      main: { name: 'warehouse', queue: 'warehouse_consume', routing_key: 'warehouse_consume' },
    },
  }),
  { file: 'warehouse.json', env: process.env, sections: {} },
);

const level = (name: string): Read => ({ store: 'stock', op: 'level', args: { item: name } });
const route = {
  machine: 'item',
  schema: PickSchema,
  to: ({ data }: { data: Amount }) => ({ key: data.item }),
  read: ({ data }: { data: Amount }) => level(data.item),
  starts: true,
} as const;

export function warehouse(stock: ReadableStore) {
  return defineService({
    config,
    stores: [stock],
    machines: { item },
    messages: { pick: route, restock: route },
  });
}
