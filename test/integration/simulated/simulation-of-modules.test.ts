/** A simulation of services that bring stores of their own: owners and participants. */
import { readFileSync } from 'node:fs';
import { parseExchangeConfig } from '../../../index.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { Broken } from '../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { Simulation } from '../../../testing/simulation/simulation.ts';
import { projectRoot } from '../../support/project-root.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { id } from '../../unit/actors/consent/sample.ts';
import { crm } from '../../unit/docs/customers/crm.ts';
import { books } from '../../unit/docs/customers/invoices.ts';
import { shop } from '../../unit/docs/customers/orders.ts';

const test = suite('simulation of owners and participants');

const services = [crm, shop, books];
const configs = ['crm', 'orders', 'invoices'].map((name) => {
  const file = `${projectRoot}test/unit/docs/customers/${name}.json`;
  return parseExchangeConfig(readFileSync(file, 'utf8'), { file, env: {}, sections: {} });
});

test('an owner asks its participants, and a killed participant answers after its start', async () => {
  const simulation = new Simulation({ services, configs, seed: seed() });
  await simulation.start();
  const client = await simulation.client('test');
  const ask = (service: string, action: string, data: Json) =>
    simulation.ask(
      client,
      { exchange: service, routingKey: `${service}_requests` },
      { action, data },
    );
  const told = (service: string, action: string, data: Json) =>
    simulation.until(ask(service, action, data));
  await told('crm', 'add', { id: id(1), name: 'Kim' });
  await told('orders', 'add', { id: id(2), customerId: id(1), item: 'pump' });
  await told('invoices', 'issue', { id: 'i1', orderId: id(2) });
  const refused = (await told('crm', 'delete', { id: id(1) })) as JsonObject;
  assert.equal((refused['error'] as JsonObject)['refusals'], [
    { service: 'invoices', nodeId: id(2), reason: 'invoice i1 is not paid' },
  ]);
  await told('invoices', 'pay', { id: 'i1' });
  simulation.crash('orders');
  const deleted = ask('crm', 'delete', { id: id(1) });
  await simulation.advance('1 s');
  await simulation.start('orders');
  assert.equal(await simulation.until(deleted), {});
  assert.equal(await told('orders', 'list', { customerId: id(1) }), { data: [] });
  await simulation.stop();
});

test('a journal beside services with stores of their own is refused, by the names of the stores', () => {
  const journal = new MemoryJournal({ stores: [] });
  let failure: unknown;
  try {
    new Simulation({ services, configs, journal });
  } catch (error) {
    failure = error;
  }
  assert.instance(failure, Broken);
  assert.match(String((failure as Error).message), /^found a journal beside services that bring/);
});

test('a service without its config is named', () => {
  assert.throws(() => new Simulation({ services: [crm] }), /no config with the svc_name 'crm'/);
});

test.run();
