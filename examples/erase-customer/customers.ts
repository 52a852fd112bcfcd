/** The owner: customers in a table of their own, without a tree. Everybody who depends on one is asked. */
import { Type } from 'typebox';
import { defineOwner, defineTable } from '../../index.ts';

const customers = defineTable('customers', {
  row: Type.Object({ name: Type.String(), email: Type.String() }),
});
const Id = Type.String({ format: 'uuid' });

export default defineOwner({
  name: 'customers',
  owns: { table: customers, class: 'customer', label: 'name' },
  requests: {
    add: {
      schema: Type.Object({ id: Id, name: Type.String(), email: Type.String() }),
      writes: ({ id, name, email }) => customers.add(id, { name, email }),
    },
    get: { schema: Type.Object({ id: Id }), read: ({ id }) => customers.get(id) },
  },
});
