import { Type } from 'typebox';
import { defineParticipant, defineTable } from '../../../../index.ts';

const Id = Type.String({ format: 'uuid' });

export const workOrders = defineTable('work-orders', {
  row: Type.Object({ objectId: Id, title: Type.String(), state: Type.String() }),
  by: ['objectId'],
});

export const maintenance = defineParticipant({
  name: 'maintenance',
  stores: [workOrders],
  requests: {
    open: {
      schema: Type.Object({ id: Type.String(), objectId: Id, title: Type.String() }),
      on: ({ objectId }) => ({ objects: [objectId] }),
      writes: ({ id, objectId, title }) => workOrders.add(id, { objectId, title, state: 'open' }),
    },
    close: {
      schema: Type.Object({ id: Type.String() }),
      writes: ({ id }) => workOrders.set(id, { state: 'closed' }),
    },
    list: {
      schema: Type.Object({ objectId: Id }),
      read: ({ objectId }) => workOrders.find({ objectId }),
    },
  },
  dependsOn: {
    objects: {
      rows: workOrders.by('objectId'),
      mayDelete: ({ dependants }) => {
        const open = dependants.find(({ state }) => state === 'open');
        return open && `work order ${open.id} is open: ${open.title}`;
      },
      deleting: ({ dependants }) =>
        dependants.map((row) => workOrders.change(row, { state: 'archived' })),
    },
  },
});

export default maintenance;
