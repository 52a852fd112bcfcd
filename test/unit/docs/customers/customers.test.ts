/**
 * A customer without a hierarchy: the CRM owns the customers, orders go along with their customer,
 * and an unpaid invoice of an order refuses the deletion of the customer.
 */

import { readFileSync } from 'node:fs';
import { setImmediate as immediate } from 'node:timers/promises';
import { openDeployment } from '../../../../deployment.ts';
import { parseExchangeConfig } from '../../../../index.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id } from '../../actors/consent/sample.ts';
import { crm } from './crm.ts';
import { books } from './invoices.ts';
import { shop } from './orders.ts';

const test = suite('customers: owners outside the tree', { deadlineMs: 60_000 });

const configs = ['crm', 'orders', 'invoices'].map((name) => {
  const file = `${projectRoot}test/unit/docs/customers/${name}.json`;
  return parseExchangeConfig(readFileSync(file, 'utf8'), { file, env: {}, sections: {} });
});

async function running() {
  const deployment = await openDeployment({
    configs,
    services: [crm, shop, books],
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
  const client = await deployment.client('test');
  const ask = async (service: string, action: string, data: Json): Promise<JsonObject> => {
    const to = { exchange: service, routingKey: `${service}_requests` };
    return (await client.request(to, { action, data })) as JsonObject;
  };
  const stop = async () => {
    await client.close();
    await deployment.stop();
  };
  return { ask, stop };
}

const [customer, order] = [id(1), id(2)];

async function customerWithOrder() {
  const system = await running();
  const { ask } = system;
  assert.equal(await ask('crm', 'add', { id: customer, name: 'Kim' }), {});
  assert.equal(await ask('orders', 'add', { id: order, customerId: customer, item: 'pump' }), {});
  return system;
}

test('an unpaid invoice of an order refuses the deletion of the customer, by name', async () => {
  const { ask, stop } = await customerWithOrder();
  assert.equal(await ask('invoices', 'issue', { id: 'i1', orderId: order }), {});
  const refused = (await ask('crm', 'delete', { id: customer }))['error'] as JsonObject;
  assert.equal(refused['refusals'], [
    { service: 'invoices', nodeId: order, reason: 'invoice i1 is not paid' },
  ]);
  assert.equal((await ask('orders', 'list', { customerId: customer }))['data'], [
    { id: order, version: 1, customerId: customer, item: 'pump' },
  ]);
  await ask('invoices', 'pay', { id: 'i1' });
  assert.equal(await ask('crm', 'delete', { id: customer }), {});
  assert.equal(await ask('crm', 'get', { id: customer }), { data: [] });
  assert.equal(await ask('orders', 'list', { customerId: customer }), { data: [] });
  await stop();
});

test('an order alone is deleted after its own subscribers agreed; the customer stays', async () => {
  const { ask, stop } = await customerWithOrder();
  assert.equal(await ask('orders', 'delete', { id: order }), {});
  assert.equal((await ask('crm', 'get', { id: customer }))['data'], [
    { id: customer, version: 1, name: 'Kim' },
  ]);
  await stop();
});

test('an update asks everybody and changes the row', async () => {
  const { ask, stop } = await customerWithOrder();
  const attributes = { name: 'Lee', email: 'lee@example.org' };
  assert.equal(await ask('crm', 'update', { id: customer, attributes }), {});
  assert.equal((await ask('crm', 'get', { id: customer }))['data'], [
    { id: customer, version: 2, ...attributes },
  ]);
  const wrong = await ask('crm', 'update', { id: customer, attributes: { phone: '1' } });
  assert.is((wrong['error'] as JsonObject)['name'], 'bad-message');
  await stop();
});

test('a hold of the owner itself refuses the deletion before anybody is asked', async () => {
  const { ask, stop } = await customerWithOrder();
  await ask('crm', 'update', { id: customer, attributes: { hold: 'case 7' } });
  const refused = (await ask('crm', 'delete', { id: customer }))['error'] as JsonObject;
  assert.equal(refused['refusals'], [
    { service: 'crm', nodeId: customer, reason: 'legal hold: case 7' },
  ]);
  assert.equal(await ask('crm', 'update', { id: customer, attributes: { hold: null } }), {});
  assert.equal(await ask('crm', 'delete', { id: customer }), {});
  await stop();
});

test('a hold that comes during a deletion is seen by the deletion, or finds the row gone', async () => {
  const { ask, stop } = await running();
  const seen = { held: 0, gone: 0 };
  for (let number = 10; number < 30; number += 1) {
    const one = id(number);
    await ask('crm', 'add', { id: one, name: 'Kim' });
    const removal = ask('crm', 'delete', { id: one });
    // Each deletion has come further than the one before when its hold comes.
    for (let rounds = 10; rounds < number; rounds += 1) await immediate();
    const held = await ask('crm', 'hold', { id: one, hold: 'case 7' });
    const removed = await removal;
    const rows = (await ask('crm', 'get', { id: one }))['data'] as readonly Json[];
    if (held['error'] === undefined) {
      seen.held += 1;
      assert.is((removed['error'] as JsonObject)['name'], 'refused');
      assert.is(rows.length, 1);
    } else {
      seen.gone += 1;
      assert.is((held['error'] as JsonObject)['name'], 'gone');
      assert.equal([removed, rows], [{}, []]);
    }
  }
  assert.ok(seen.held > 0 && seen.gone > 0, JSON.stringify(seen));
  await stop();
});

test('a deleted id never comes again', async () => {
  const { ask, stop } = await running();
  await ask('crm', 'add', { id: customer, name: 'Kim' });
  assert.equal(await ask('crm', 'delete', { id: customer }), {});
  const { error } = await ask('crm', 'add', { id: customer, name: 'Lee' });
  assert.is((error as JsonObject)['name'], 'gone');
  await stop();
});

test('an id that is no UUID is refused, because no other service could name the row', async () => {
  const { ask, stop } = await running();
  const { error } = await ask('orders', 'add', { id: 'o1', customerId: customer, item: 'pump' });
  assert.is((error as JsonObject)['name'], 'bad-message');
  await stop();
});

test('a plan names the rows of every service', async () => {
  const { ask, stop } = await customerWithOrder();
  await ask('invoices', 'issue', { id: 'i1', orderId: order });
  await ask('invoices', 'pay', { id: 'i1' });
  const plan = await ask('crm', 'plan', { id: customer });
  const nodes = plan['nodes'] as readonly JsonObject[];
  assert.equal(nodes.map(({ service, cn }) => [service, cn]).sort(), [
    ['crm', 'Kim'],
    ['invoices', 'i1'],
    ['orders', 'pump'],
  ]);
  assert.equal(await ask('crm', 'delete', { id: customer, if_plan: String(plan['hash']) }), {});
  await stop();
});

test.run();
