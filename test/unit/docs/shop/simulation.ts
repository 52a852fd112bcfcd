import assert from 'node:assert/strict';
import { noFaults, Simulation } from '../../../../testing.ts';
import { orders } from './orders.ts';

const simulation = new Simulation({
  services: [orders],
  seed: 7,
  processes: { orders: 2 }, // `orders` and `orders#2` over one journal; each can be killed alone
  activities: { 'orders/charge': async () => 'r1' }, // in place of the real one: no bank, no waiting
  faults: { ...noFaults, delayMs: { min: 1, max: 50 }, drop: 0.1, duplicate: 0.1 },
});
await simulation.start();
const client = await simulation.client('shop');

simulation.crashAt('orders', 'turn.committed'); // `simulation.crash('orders')` kills it now
const answer = simulation.ask(client, orders, {
  action: 'place',
  data: { order: 'o1', amount: 12, withinMs: 60_000 },
});
await simulation.advance('10 s');
await simulation.start('orders');
assert.deepEqual(await simulation.until(answer), { receipt: 'r1' });

await simulation.settle(); // until nothing is under way any more
await simulation.stop();
