/**
 * The last row of a participant on a node gives the subscription back, in memory and on PostgreSQL:
 * from then on the participant is not asked about the node any more, and with the next row it is.
 */
import { Type } from 'typebox';
import { openDeployment } from '../../../deployment.ts';
import { defineParticipant, defineTable, parseExchangeConfig } from '../../../index.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { assert, suite } from '../../support/suite.ts';
import { id } from '../../unit/actors/consent/sample.ts';
import { crm } from '../../unit/docs/customers/crm.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';

const leases = defineTable('leases', {
  row: Type.Object({
    customerId: Type.String(),
    guarantor: Type.Union([Type.String(), Type.Null()]),
  }),
  by: ['customerId', 'guarantor'],
});
const Id = Type.String({ format: 'uuid' });

const leasing = defineParticipant({
  name: 'leasing',
  stores: [leases],
  requests: {
    sign: {
      schema: Type.Object({ id: Type.String(), customerId: Id, guarantor: Type.Optional(Id) }),
      on: ({ customerId, guarantor }) => ({
        customers: [customerId],
        guarantors: guarantor === undefined ? [] : [guarantor],
      }),
      writes: ({ id: lease, customerId, guarantor = null }) =>
        leases.add(lease, { customerId, guarantor }),
    },
    move: {
      schema: Type.Object({ id: Type.String(), customerId: Id }),
      on: ({ customerId }) => ({ customers: [customerId] }),
      writes: ({ id: lease, customerId }) => leases.set(lease, { customerId }),
    },
    end: {
      schema: Type.Object({ ids: Type.Array(Type.String()) }),
      writes: ({ ids }) => ids.map(leases.drop),
    },
  },
  dependsOn: {
    customers: { rows: leases.by('customerId'), mayDelete: ({ dependants: [row] }) => row?.id },
    guarantors: { rows: leases.by('guarantor'), mayDelete: ({ dependants: [row] }) => row?.id },
  },
});

const own = (name: string) => ({ name, routing_key: `${name}_requests` });
const upstream = { publish: own('crm'), consume: { name: 'crm', routing_key: 'crm_facts' } };
const configs = [
  {
    svc_name: 'crm',
    publish: { main: { name: 'crm', routing_key: 'crm_facts' } },
    consume: { main: { ...own('crm'), queue: 'crm' } },
  },
  {
    svc_name: 'leasing',
    consume: { main: { ...own('leasing'), queue: 'leasing' } },
    subscribe: { customers: upstream, guarantors: upstream },
  },
].map((content) =>
  parseExchangeConfig(JSON.stringify(content), {
    file: `${content.svc_name}.json`,
    env: {},
    sections: {},
  }),
);

async function running(databaseUrl: string) {
  const deployment = await openDeployment({
    configs,
    services: [crm, leasing],
    databaseUrl,
    log: () => undefined,
  });
  await deployment.start();
  const client = await deployment.client('test');
  const ask = async (service: string, action: string, data: Json) => {
    const to = { exchange: service, routingKey: `${service}_requests` };
    return (await client.request(to, { action, data })) as JsonObject;
  };
  const done = async (action: string, data: JsonObject) =>
    assert.equal(await ask('leasing', action, data), {});
  for (const customer of [id(1), id(2)])
    assert.equal(await ask('crm', 'add', { id: customer, name: 'Kim' }), {});
  /** The services that would be asked about the customer. */
  const asked = async (customer: string): Promise<readonly string[]> =>
    ((await ask('crm', 'plan', { id: customer }))['votes'] as JsonObject[]).map(({ voter }) =>
      String(voter),
    );
  /** An `unsubscribe` is on its way for a moment. */
  const nobodyIsAsked = async (customer: string) => {
    while ((await asked(customer)).length > 0) await new Promise((next) => setImmediate(next));
  };
  const stop = async () => {
    await client.close();
    await deployment.stop();
  };
  return { ask, done, asked, nobodyIsAsked, stop };
}

type Bench = { readonly url: () => string; readonly end: (url: string) => Promise<void> };

function suiteOn(kind: string, { url, end }: Bench, needs: readonly 'postgres'[]): void {
  const test = suite(`the last row on ${kind}`, { deadlineMs: 120_000, needs: [...needs] });
  let databaseUrl: string;
  let world: Awaited<ReturnType<typeof running>>;
  test.before.each(async () => {
    databaseUrl = url();
    world = await running(databaseUrl);
  });
  test.after.each(async () => {
    await world.stop();
    await end(databaseUrl);
  });

  test('the subscription goes with the last row, and comes with the next row', async () => {
    const { done, asked, nobodyIsAsked } = world;
    await done('sign', { id: 'a', customerId: id(1) });
    await done('sign', { id: 'b', customerId: id(1) });
    await done('end', { ids: ['a', 'nobody'] });
    assert.equal(await asked(id(1)), ['leasing']);
    await done('end', { ids: ['b'] });
    await nobodyIsAsked(id(1));
    await done('sign', { id: 'c', customerId: id(1) });
    assert.equal(await asked(id(1)), ['leasing']);
  });

  test('a row that depends on another node now has left its former node', async () => {
    const { done, asked, nobodyIsAsked } = world;
    await done('sign', { id: 'a', customerId: id(1) });
    await done('move', { id: 'a', customerId: id(1) });
    assert.equal(await asked(id(1)), ['leasing']);
    await done('move', { id: 'a', customerId: id(2) });
    await nobodyIsAsked(id(1));
    assert.equal(await asked(id(2)), ['leasing']);
  });

  test('a node that another member of a row names keeps the subscription', async () => {
    const { ask, done, asked, nobodyIsAsked } = world;
    await done('sign', { id: 'a', customerId: id(1) });
    await done('sign', { id: 'b', customerId: id(2), guarantor: id(1) });
    await done('end', { ids: ['a'] });
    assert.equal(await asked(id(1)), ['leasing']);
    const { error } = await ask('crm', 'delete', { id: id(1) });
    assert.is((error as JsonObject)['name'], 'refused');
    await done('end', { ids: ['b'] });
    await nobodyIsAsked(id(1));
    await nobodyIsAsked(id(2));
    assert.equal(await ask('crm', 'delete', { id: id(1) }), {});
  });

  test('two requests that take the last two rows away at once give the subscription back', async () => {
    const { done, nobodyIsAsked } = world;
    const names = Array.from({ length: 12 }, (_, at) => `r${at}`);
    await Promise.all(names.map((name) => done('sign', { id: name, customerId: id(1) })));
    await Promise.all(names.map((name) => done('end', { ids: [name] })));
    await nobodyIsAsked(id(1));
  });

  test('a row that comes while the last one goes keeps the subscription', async () => {
    const { ask, done, asked } = world;
    for (let round = 0; round < 8; round += 1) {
      await done('sign', { id: `a${round}`, customerId: id(1) });
      await Promise.all([
        done('end', { ids: [`a${round}`] }),
        done('sign', { id: `b${round}`, customerId: id(1) }),
      ]);
      assert.equal(await asked(id(1)), ['leasing']);
      const { error } = await ask('crm', 'delete', { id: id(1) });
      assert.is((error as JsonObject)['name'], 'refused');
      await done('end', { ids: [`b${round}`] });
    }
  });

  test.run();
}

async function dropped(url: string): Promise<void> {
  const stores = [...new Set([crm, leasing].flatMap((one) => one.stores.map(({ sql }) => sql)))];
  const database = await openDatabase(url, { stores });
  await dropSchemas(database);
  await database.close();
}

suiteOn('memory', { url: () => 'memory://', end: async () => undefined }, []);
suiteOn('PostgreSQL', { url: () => postgresUrl(ownPrefix()), end: dropped }, ['postgres']);
