/** Cards and transactions over HTTP, with answers as the OpenAPI document says. */

import { httpSettings } from '../../../../config/http-settings.ts';
import { openDeployment, packageServices } from '../../../../deployment.ts';
import { httpApp } from '../../../../edge/http/server.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { conformanceTo } from './conformance.ts';

const test = suite('http: cards and transactions', { deadlineMs: 60_000 });
const log = () => undefined;

test('a card is created, read and deleted by its owner; a transaction goes its way and not back', async () => {
  const deployment = await openDeployment({
    services: packageServices('mcards', 'transactions'),
    databaseUrl: 'memory://',
    log,
  });
  await deployment.start();
  const app = httpApp(deployment, httpSettings({}), log);
  const differs = conformanceTo((await app.inject({ url: '/openapi.json' })).json());
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) => {
    const reply = await app.inject(
      payload === undefined ? { method, url } : { method, url, payload },
    );
    assert.is(differs(method, url, reply), undefined);
    return [reply.statusCode, reply.json<JsonObject>()] as const;
  };
  const statusOf = async (...request: Parameters<typeof ask>) => (await ask(...request))[0];
  const card = { id: 'c1', owner: 'ada' };
  assert.equal(await ask('POST', '/v1/mcards', card), [201, { id: 'c1' }]);
  const [, { data }] = await ask('GET', '/v1/mcards?id=c1&id=c2');
  assert.equal(
    (data as JsonObject[]).map(({ id, owner }) => ({ id, owner })),
    [card],
  );
  const listed = await ask('GET', '/v1/mcards?owner=ada&state=active&limit=1');
  assert.equal(listed, [200, { data }]);
  assert.equal(await ask('GET', '/v1/mcards?owner=bob'), [200, { data: [] }]);
  assert.is(await statusOf('GET', '/v1/mcards?limit=0'), 422);
  assert.is(await statusOf('DELETE', '/v1/mcards', { id: 'c1', owner: 'bob' }), 403);
  assert.is(await statusOf('DELETE', '/v1/mcards', { id: 'c1' }), 422);
  assert.is(await statusOf('POST', '/v1/mcards', { id: 7 }), 422);
  assert.equal(await ask('POST', '/v1/mcards/undelete', { id: 'c1', owner: 'ada' }), [
    200,
    { id: 'c1' },
  ]);
  assert.equal(await ask('DELETE', '/v1/mcards', card), [200, {}]);
  assert.is(await statusOf('POST', '/v1/mcards/undelete', { id: 'c1', owner: 'ada' }), 410);
  assert.equal(await ask('POST', '/v1/transactions', { transaction: 't1' }), [201, { id: 't1' }]);
  const process = (state: string) => ask('PUT', '/v1/transactions', { transaction: 't1', state });
  assert.equal(await process('DELETE'), [200, { response: 'ok' }]);
  assert.is((await process('PENDING'))[0], 409);
  const [, found] = await ask('GET', '/v1/transactions?transaction=t1');
  assert.is((found['data'] as JsonObject[])[0]?.['state'], 'DELETE');
  await app.close();
  await deployment.stop();
});

test.run();
