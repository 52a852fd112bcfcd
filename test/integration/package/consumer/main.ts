/** Runs the service in memory and prints the answers to two requests. */
import { type Client, createRuntime } from '../../../../deployment.ts';
import { orders } from './orders.ts';

const running = createRuntime({ services: [orders] });
await running.start();
const client = await running.client('shop');
const print = (answer: unknown) => console.log(JSON.stringify(answer));
print(await client.request(orders, { action: 'place', data: { order: 'o1', amount: 12 } }));
const destination = { exchange: 'orders', routingKey: 'orders_consume' };
print(await client.request(destination, { action: 'place', data: { amount: 1 } }));
await client.close();
await running.stop();

/** Mistakes in a request that the compiler reports. */
export async function refusedRequests({ request, send }: Client): Promise<void> {
  // @ts-expect-error: no such action
  await request(orders, { action: 'cancel', data: { order: 'o1', amount: 12 } });
  // @ts-expect-error: a member of the data is missing
  await request(orders, { action: 'place', data: { order: 'o1' } });
  // @ts-expect-error: a member of the data has another type
  await send(orders, { action: 'place', data: { order: 'o1', amount: '12' } });
}
