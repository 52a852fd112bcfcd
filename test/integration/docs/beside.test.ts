/** The deployment of `docs/services.md` with services of somebody's own beside those of the package, on an embedded database. */
import { openDeployment, packageServices } from '../../../deployment.ts';
import { assert, suite } from '../../support/suite.ts';
import { orders } from '../../unit/docs/shop/orders.ts';
import { warehouseModule } from '../../unit/docs/shop/warehouse-module.ts';

const test = suite('documents: beside the services of the package', { deadlineMs: 60_000 });

test('own services and those of the package run in one process over one database', async () => {
  // #region running
  const shop = await openDeployment({
    services: [...packageServices('objects', 'tags'), orders, warehouseModule],
    databaseUrl: 'pglite://',
  });
  await shop.start();
  const client = await shop.client('shop');
  const created = await client.request(
    { exchange: 'objects', routingKey: 'objects_model_crud_consume' },
    { action: 'create', data: { attributes: { cn: 'lathe' } } },
  );
  const restocked = await client.request(
    { exchange: 'warehouse', routingKey: 'warehouse_consume' },
    { action: 'restock', data: { item: 'bolt', count: 5 } },
  );
  // #endregion
  assert.match(JSON.stringify(created), /^\{"id":"/);
  assert.equal(restocked, { left: 5 });
  const counts = await shop.counts();
  assert.is(counts['stock.levels'], 1);
  assert.ok((counts['hierarchy.nodes'] ?? 0) > 0);
  await client.close();
  await shop.stop();
});

test.run();
