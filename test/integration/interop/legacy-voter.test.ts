/**
 * A subscriber in Python that knows only `mayDelete` and `deleting` ("Old peers" in
 * `docs/protocol.md`), and the services of this package on RabbitMQ and PostgreSQL. The subscriber is
 * on the list of an object with a tag below.
 */

import { ledgerSqlModule } from '../../../actors/consent/ledger/sql/sql-ledger-store.ts';
import {
  type LedgerReads,
  ledgerRead,
  ledgerStoreName,
} from '../../../actors/consent/ledger/store.ts';
import type { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { Deployed } from './deployed.ts';
import { PythonVoter } from './python-voter.ts';

const test = suite('a legacy voter', {
  needs: ['rabbitmq', 'rabbitmqctl', 'postgres', 'python3-aio-pika'],
  deadlineMs: 60_000,
});
const ok = { response: 'ok' };
const lookAgainMs = 20;
const databaseUrl = postgresUrl(ownPrefix());

let world: Deployed;
let client: Client;
let database: Database;
let voter: PythonVoter;
let plant: string;
let tag: string;

test.before(async () => {
  world = await Deployed.open();
  database = await openDatabase(databaseUrl, { stores: [ledgerSqlModule], connectionsMax: 2 });
  client = await world.startOver(databaseUrl, ['objects_model_crud', 'tags_model_crud']);
});
test.after(async () => {
  await world.close();
  await dropSchemas(database);
  await database.close();
});
test.before.each(async () => {
  plant = await created('objects', {});
  tag = await created('tags', { parentId: plant });
  voter = await PythonVoter.subscribed(world.host.url, 'objects', 'warehouse', plant);
  await listed();
});
test.after.each(() => voter.close());

function ask(entity: string, action: string, data: Json): Promise<JsonObject> {
  const to = { exchange: entity, routingKey: `${entity}_model_crud_consume` };
  return client.request(to, { action, data }, { timeoutMs: 60_000 }) as Promise<JsonObject>;
}

async function created(entity: string, data: JsonObject): Promise<string> {
  return String((await ask(entity, 'create', data))['id']);
}

async function isThere(entity: string, id: string): Promise<boolean> {
  return ((await ask(entity, 'read', { id }))['data'] as readonly Json[]).length > 0;
}

/** One-way is not answered: it has come when the plant's list names it. */
async function listed(): Promise<void> {
  const { op, args } = ledgerRead('roster', { nodeIds: [plant] });
  const list: unknown = await database.stores.get(ledgerStoreName)?.read(op, args);
  const { subscriptions } = list as LedgerReads['roster']['result'];
  if (subscriptions.some(({ service }) => service === voter.key)) return;
  await new Promise<void>((resolve) => void systemClock.after(lookAgainMs, resolve));
  await listed();
}

function actionsOf(received: readonly JsonObject[]): readonly Json[] {
  return received.map(({ got }) => got as Json);
}

test('it agrees: it is asked after all others, sees nothing new, and the node goes', async () => {
  await voter.says({ mayDelete: ok, deleting: ok });
  assert.equal(await ask('objects', 'delete', { id: plant }), {});
  assert.equal(actionsOf(voter.received), [
    { action: 'mayDelete', data: { id: plant } },
    { action: 'deleting', data: { id: plant } },
  ]);
  assert.equal([await isThere('objects', plant), await isThere('tags', tag)], [false, false]);
  const votes = world.lines
    .filter(({ line }) => line['what'] === 'voted' && line['nodeId'] === plant)
    .map(({ line }) => line['voter']);
  assert.equal(votes, ['tags_model_crud', 'warehouse']);
  const order = world.lines.flatMap(({ line }) => {
    if (line['what'] === 'voted' && line['voter'] === 'tags_model_crud')
      return ['the tags have voted'];
    return line['what'] === 'asked' && (line['voters'] as readonly string[]).includes('warehouse')
      ? ['it is asked']
      : [];
  });
  assert.equal(order.slice(0, 2), ['the tags have voted', 'it is asked']);
});

for (const [shape, no, reason] of [
  ['an answer', { response: 'no', message: 'goods are stored there' }, 'goods are stored there'],
  ['a bare word', 'no', undefined],
  [
    'an error',
    { error: { code: 409, message: 'goods are stored there' } },
    'goods are stored there',
  ],
] as const) {
  test(`its no, given as ${shape}, calls everything off and is named`, async () => {
    await voter.says({ mayDelete: no });
    const { error } = (await ask('objects', 'delete', { id: plant })) as { error: JsonObject };
    const [refusal] = error['refusals'] as readonly JsonObject[];
    assert.equal(
      [error['code'], refusal?.['service'], refusal?.['nodeId']],
      [409, 'warehouse', plant],
    );
    if (reason !== undefined) assert.is(refusal?.['reason'], reason);
    assert.equal([await isThere('objects', plant), await isThere('tags', tag)], [true, true]);
    assert.is(
      voter.received.filter(({ got }) => (got as JsonObject)['action'] === 'deleting').length,
      0,
    );
  });
}

test('it keeps silent: it is named, and nothing has happened', async () => {
  await voter.says({ mayDelete: null });
  const { error } = (await ask('objects', 'delete', { id: plant })) as { error: JsonObject };
  assert.equal([error['code'], error['silent'], error['refusals']], [409, ['warehouse'], []]);
  assert.equal([await isThere('objects', plant), await isThere('tags', tag)], [true, true]);
});

test('it is told `deleting` again until it answers, under one correlation id; only then does the node go', async () => {
  await voter.says({ mayDelete: ok, deleting: null });
  const deletion = ask('objects', 'delete', { id: plant });
  await voter.got(3);
  assert.is(await isThere('objects', plant), true);
  await voter.says({ deleting: ok });
  assert.equal(await deletion, {});
  const [, ...told] = voter.received;
  assert.ok(
    told.length >= 2 && told.every(({ got }) => (got as JsonObject)['action'] === 'deleting'),
  );
  assert.is(new Set(told.map(({ correlation_id: id }) => id)).size, 1);
  assert.equal([await isThere('objects', plant), await isThere('tags', tag)], [false, false]);
});

test.run();
