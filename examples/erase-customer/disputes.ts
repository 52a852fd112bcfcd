/** Disputes hold a customer up to a date. A settled dispute holds nothing. */
import { Type } from 'typebox';
import { defineParticipant, defineTable } from '../../index.ts';

const disputes = defineTable('disputes', {
  row: Type.Object({ customerId: Type.String(), about: Type.String(), until: Type.String() }),
  by: ['customerId'],
});
const Id = Type.String({ format: 'uuid' });

export default defineParticipant({
  name: 'disputes',
  stores: [disputes],
  requests: {
    open: {
      schema: Type.Object({
        id: Type.String(),
        customerId: Id,
        about: Type.String(),
        until: Type.String(),
      }),
      on: ({ customerId }) => ({ customers: [customerId] }),
      writes: ({ id, ...row }) => disputes.add(id, row),
    },
  },
  dependsOn: {
    customers: {
      rows: disputes.by('customerId'),
      mayDelete: ({ dependants: [open] }) =>
        open && { reason: `dispute ${open.id} is open: ${open.about}`, until: open.until },
      deleting: ({ dependants }) => dependants.map((row) => disputes.remove(row)),
    },
  },
});
