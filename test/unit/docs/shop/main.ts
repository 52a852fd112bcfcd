import { createRuntime, openDatabase, SqlJournal } from '../../../../deployment.ts';
import { orders } from './orders.ts';
import { trips } from './trips.ts';

// An embedded PostgreSQL in a folder. The URL of a server works too.
const database = await openDatabase(process.env['SHOP_DATA'] ?? 'pglite://./shop-data', {
  stores: [],
});
const running = createRuntime({ services: [orders, trips], journal: new SqlJournal({ database }) });
await running.start();

const client = await running.client('shop');
const place = (order: string, amount: number, withinMs: number) =>
  client.request(orders, { action: 'place', data: { order, amount, withinMs } });
const book = (trip: string) => client.request(trips, { action: 'book', data: { trip } });
const answers = [
  place('order-1', 12, 3_600_000),
  place('order-2', 40, 3_600_000),
  place('order-3', 5_000, 1_500),
  book('trip-1'),
];
for (const answer of await Promise.all(answers)) console.log(JSON.stringify(answer));

await client.close();
await running.stop();
