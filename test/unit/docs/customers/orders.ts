import { Type } from 'typebox';
import { defineOwner, defineTable } from '../../../../index.ts';

const orders = defineTable('orders', {
  row: Type.Object({ customerId: Type.String(), item: Type.String() }),
  by: ['customerId'],
});
const Id = Type.String({ format: 'uuid' });

export const shop = defineOwner({
  name: 'orders',
  owns: { table: orders, class: 'order', label: 'item' },
  requests: {
    add: {
      schema: Type.Object({ id: Id, customerId: Id, item: Type.String() }),
      on: ({ customerId }) => ({ customers: [customerId] }),
      writes: ({ id, customerId, item }) => orders.add(id, { customerId, item }),
    },
    list: {
      schema: Type.Object({ customerId: Id }),
      read: ({ customerId }) => orders.find({ customerId }),
    },
  },
  dependsOn: { customers: { rows: orders.by('customerId'), along: true } },
});
