/** Runs the service in memory and prints the answers to two requests. */
import { createRuntime } from '../../../../deployment.ts';
import { orders } from './orders.ts';

const running = createRuntime({ services: [orders] });
await running.start();
const client = await running.client('shop');
const destination = { exchange: 'orders', routingKey: 'orders_consume' };
for (const data of [{ order: 'o1', amount: 12 }, { amount: 1 }]) {
  console.log(JSON.stringify(await client.request(destination, { action: 'place', data })));
}
await client.close();
await running.stop();
