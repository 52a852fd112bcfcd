import { createRequire } from 'node:module';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import { connectPglite, ormSettings } from '../../../../runtime/postgres/connection.ts';
import { pgliteParameters } from '../../../../runtime/postgres/pglite-parameters.ts';
import { clientOf, run } from '../../../../runtime/postgres/sql-client.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('the parameters of the embedded database', { deadlineMs: 60_000 });

test('PGlite starts with its own parameters, and with a cache of 32 MB', async () => {
  const { PGlite } = createRequire(import.meta.url)('@electric-sql/pglite');
  const added = pgliteParameters.slice(PGlite.defaultStartParams.length);
  assert.equal(pgliteParameters, [...PGlite.defaultStartParams, ...added]);
  assert.equal(added, ['-c', 'shared_buffers=32MB']);

  const settings = ormSettings('journal', (store) => store, [], noFailpoints);
  const connected = await connectPglite('', settings, noFailpoints);
  try {
    const rows = await run(clientOf(connected.orm), 'show shared_buffers', []);
    assert.equal(rows, [{ shared_buffers: '32MB' }]);
  } finally {
    await connected.close();
  }
});

test.run();
