import { Type } from 'typebox';
import { defineParticipant, defineTable } from '../../../../index.ts';

const invoices = defineTable('invoices', {
  row: Type.Object({ orderId: Type.String(), state: Type.String() }),
  by: ['orderId'],
});
const Id = Type.String({ format: 'uuid' });

export const books = defineParticipant({
  name: 'invoices',
  stores: [invoices],
  requests: {
    issue: {
      schema: Type.Object({ id: Type.String(), orderId: Id }),
      on: ({ orderId }) => ({ orders: [orderId] }),
      writes: ({ id, orderId }) => invoices.add(id, { orderId, state: 'unpaid' }),
    },
    pay: {
      schema: Type.Object({ id: Type.String() }),
      writes: ({ id }) => invoices.set(id, { state: 'paid' }),
    },
  },
  dependsOn: {
    orders: {
      rows: invoices.by('orderId'),
      mayDelete: ({ dependants }) => {
        const unpaid = dependants.find(({ state }) => state === 'unpaid');
        return unpaid && `invoice ${unpaid.id} is not paid`;
      },
      deleting: ({ dependants }) => dependants.map((row) => invoices.remove(row)),
    },
  },
});
