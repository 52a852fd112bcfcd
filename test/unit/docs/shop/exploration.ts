import assert from 'node:assert/strict';
import { explore, message } from '../../../../testing.ts';
import { orders } from './orders.ts';

const order = orders.machines.get('order');
assert.ok(order);

const found = explore(order, {
  alphabet: { events: [message('place', { order: 'o1', amount: 12, withinMs: 60_000 })] },
});
assert.equal(found.complete, true);
assert.deepEqual(found.unreachable, []); // states that nothing leads to
assert.deepEqual(found.neverTaken, []); // transitions that are never taken
assert.deepEqual(found.failures, []); // steps that throw
