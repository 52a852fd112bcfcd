import { Type } from 'typebox';
import { defineOutsideParticipant, rowsOutside } from '../../../../index.ts';
import { invoices } from './invoices.ts';

const rows = rowsOutside({
  by: 'customerId',
  read: (customerIds, { signal }) => invoices.of(customerIds, signal),
});

export const billing = defineOutsideParticipant({
  name: 'billing',
  requests: {
    track: {
      schema: Type.Object({ customerId: Type.String({ format: 'uuid' }) }),
      on: ({ customerId }) => ({ customers: [customerId] }),
      writes: () => [],
    },
  },
  dependsOn: {
    customers: {
      rows,
      mayDelete: ({ dependants }) => {
        const open = dependants.find(({ paid }) => !paid);
        return open && `invoice ${open.number} is not paid`;
      },
      deleting: ({ node }, { idempotencyKey }) => invoices.anonymise(node, idempotencyKey),
    },
  },
});

export default billing;
