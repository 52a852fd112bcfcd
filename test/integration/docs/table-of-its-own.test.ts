/** The table of `docs/services.md`, in memory and on an embedded database. */
import { openDeployment } from '../../../deployment.ts';
import { assert, suite } from '../../support/suite.ts';
import { maintenance } from '../../unit/docs/shop/work-orders.ts';

const test = suite('documents: a table of its own', { deadlineMs: 60_000 });

async function ordersAt(databaseUrl: string): Promise<void> {
  // #region running
  const deployment = await openDeployment({ services: [maintenance], databaseUrl });
  await deployment.start();
  const client = await deployment.client('workshop');
  const ask = (action: string, data: { objectId: string; title?: string }) =>
    client.request(
      { exchange: 'maintenance', routingKey: 'maintenance_consume' },
      { action, data },
    );
  await ask('open', { objectId: 'lathe', title: 'oil' });
  await ask('open', { objectId: 'press', title: 'paint' });
  await ask('close', { objectId: 'lathe' });
  const answer = await ask('read', { objectId: 'lathe' });
  // #endregion
  assert.equal(answer, { data: [{ title: 'oil', open: false }] });
  assert.equal(await ask('read', { objectId: 'press' }), {
    data: [{ title: 'paint', open: true }],
  });
  assert.match(
    JSON.stringify(await ask('open', { objectId: 'lathe', title: 'a\0b' })),
    /has NUL at \/title/,
  );
  await client.close();
  await deployment.stop();
}

for (const databaseUrl of ['memory://', 'pglite://'])
  test(`a table of its own at ${databaseUrl}: rows are added, found and changed`, () =>
    ordersAt(databaseUrl));

test.run();
