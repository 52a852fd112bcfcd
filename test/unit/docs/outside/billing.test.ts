/**
 * A participant whose rows are in the database of another program: refuses with the number of the
 * invoice, agrees when the invoice is paid, and cleans up outside, tried again under one key.
 */
import { readFileSync } from 'node:fs';
import { Type } from 'typebox';
import { openDeployment } from '../../../../deployment.ts';
import {
  defineOutsideParticipant,
  parseExchangeConfig,
  rowsOutside,
  sections,
} from '../../../../index.ts';
import { MemoryLocks } from '../../../../runtime/memory/memory-locks.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id } from '../../actors/consent/sample.ts';
import { crm } from '../customers/crm.ts';
import { billing } from './billing.ts';
import { invoices } from './invoices.ts';

const test = suite('billing: rows outside', { deadlineMs: 60_000 });

const file = `${projectRoot}test/unit/docs/outside/billing.json`;
const config = parseExchangeConfig(readFileSync(file, 'utf8'), { file, env: {}, sections });
const crmConfig = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'crm',
    publish: { main: { name: 'crm', routing_key: 'crm_facts' } },
    consume: { main: { name: 'crm', queue: 'crm', routing_key: 'crm_requests' } },
  }),
  { file: 'crm.json', env: {}, sections },
);
const kim = id(1);
const open = { number: 'R-1', customerId: kim, paid: false };

/** The services with one customer, about whom billing is asked. */
async function running(participant = billing) {
  const deployment = await openDeployment({
    configs: [config, crmConfig],
    services: [crm, participant],
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
  const client = await deployment.client('test');
  const ask = async (service: 'crm' | 'billing', action: string, data: Json) => {
    const to = { exchange: service, routingKey: service === 'crm' ? 'crm_requests' : service };
    return (await client.request(to, { action, data })) as JsonObject;
  };
  assert.equal(await ask('crm', 'add', { id: kim, name: 'Kim' }), {});
  const stop = async () => {
    await client.close();
    await deployment.stop();
  };
  return { ask, stop, deployment };
}

test('an invoice outside refuses the deletion; paid, the invoices are cleaned up outside', async () => {
  invoices.put({ ...open, number: 'R-0', paid: true }, open);
  const { ask, stop } = await running();
  assert.equal(await ask('billing', 'track', { customerId: kim }), {});
  const { error } = await ask('crm', 'delete', { id: kim });
  assert.equal((error as JsonObject)['refusals'], [
    { service: 'billing', nodeId: kim, reason: 'invoice R-1 is not paid' },
  ]);
  const { votes } = await ask('crm', 'plan', { id: kim });
  assert.is((votes as JsonObject[])[0]?.['vote'], 'no');
  assert.equal(invoices.left, ['R-0', 'R-1']);
  invoices.put({ ...open, paid: true }, { ...open, number: 'R-2', customerId: id(2) });
  assert.equal(await ask('crm', 'delete', { id: kim }), {});
  assert.equal(invoices.left, ['R-2']);
  await stop();
});

test('without the subscription nobody asks, as with any participant', async () => {
  invoices.put(open);
  const { ask, stop } = await running();
  assert.equal(await ask('crm', 'delete', { id: kim }), {});
  assert.equal(invoices.left, ['R-1']);
  await stop();
});

test('reads and clean-ups that fail are tried again, a clean-up always under one key', async () => {
  invoices.put({ ...open, paid: true });
  const { ask, stop } = await running();
  assert.equal(await ask('billing', 'track', { customerId: kim }), {});
  invoices.fail({ read: 2, anonymise: 0 });
  const { votes } = await ask('crm', 'plan', { id: kim });
  assert.is((votes as JsonObject[])[0]?.['vote'], 'ok');
  invoices.keys.length = 0;
  invoices.fail({ read: 1, anonymise: 2 });
  assert.equal(await ask('crm', 'delete', { id: kim }), {});
  assert.is(invoices.keys.length, 3);
  assert.is(new Set(invoices.keys).size, 1);
  assert.equal(invoices.left, []);
  await stop();
});

const track = {
  schema: Type.Object({ customerId: Type.String({ format: 'uuid' }) }),
  on: ({ customerId }: { readonly customerId: string }) => ({ customers: [customerId] }),
  writes: () => [],
};

test('an update is asked about and carried out by its own functions', async () => {
  const seen: string[] = [];
  let isFrozen = true;
  const rows = rowsOutside({
    by: 'customerId',
    read: async (ids) => ids.map((customerId) => ({ customerId, isFrozen })),
  });
  const { ask, stop } = await running(
    defineOutsideParticipant({
      name: 'billing',
      requests: { track },
      dependsOn: {
        customers: {
          rows,
          mayUpdate: ({ dependants: [row] }) =>
            row?.isFrozen ? 'the address is frozen' : undefined,
          updating: async ({ node, dependants: [row] }) => {
            seen.push(`${node} ${row?.isFrozen}`);
          },
        },
      },
    }),
  );
  assert.equal(await ask('billing', 'track', { customerId: kim }), {});
  const update = () => ask('crm', 'update', { id: kim, attributes: { email: 'kim@example.org' } });
  assert.match(JSON.stringify((await update())['error']), /the address is frozen/);
  isFrozen = false;
  assert.equal(await update(), {});
  assert.equal(seen, [`${kim} false`]);
  await stop();
});

test('a row of no asked node is no vote', async () => {
  const { ask, stop } = await running(
    defineOutsideParticipant({
      name: 'billing',
      requests: { track },
      dependsOn: {
        customers: {
          rows: rowsOutside({ by: 'customerId', read: async () => [{ customerId: id(9) }] }),
          mayDelete: () => undefined,
        },
      },
    }),
  );
  assert.equal(await ask('billing', 'track', { customerId: kim }), {});
  const { error } = await ask('crm', 'delete', { id: kim });
  assert.equal((error as JsonObject)['silent'], ['billing']);
  await stop();
});

test('an entity that the config does not subscribe to is refused when the service is made', () => {
  const wrong = defineOutsideParticipant({
    name: 'billing',
    dependsOn: { orders: { rows: rowsOutside({ by: 'id', read: async () => [{ id: 'x' }] }) } },
  });
  const ports = {
    store: (name: string) => ({ name, read: async (): Promise<Json> => null }),
    locks: new MemoryLocks(new VirtualClock()),
  };
  assert.throws(
    () => wrong.define(config, ports),
    /billing depends on 'orders'; the config's section 'subscribe' names customers/,
  );
});

test.run();
