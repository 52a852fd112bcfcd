import { Type } from 'typebox';
import { defineOwner, defineTable } from '../../../../index.ts';

const customers = defineTable('customers', {
  row: Type.Object({
    name: Type.String(),
    email: Type.Optional(Type.String()),
    hold: Type.Optional(Type.String()),
  }),
});
const Id = Type.String({ format: 'uuid' });

export const crm = defineOwner({
  name: 'crm',
  owns: {
    table: customers,
    class: 'customer',
    label: 'name',
    mayDelete: ({ hold }) => hold && `legal hold: ${hold}`,
  },
  requests: {
    add: {
      schema: Type.Object({ id: Id, name: Type.String() }),
      writes: ({ id, name }) => customers.add(id, { name }),
    },
    hold: {
      schema: Type.Object({ id: Id, hold: Type.String() }),
      writes: ({ id, hold }) => customers.set(id, { hold }),
    },
    get: { schema: Type.Object({ id: Id }), read: ({ id }) => customers.get(id) },
  },
});
