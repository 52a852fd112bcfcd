/** The store of `docs/services.md` over an embedded database: a level is never read too early and never falls below zero. */
import { createRuntime, openDatabase, SqlJournal } from '../../../deployment.ts';
import { assert, suite } from '../../support/suite.ts';
import { stockStore } from '../../unit/docs/shop/stock-store.ts';
import { warehouse } from '../../unit/docs/shop/warehouse.ts';

const test = suite('documents: a store of its own', { deadlineMs: 60_000 });

test('a store of its own: what is read is what is changed, or the step is done again', async () => {
  // #region running
  const database = await openDatabase('pglite://', { stores: [stockStore] });
  const stock = database.stores.get('stock');
  if (stock === undefined) throw new Error('the database has no store of that name');
  const running = createRuntime({
    services: [warehouse(stock)],
    journal: new SqlJournal({ database }),
  });
  await running.start();
  // #endregion
  const client = await running.client('test');
  const ask = (action: string, count: number) =>
    client.request(
      { exchange: 'warehouse', routingKey: 'warehouse_consume' },
      { action, data: { item: 'bolt', count } },
    );
  assert.equal(await ask('restock', 5), { left: 5 });
  const answers = await Promise.all([1, 1, 1, 1, 1, 1].map((count) => ask('pick', count)));
  const left = answers.map((answer) => (answer as { left?: number }).left);
  assert.equal(left.filter((count) => count !== undefined).sort(), [0, 1, 2, 3, 4]);
  assert.equal(await ask('pick', 2), {
    error: { code: 409, name: 'refused', message: 'only 0 of bolt are left' },
  });
  await client.close();
  await running.stop();
});

test.run();
