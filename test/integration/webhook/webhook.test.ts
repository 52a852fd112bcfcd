/** A system that answers over HTTP has a vote: an owner of customers asks the newsletter's webhook. */
import { openDeployment } from '../../../deployment.ts';
import { parseExchangeConfig, sections } from '../../../index.ts';
import type { Headers } from '../../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { id } from '../../unit/actors/consent/sample.ts';
import { crm } from '../../unit/docs/customers/crm.ts';
import { WebhookServer } from './webhook-server.ts';

const test = suite('webhook', { deadlineMs: 60_000 });

const secret = 'a secret of the newsletter';
const customer = id(1);

function configOf(content: JsonObject) {
  const file = `${content['svc_name']}.json`;
  return parseExchangeConfig(JSON.stringify(content), {
    file,
    env: { WEBHOOK__SECRET: secret },
    sections,
  });
}

async function running(more: { readonly addresses?: readonly string[] } = {}) {
  const server = new WebhookServer(secret);
  const url = await server.open();
  const own = (name: string) => ({ name, routing_key: `${name}_requests` });
  const deployment = await openDeployment({
    configs: [
      configOf({
        svc_name: 'crm',
        publish: { main: { name: 'crm', routing_key: 'crm_facts' } },
        consume: { main: { ...own('crm'), queue: 'crm' } },
        consent: { always_ask: ['newsletter'], vote_deadline_ms: 2_000 },
      }),
      configOf({
        svc_name: 'newsletter',
        consume: { main: { ...own('newsletter'), queue: 'newsletter' } },
        subscribe: {
          customers: { publish: own('crm'), consume: { name: 'crm', routing_key: 'crm_facts' } },
        },
        webhook: { url, addresses: ['127.0.0.1/32'], timeout_ms: 500, ...more },
      }),
    ],
    services: [crm],
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
  const client = await deployment.client('test');
  const ask = async (action: string, data: Json): Promise<JsonObject> =>
    (await client.request(
      { exchange: 'crm', routingKey: 'crm_requests' },
      { action, data },
    )) as JsonObject;
  /** A question of somebody else in the place of the owner. */
  const forge = async (action: string, data: Json, headers: Headers): Promise<JsonObject> => {
    const to = { exchange: 'crm', routingKey: 'newsletter' };
    return (await client.request(to, { action, data }, { headers })) as JsonObject;
  };
  const stop = async () => {
    await client.close();
    await deployment.stop();
    await server.close();
  };
  assert.equal(await ask('add', { id: customer, name: 'Kim' }), {});
  return { ask, forge, server, stop };
}

const remove = { id: customer };
const errorOf = (answer: JsonObject) => (answer['error'] ?? {}) as JsonObject;

test('agrees, is told of the decision, and the node goes', async () => {
  const { ask, server, stop } = await running();
  assert.equal(await ask('delete', remove), {});
  assert.equal(
    server.heard.map(({ body }) => [body.action, body.ids, body['entity'], body['service']]),
    [
      ['mayDelete', [customer], 'customers', 'newsletter'],
      ['deleting', [customer], 'customers', 'newsletter'],
    ],
  );
  assert.ok(server.heard.every(({ isSigned }) => isSigned));
  assert.equal(await ask('get', remove), { data: [] });
  await stop();
});

test('is told the end of a retention as a request of its own', async () => {
  const { ask, server, stop } = await running();
  const told = new Promise<void>((resolve) => {
    server.answer = (action, nth) => {
      if (action === 'deleting' && nth === 2) resolve();
      const until = '2020-01-01T00:00:00Z';
      const retains = [{ what: 'the consent to be written to', basis: 'law', until }];
      return { body: action === 'mayDelete' ? { allowed: true, retains } : {} };
    };
  });
  assert.ok('retained' in (await ask('delete', remove)));
  await told;
  const [decision, end] = server.of('deleting');
  assert.equal([decision?.body['retentionEnded'], end?.body['retentionEnded']], [undefined, true]);
  assert.is.not(decision?.key, end?.key);
  assert.is(end?.body['id'], end?.key);
  await stop();
});

test('does not hear a forged end, also not under the saga that has deleted the node', async () => {
  const { ask, forge, server, stop } = await running();
  const retains = [{ what: 'the consent to be written to', basis: 'law', until: '2999-12-31' }];
  server.answer = (action) => ({
    body: action === 'mayDelete' ? { allowed: true, retains } : {},
  });
  const { saga } = await ask('delete', remove);
  const end = { id: customer, retention_ended: true };
  for (const headers of [{}, { 'consent-protocol': 2, 'consent-saga': String(saga) }]) {
    const forged = await forge('deleting', end, headers);
    assert.is(forged['response'], 'no');
  }
  assert.is(server.of('deleting').length, 1);
  await stop();
});

test('says no with its reason, and hears of nothing more', async () => {
  const { ask, server, stop } = await running();
  server.answer = () => ({ body: { allowed: false, reason: 'a campaign is being sent' } });
  assert.equal(errorOf(await ask('delete', remove))['refusals'], [
    { service: 'newsletter', nodeId: customer, reason: 'a campaign is being sent' },
  ]);
  assert.equal(
    server.heard.map(({ body }) => body.action),
    ['mayDelete'],
  );
  await stop();
});

test('an error is tried again under the same key, and then counts for nothing', async () => {
  const { ask, server, stop } = await running();
  server.answer = (action, nth) =>
    action === 'mayDelete' && nth < 3
      ? ([{ status: 503 }, null][nth - 1] ?? null)
      : { body: { allowed: true } };
  assert.equal(await ask('delete', remove), {});
  assert.is(server.of('mayDelete').length, 3);
  assert.is(new Set(server.of('mayDelete').map(({ key }) => key)).size, 1);
  await stop();
});

test('the decision is told until it is taken', async () => {
  const { ask, server, stop } = await running();
  server.answer = (action, nth) =>
    action === 'deleting' && nth < 3 ? { status: 500 } : { body: { allowed: true } };
  assert.equal(await ask('delete', remove), {});
  assert.is(server.of('deleting').length, 3);
  assert.is(new Set(server.of('deleting').map(({ key }) => key)).size, 1);
  await stop();
});

for (const [what, said] of [
  ['no JSON', { body: 'yes' }],
  ['another form', { body: { allowed: 'yes' } }],
  ['an error each time', { status: 500 }],
  ['no answer', null],
] as const)
  test(`${what}: no vote; the service is silent by name, and is told of the end`, async () => {
    const { ask, server, stop } = await running();
    server.answer = (action) => (action === 'mayDelete' ? said : {});
    const error = errorOf(await ask('delete', remove));
    assert.equal([error['refusals'], error['silent']], [[], ['newsletter']]);
    while (server.of('notDeleted').length === 0) await new Promise((done) => setImmediate(done));
    assert.equal(server.of('notDeleted')[0]?.body.ids, [customer]);
    server.answer = () => ({ body: { allowed: true } });
    assert.equal(await ask('delete', remove), {});
    await stop();
  });

test('an address that the config does not name is not called', async () => {
  const { ask, server, stop } = await running({ addresses: [] });
  assert.equal(errorOf(await ask('delete', remove))['silent'], ['newsletter']);
  assert.equal(server.heard, []);
  await stop();
});

test('a plan asks without effect', async () => {
  const { ask, server, stop } = await running();
  server.answer = () => ({ body: { allowed: false, reason: 'not now' } });
  const plan = await ask('plan', remove);
  assert.is(plan['outcome'], 'refused');
  assert.match(JSON.stringify(plan['votes']), /not now/);
  assert.equal(
    server.heard.map(({ body }) => body['dryRun']),
    [true],
  );
  await stop();
});

test('an update asks and tells too', async () => {
  const { ask, server, stop } = await running();
  assert.equal(await ask('update', { id: customer, attributes: { name: 'Lee' } }), {});
  assert.equal(
    server.heard.map(({ body }) => body.action),
    ['mayUpdate', 'updating'],
  );
  await stop();
});

test.run();
