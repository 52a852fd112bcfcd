/** A service agrees to a deletion and keeps its invoices up to a moment; a dispute holds the deletion up to another one. */
import { Type } from 'typebox';
import type { OpenDeployment } from '../../../composition/open-deployment.ts';
import { openDeployment } from '../../../deployment.ts';
import { defineParticipant, defineTable, parseExchangeConfig } from '../../../index.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { id } from '../../unit/actors/consent/sample.ts';
import { crm } from '../../unit/docs/customers/crm.ts';

const test = suite('retention', { deadlineMs: 60_000 });

const invoices = defineTable('kept-invoices', {
  row: Type.Object({ customerId: Type.String(), until: Type.String(), state: Type.String() }),
  by: ['customerId'],
});
const Id = Type.String({ format: 'uuid' });

const books = defineParticipant({
  name: 'books',
  stores: [invoices],
  requests: {
    issue: {
      schema: Type.Object({ id: Type.String(), customerId: Id, until: Type.String() }),
      on: ({ customerId }) => ({ customers: [customerId] }),
      writes: ({ id: invoice, customerId, until }) =>
        invoices.add(invoice, { customerId, until, state: 'open' }),
    },
    dispute: {
      schema: Type.Object({ id: Type.String(), customerId: Id }),
      on: ({ customerId }) => ({ customers: [customerId] }),
      writes: ({ id: invoice }) => invoices.set(invoice, { state: 'disputed' }),
    },
    // #region lifts
    settle: {
      schema: Type.Object({ id: Type.String(), customerId: Id }),
      writes: ({ id: invoice }) => invoices.set(invoice, { state: 'open' }),
      lifts: ({ customerId }) => ({ customers: [customerId] }),
    },
    // #endregion
    list: {
      schema: Type.Object({ customerId: Id }),
      read: ({ customerId }) => invoices.find({ customerId }),
    },
  },
  dependsOn: {
    customers: {
      rows: invoices.by('customerId'),
      mayDelete: ({ dependants }) => {
        const disputed = dependants.find(({ state }) => state === 'disputed');
        return disputed && { reason: `invoice ${disputed.id} is disputed`, until: disputed.until };
      },
      retains: ({ dependants }) =>
        dependants.map(({ id: what, until }) => ({ what, basis: 'commercial law', until })),
      deleting: ({ dependants, retentionEnded }) =>
        dependants.map((row) =>
          retentionEnded ? invoices.remove(row) : invoices.change(row, { state: 'kept' }),
        ),
    },
  },
});

const customer = id(1);
const own = (name: string) => ({ name, routing_key: `${name}_requests` });
const configs = [
  {
    svc_name: 'crm',
    publish: { main: { name: 'crm', routing_key: 'crm_facts' } },
    consume: { main: { ...own('crm'), queue: 'crm' } },
  },
  {
    svc_name: 'books',
    consume: { main: { ...own('books'), queue: 'books' } },
    subscribe: {
      customers: { publish: own('crm'), consume: { name: 'crm', routing_key: 'crm_facts' } },
    },
  },
].map((content) =>
  parseExchangeConfig(JSON.stringify(content), {
    file: `${content.svc_name}.json`,
    env: {},
    sections: {},
  }),
);

async function running() {
  const deployment = await openDeployment({
    configs,
    services: [crm, books],
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
  const client = await deployment.client('test');
  const send = async (to: { exchange: string; routingKey: string }, action: string, data: Json) =>
    (await client.request(to, { action, data })) as JsonObject;
  const ask = (service: string, action: string, data: Json) =>
    send({ exchange: service, routingKey: `${service}_requests` }, action, data);
  const states = async () =>
    ((await ask('books', 'list', { customerId: customer }))['data'] as JsonObject[]).map(
      ({ state }) => state,
    );
  const stop = async () => {
    await client.close();
    await deployment.stop();
  };
  assert.equal(await ask('crm', 'add', { id: customer, name: 'Kim' }), {});
  /** As housekeeping does a week after the deletion. */
  const pruneTombstones = async () => {
    const { journals } = deployment as OpenDeployment;
    const found = [...journals.values()].map((journal) =>
      journal.prune('tombstones', Number.MAX_SAFE_INTEGER, 1_000),
    );
    const counts = await Promise.all(found);
    return counts.some((count) => count > 0);
  };
  /** How many ends of retentions the record of the saga has. */
  const endsOf = async (saga: Json | undefined) => {
    const journals = new Set((deployment as OpenDeployment).journals.values());
    const lines = await Promise.all([...journals].map((one) => one.history(String(saga))));
    return lines.flat().filter(({ line }) => line['what'] === 'retention ended').length;
  };
  return { ask, send, states, stop, pruneTombstones, endsOf };
}

const soon = (inMs = 500) => new Date(systemClock.now() + inMs).toISOString();
const later = '2999-12-31';

test('what is kept stands in the answer, and goes when its time has come', async () => {
  const { ask, states, stop } = await running();
  const until = soon();
  assert.equal(await ask('books', 'issue', { id: 'i1', customerId: customer, until }), {});
  const { retained, saga } = await ask('crm', 'delete', { id: customer });
  assert.equal(retained, [
    { nodeId: customer, service: 'books', what: 'i1', basis: 'commercial law', until },
  ]);
  assert.is(typeof saga, 'string');
  assert.equal(await ask('crm', 'get', { id: customer }), { data: [] });
  while ((await states()).length > 0) await new Promise((done) => setImmediate(done));
  assert.ok(systemClock.now() >= Date.parse(until));
  await stop();
});

test('what is kept goes although the tombstones of the deletion are pruned', async () => {
  const { ask, states, stop, pruneTombstones } = await running();
  const until = soon();
  assert.equal(await ask('books', 'issue', { id: 'i1', customerId: customer, until }), {});
  assert.ok('retained' in (await ask('crm', 'delete', { id: customer })));
  assert.ok(await pruneTombstones());
  while ((await states()).length > 0) await new Promise((done) => setImmediate(done));
  assert.ok(systemClock.now() >= Date.parse(until));
  await stop();
});

test('what is kept up to two times goes at the later time, and both ends are acknowledged', async () => {
  const { ask, states, stop, endsOf } = await running();
  const [first, second] = [soon(), soon(1_500)];
  for (const [invoice, until] of [
    ['i1', first],
    ['i2', second],
  ])
    assert.equal(await ask('books', 'issue', { id: invoice, customerId: customer, until }), {});
  const { saga } = await ask('crm', 'delete', { id: customer });
  while ((await endsOf(saga)) < 2) await new Promise((done) => setImmediate(done));
  assert.ok(systemClock.now() >= Date.parse(second));
  assert.equal(await states(), []);
  await stop();
});

test('a later end is not believed earlier', async () => {
  const { ask, send, states, stop } = await running();
  assert.equal(await ask('books', 'issue', { id: 'i1', customerId: customer, until: later }), {});
  assert.ok('retained' in (await ask('crm', 'delete', { id: customer })));
  assert.equal(await states(), ['kept']);
  const forged = await send({ exchange: 'crm', routingKey: 'books' }, 'deleting', {
    id: customer,
    retention_ended: true,
  });
  assert.is(forged['response'], 'no');
  assert.equal(await states(), ['kept']);
  await stop();
});

test('a plan says what would be kept', async () => {
  const { ask, stop } = await running();
  assert.equal(await ask('books', 'issue', { id: 'i1', customerId: customer, until: later }), {});
  const plan = await ask('crm', 'plan', { id: customer });
  const [vote] = plan['votes'] as JsonObject[];
  assert.equal(vote?.['retains'], [
    { service: 'books', what: 'i1', basis: 'commercial law', until: later },
  ]);
  await stop();
});

async function disputed(until: string) {
  const system = await running();
  const invoice = { id: 'i1', customerId: customer };
  assert.equal(await system.ask('books', 'issue', { ...invoice, until }), {});
  assert.equal(await system.ask('books', 'dispute', invoice), {});
  const gone = async () => {
    const read = () => system.ask('crm', 'get', { id: customer });
    while (((await read())['data'] as readonly Json[]).length > 0)
      await new Promise((done) => setImmediate(done));
  };
  return { ...system, invoice, gone };
}
const errorOf = (answer: JsonObject) => (answer['error'] ?? {}) as JsonObject;
const retry = { id: customer, when_held: 'retry' };

test('a hold stands in the refusal with its end; without when_held the refusal is the end', async () => {
  const { ask, stop } = await disputed(later);
  const refused = errorOf(await ask('crm', 'delete', { id: customer }));
  assert.equal(refused['refusals'], [
    { service: 'books', nodeId: customer, reason: 'invoice i1 is disputed', until: later },
  ]);
  assert.is(refused['held_until'], undefined);
  assert.is(
    errorOf(await ask('crm', 'cancelHeld', { id: customer, by: 'ada', why: 'w' }))['code'],
    404,
  );
  await stop();
});

test('a lifted hold starts the deletion again', async () => {
  const { ask, invoice, gone, stop } = await disputed(later);
  assert.is(errorOf(await ask('crm', 'delete', retry))['held_until'], later);
  assert.equal(await ask('books', 'settle', invoice), {});
  await gone();
  await stop();
});

test('a hold beyond the end of the waiting is not waited for', async () => {
  const { ask, stop } = await disputed(soon());
  const giveUp = { ...retry, give_up_at: '2000-01-01' };
  const refused = errorOf(await ask('crm', 'delete', giveUp));
  assert.equal([refused['name'], refused['held_until']], ['refused', undefined]);
  await stop();
});

test('the end of a hold starts the deletion again', async () => {
  const until = soon();
  const { ask, gone, stop } = await disputed(until);
  assert.is(errorOf(await ask('crm', 'delete', retry))['held_until'], until);
  await gone();
  assert.ok(systemClock.now() >= Date.parse(until));
  await stop();
});

test('an operator ends the waiting', async () => {
  const { ask, invoice, stop } = await disputed(later);
  assert.is(errorOf(await ask('crm', 'delete', retry))['held_until'], later);
  assert.equal(await ask('crm', 'cancelHeld', { id: customer, by: 'ada', why: 'a mistake' }), {});
  assert.equal(await ask('books', 'settle', invoice), {});
  assert.is(((await ask('crm', 'get', { id: customer }))['data'] as readonly Json[]).length, 1);
  await stop();
});

for (const [what, data] of [
  ['a list', { id: [customer, id(2)], when_held: 'retry' }],
  ['no time', { ...retry, give_up_at: 'soon' }],
  ['another word', { id: customer, when_held: 'wait' }],
] as const)
  test(`${what} is refused`, async () => {
    const { ask, stop } = await running();
    assert.is(errorOf(await ask('crm', 'delete', data))['name'], 'bad-message');
    await stop();
  });

test.run();
