import { given } from '../../../../testing.ts';
import { maintenance, workOrders } from './maintenance.ts';

const objectId = '01a2238b-5647-729c-be05-64b4e75543ce';
const open = { id: 'w1', version: 1, objectId, title: 'oil', state: 'open' };
const closed = { ...open, version: 2, state: 'closed' };

given(maintenance, { rows: { objects: [open] } })
  .asked('mayDelete', [objectId])
  .thenNo('work order w1 is open: oil');

given(maintenance, { rows: { objects: [closed] } })
  .asked('deleting', [objectId]) // the service was asked before, and has agreed
  .thenOk({ writes: [workOrders.change(closed, { state: 'archived' })] });

given(maintenance, { rows: { objects: [closed] } })
  .asked('wouldDelete', [objectId]) // for a plan
  .thenOk({ takes: ['w1'] });
