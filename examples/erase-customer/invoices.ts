/** Invoices agree, keep the documents that the law wants, and remove them when their time has come. */
import { Type } from 'typebox';
import { defineParticipant, defineTable } from '../../index.ts';

const invoices = defineTable('invoices', {
  row: Type.Object({ customerId: Type.String(), cents: Type.Integer(), keptUntil: Type.String() }),
  by: ['customerId'],
});
const Id = Type.String({ format: 'uuid' });

export default defineParticipant({
  name: 'invoices',
  stores: [invoices],
  requests: {
    issue: {
      schema: Type.Object({
        id: Type.String(),
        customerId: Id,
        cents: Type.Integer(),
        keptUntil: Type.String(),
      }),
      on: ({ customerId }) => ({ customers: [customerId] }),
      writes: ({ id, ...row }) => invoices.add(id, row),
    },
    list: {
      schema: Type.Object({ customerId: Id }),
      read: ({ customerId }) => invoices.find({ customerId }),
    },
  },
  dependsOn: {
    customers: {
      rows: invoices.by('customerId'),
      retains: ({ dependants }) =>
        dependants.map(({ id, keptUntil: until }) => ({
          what: `invoice ${id}`,
          basis: 'commercial law, ten years',
          until,
        })),
      deleting: ({ dependants, retentionEnded }) =>
        retentionEnded ? dependants.map((row) => invoices.remove(row)) : [],
    },
  },
});
