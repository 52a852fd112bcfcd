/** Attacks on services with `trust` and signed callers, in memory: borrowed names, odd headers, replays and changes of signed messages. */
import { serviceKindOf } from '../../../actors/catalog.ts';
import { sections } from '../../../actors/sections.ts';
import { createRuntime } from '../../../composition/create-runtime.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { serviceConfigPathsOf } from '../../../config/load.ts';
import { Client } from '../../../runtime/client.ts';
import { callerSigner } from '../../../runtime/messages/caller-signature.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Headers, OutgoingMessage } from '../../../runtime/ports/envelope.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { noLog } from '../../../runtime/ports/log.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('trust: a hostile client', { deadlineMs: 60_000 });
const secrets = { k: 'k'.repeat(43) };
const keys = { secrets, signWith: 'k', maxAgeMs: 0 };
const names = ['mcards', 'transactions', 'objects_model_crud', 'tags_model_crud'];
const trust = {
  services: Object.fromEntries(names.map((name) => [name, ['plant']])),
  operators: ['ops'],
  clients: { '*': ['api', 'plant'] },
  callers: { secrets },
};
const env = { TRUST: JSON.stringify(trust), CARDS__OWNER_HEADER: 'caller' };
const configs = loadExchangeConfigs(names.flatMap(serviceConfigPathsOf), { env, sections });
const broker = new MemoryBroker(systemClock);
const runtime = createRuntime({
  services: configs.map((config) => {
    return { ...serviceKindOf(config), name: config.svcName, config };
  }),
  transports: () => new MemoryTransport(broker, { user: 'plant' }),
  log: noLog,
});
const cards = { exchange: 'mcards', routingKey: 'mcards_consume' };
const objects = { exchange: 'objects', routingKey: 'objects_model_crud_consume' };
const noId = '018f2a10-0000-7000-8000-000000000001';
const opened: Client[] = [];

test.before(() => runtime.start());
test.after(async () => {
  for (const client of opened) await client.close();
  await runtime.stop();
});

type Change = (message: OutgoingMessage) => OutgoingMessage;

/** A client of that user. `change`: what happens to a message on its way to the broker, after its signature. */
async function clientAs(user: string, change: Change = (message) => message, name = user) {
  const sign = callerSigner(user === 'stranger' ? undefined : keys, systemClock);
  const ports = { clock: systemClock, ids: systemIds(systemClock) };
  const transport = new MemoryTransport(broker, { user });
  const outgoing = (message: OutgoingMessage) => change(sign(message));
  const client = new Client({ transport, name, queue: `own.${opened.length}`, outgoing, ...ports });
  opened.push(client);
  await client.open();
  return async (
    to: typeof cards,
    action: string,
    data: JsonObject,
    more: { readonly headers?: Headers; readonly messageId?: string } = {},
  ): Promise<JsonObject> => (await client.request(to, { action, data }, more)) as JsonObject;
}

function errorName({ error }: JsonObject): string {
  return error === undefined ? 'none' : String((error as JsonObject)['name']);
}

function withHeaders(headers: Headers): Change {
  return (message) => {
    const { properties } = message;
    return {
      ...message,
      properties: { ...properties, headers: { ...properties.headers, ...headers } },
    };
  };
}

test('another user under the name of a service speaks for no service', async () => {
  const ask = await clientAs('stranger', undefined, 'tags_model_crud');
  const headers = { 'consent-protocol': 2, 'consent-saga': 'forged', 'consent-generation': 9 };
  const leave = { service: 'tags_model_crud', subscribe_to_id: [noId] };
  for (const [action, data] of [
    ['read', { id: noId }],
    ['isDeleting', { id: noId }],
    ['unsubscribe', leave],
    ['cancel', { saga: 's', by: 'ops', why: 'y' }],
  ] as const)
    assert.is(errorName(await ask(objects, action, data, { headers })), 'not-permitted', action);
});

test('a decision of an unknown saga is refused from a client, an operator and a stranger', async () => {
  for (const user of ['api', 'ops', 'stranger']) {
    const ask = await clientAs(user);
    const to = { exchange: 'objects', routingKey: 'tags_model_crud' };
    const headers = { 'consent-protocol': 2, 'consent-saga': 'nobody-began-it' };
    for (const action of ['deleting', 'updating', 'notDeleted', 'mayDelete'])
      assert.is(
        errorName(await ask(to, action, { id: noId }, { headers })),
        'not-permitted',
        action,
      );
  }
});

const changes: readonly (readonly [string, Change])[] = [
  ['another caller', withHeaders({ caller: 'lee' })],
  ['another role', withHeaders({ 'caller-roles': ['admin'] })],
  ['the roles as one text', withHeaders({ 'caller-roles': 'editor,admin' })],
  ['a table for the caller', withHeaders({ caller: { name: 'kim' } })],
  [
    'a signature of 50 000 characters',
    withHeaders({ 'caller-signature': `v1.k.1.${'x'.repeat(50_000)}` }),
  ],
  ['a list for the signature', withHeaders({ 'caller-signature': ['v1.k.1.x'] })],
  ['a key from the prototype', withHeaders({ 'caller-signature': 'v1.__proto__.1.x' })],
  ['a number beyond all times', withHeaders({ 'caller-signature': 'v1.k.999999999999999.x' })],
  [
    'another body',
    (message) => ({ ...message, body: Buffer.from('{"action":"create","data":{"owner":"lee"}}') }),
  ],
  [
    'another sender',
    (message) => ({ ...message, properties: { ...message.properties, appId: 'portal' } }),
  ],
];
for (const [what, change] of changes)
  test(`a signed message with ${what} is refused`, async () => {
    const ask = await clientAs('api', change);
    const headers = { caller: 'kim', 'caller-roles': ['editor'] };
    const answer = await ask(cards, 'create', { owner: 'kim' }, { headers });
    assert.is(errorName(answer), 'not-permitted', JSON.stringify(answer));
  });

test('a signed message that is sent again by a stranger changes nothing, and is answered to its client only', async () => {
  const seen: OutgoingMessage[] = [];
  const ask = await clientAs('api', (message) => {
    seen.push(message);
    return message;
  });
  const headers = { caller: 'kim' };
  const create = await ask(cards, 'create', { id: 'c-9', owner: 'kim' }, { headers });
  assert.equal(create, { id: 'c-9' });
  const stranger = new MemoryTransport(broker, { user: 'stranger' });
  await stranger.open({ exchanges: [], queues: [], bindings: [] });
  for (const message of seen) await stranger.publish(message);
  assert.equal(await ask(cards, 'delete', { id: 'c-9', owner: 'kim' }, { headers }), {});
  for (const message of seen) await stranger.publish(message);
  const { data } = await ask(cards, 'read', { id: 'c-9' });
  assert.equal(data, []);
  await stranger.close();
});

test('a thousand odd headers and 50 000 characters in another keep nobody from the service', async () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`x-${n}`, n]));
  const odd = { 'x-long': 'x'.repeat(40_000), 'x-deep': { a: { b: { c: [[[[1]]]] } } } };
  const ask = await clientAs('stranger', withHeaders({ ...many, ...odd }));
  assert.is(errorName(await ask(objects, 'create', {})), 'not-permitted');
  const honest = await clientAs('api');
  assert.is(typeof (await honest(objects, 'create', {}))['id'], 'string');
});

const replies = ['mcards_reply', 'objects_model_crud_consume', 'tags_model_crud', 'mcards_reply.x'];
for (const reply of replies)
  test(`no answer goes to ${reply} for a client`, async () => {
    const change: Change = (message) => ({
      ...message,
      properties: { ...message.properties, replyTo: reply },
    });
    const silent = await clientAs('api', change);
    const asked = silent(objects, 'read', { id: noId }, { messageId: `to ${reply}` });
    asked.catch(() => undefined);
    const honest = await clientAs('api');
    assert.equal((await honest(objects, 'read', { id: noId }))['data'], []);
    const kept = await runtime.deadLetters.list({ service: 'objects_model_crud' });
    const deadLetter = kept.find(({ properties }) => properties.messageId === `to ${reply}`);
    assert.match(deadLetter?.reason ?? 'nothing', /names a queue of/);
  });

test.run();
