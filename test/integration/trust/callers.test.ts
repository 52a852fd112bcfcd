/** Callers with signatures, through gateways and services, in memory: a caller without a signature is not believed. */
import { serviceKindOf } from '../../../actors/catalog.ts';
import { sections } from '../../../actors/sections.ts';
import {
  createRuntime,
  memoryTransports,
  type RunningServices,
} from '../../../composition/create-runtime.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { serviceConfigPathsOf } from '../../../config/load.ts';
import { topologyOf } from '../../../config/topology.ts';
import type { CallerKeys } from '../../../config/trust-schema.ts';
import { Client } from '../../../runtime/client.ts';
import { callerSigner } from '../../../runtime/messages/caller-signature.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Headers } from '../../../runtime/ports/envelope.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { noLog } from '../../../runtime/ports/log.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('trust: signed callers', { deadlineMs: 60_000 });

const secrets = { old: 'o'.repeat(43), new: 'n'.repeat(43) };
const names = ['mcards', 'transactions', 'objects_api_crud', 'objects_model_crud'];
const cards = { exchange: 'mcards', routingKey: 'mcards_consume' };
const gateway = { exchange: 'objects', routingKey: 'objects_api_crud_consume' };

const env = {
  TRUST: JSON.stringify({
    services: Object.fromEntries(names.map((name) => [name, ['guest']])),
    callers: { secrets, sign_with: 'new' },
  }),
  CARDS__OWNER_HEADER: 'caller',
};
const configs = loadExchangeConfigs(names.flatMap(serviceConfigPathsOf), { env, sections });
const transports = memoryTransports();
const runtime: RunningServices = createRuntime({
  services: configs.map((config) => {
    return { ...serviceKindOf(config), name: config.svcName, config };
  }),
  transports,
  log: noLog,
});
const clients: Client[] = [];

test.before(() => runtime.start());
test.after(async () => {
  for (const client of clients) await client.close();
  await runtime.stop();
});

/** A client in another process. `keys`: what the client signs with. */
async function clientWith(keys?: CallerKeys): Promise<Client> {
  const client = new Client({
    transport: transports(),
    name: `portal ${clients.length}`,
    clock: systemClock,
    ids: systemIds(systemClock),
    outgoing: callerSigner(keys, systemClock),
  });
  clients.push(client);
  await client.open(topologyOf(configs));
  return client;
}

function keysOf(signWith: string, secret: string): CallerKeys {
  return { secrets: { [signWith]: secret }, signWith, maxAgeMs: 0 };
}

async function asked(
  client: Client,
  to: typeof cards,
  [action, data]: readonly [string, JsonObject],
  headers: Headers,
): Promise<JsonObject> {
  return (await client.request(to, { action, data }, { headers })) as Json as JsonObject;
}

const kim = { caller: 'kim', 'caller-roles': ['editor'] };

function refusalIn({ error }: JsonObject): string {
  const { name, at } = (error ?? {}) as JsonObject;
  return `${name} ${at}`;
}

test('the owner of a card is the signed caller, and the caller deletes the card', async () => {
  const client = await clientWith(keysOf('new', secrets.new));
  const card = { id: 'c-1', owner: 'kim' };
  assert.equal(await asked(client, cards, ['create', card], kim), { id: 'c-1' });
  const lee = await asked(client, cards, ['delete', card], { caller: 'lee' });
  assert.match(refusalIn(lee), /^not-permitted/);
  assert.equal(await asked(client, cards, ['delete', card], kim), {});
});

test('a client of the process, such as HTTP, signs too, with the key of the config', async () => {
  const client = await runtime.client('http');
  clients.push(client);
  const card = { id: 'c-2', owner: 'kim' };
  assert.equal(await asked(client, cards, ['create', card], kim), { id: 'c-2' });
  // The service hands the rest of the deletion to itself, in a message of the caller.
  assert.equal(await asked(client, cards, ['delete', { ...card, mode: 'async' }], kim), {});
});

test('a gateway signs the caller of a request that it hands on', async () => {
  const client = await clientWith(keysOf('old', secrets.old));
  const { id } = await asked(client, gateway, ['create', {}], kim);
  assert.is(typeof id, 'string');
});

const forgers: readonly (readonly [string, CallerKeys | undefined])[] = [
  ['without a signature', undefined],
  ['with a key that is not known', keysOf('evil', 'e'.repeat(43))],
  ['with another secret under a known id', keysOf('new', 'e'.repeat(43))],
];
for (const [how, keys] of forgers)
  test(`a caller ${how} is refused by a service and by a gateway`, async () => {
    const client = await clientWith(keys);
    const create = ['create', { owner: 'kim' }] as const;
    const refused = 'not-permitted /headers/caller-signature';
    assert.is(refusalIn(await asked(client, cards, create, kim)), refused);
    assert.is(refusalIn(await asked(client, gateway, ['create', {}], kim)), refused);
  });

test('a message that names no caller needs no signature', async () => {
  const client = await clientWith();
  const { id } = await asked(client, gateway, ['create', {}], {});
  assert.is(typeof id, 'string');
});

test.run();
