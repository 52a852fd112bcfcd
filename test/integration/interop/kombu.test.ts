/** Debian's kombu and our services on a real broker, in both directions. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateSync } from 'node:zlib';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import { topologyOf } from '../../../config/topology.ts';
import { encodeBody } from '../../../runtime/messages/codec.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { RabbitmqTransport } from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { assert, suite } from '../../support/suite.ts';
import { Deployed } from './deployed.ts';
import { pythonJson, pythonLines } from './python-program.ts';

const test = suite('kombu', {
  needs: ['rabbitmq', 'rabbitmqctl', 'python3-kombu'],
  deadlineMs: 60_000,
});

const koin = readFileSync(
  new URL('../../unit/config/koin-publishers.json', import.meta.url),
  'utf8',
);
const topology = topologyOf([
  parseExchangeConfig(koin, { file: 'koin-publishers.json', env: {}, sections: {} }),
]);
const publishers = topology.queues.map(({ name }) => name);
const cards = { exchange: 'mcards', routingKey: 'mcards_consume' };
const urls = ['https://example.org/a.png', 'https://example.org/b.png'];
let world: Deployed;

test.before(async () => {
  world = await Deployed.open();
});
test.after.each(() => world.end(topology));
test.after(() => world.close());

function publish(
  name: string,
  body: Json,
  headers: Json = {},
  compression = 'none',
): Promise<unknown> {
  return pythonLines(
    'kombu_publish.py',
    world.host.url,
    name,
    JSON.stringify(body),
    JSON.stringify(headers),
    compression,
  );
}

function consume(name: string, count: number): Promise<readonly Json[]> {
  return pythonJson('kombu_consume.py', world.host.url, name, String(count));
}

/** Starts the cards and their transactions with cards of these ids, and gives a way to read those that are left. */
async function startWithCards(...ids: readonly string[]): Promise<() => Promise<readonly Json[]>> {
  const client = await world.start('mcards', 'transactions');
  for (const id of ids) {
    const data = {
      id,
      owner: 'kim',
      transaction: `t-${id}`,
      metadata: { must_be_deleted_files: urls },
    };
    assert.equal(await client.request(cards, { action: 'create', data }), { id });
  }
  return async () => {
    const answer = (await client.request(cards, {
      action: 'read',
      data: { id: [...ids] },
    })) as JsonObject;
    return (answer['data'] as readonly JsonObject[]).map(({ id }) => id as Json);
  };
}

function transport(): RabbitmqTransport {
  return new RabbitmqTransport({ urls: [world.host.url], clock: systemClock, random: () => 0.5 });
}

test('its publisher burns a card, once, with the request id in a header or in the body', async () => {
  const left = await startWithCards('c1', 'c2', 'c3');
  const burn = (card: string) => ({ card, owner: 'kim', transaction: `t-${card}`, kind: 'db' });
  await publish('mcard.single_burn', { mcard_burn: burn('c1') }, { request_id: 'r1' });
  await publish('mcard.single_burn', { mcard_burn: burn('c1') }, { request_id: 'r1' });
  await publish('mcard.single_burn', { mcard_burn: burn('c2'), request_id: 'r2' });
  await Promise.all(['c1', 'c2'].map((card) => world.told('card removed', card)));
  assert.equal(await left(), ['c3']);
  assert.is(world.times('card removed', 'c1'), 1);
});

test('its compression is read', async () => {
  const left = await startWithCards('c1', 'c2');
  await publish(
    'mcard.single_burn',
    { mcard_burn: { card: 'c1', owner: 'kim' } },
    { request_id: 'r1' },
    'gzip',
  );
  await world.told('card removed', 'c1');
  assert.equal(await left(), ['c2']);
});

test('a compression we do not know is refused, and the next message is handled', async () => {
  const left = await startWithCards('c1', 'c2');
  await publish(
    'mcard.single_burn',
    { mcard_burn: { card: 'c1', owner: 'kim' } },
    { request_id: 'r1' },
    'bzip2',
  );
  await publish(
    'mcard.single_burn',
    { mcard_burn: { card: 'c2', owner: 'kim' } },
    { request_id: 'r2' },
  );
  await world.told('card removed', 'c2');
  assert.equal([await left(), await world.deadLetters()], [['c1'], 1]);
});

test('its consumer reads what a deletion publishes', async () => {
  await startWithCards('c1');
  await publish(
    'mcard.single_burn',
    { mcard_burn: { card: 'c1', owner: 'kim' } },
    { request_id: 'r1' },
  );
  const messages = (await consume('file_management_queue', urls.length)) as readonly JsonObject[];
  assert.equal(
    messages.map(({ type, routing_key }) => [type, routing_key]),
    urls.map(() => ['application/json', 'file_management_queue']),
  );
  const found = messages.map(({ body }) =>
    typeof body === 'string' ? body : ((body as JsonObject)['url'] ?? null),
  );
  assert.equal([...found].sort(), urls);
});

test('its plain publisher has files removed by bare URLs, as text and as JSON', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kombu-'));
  const roots = { FILE_REMOVER__ROOTS: JSON.stringify([folder]) };
  await world.startOver('memory://', ['file_remover'], roots);
  for (const serializer of ['default', 'json']) {
    const path = join(folder, serializer);
    await writeFile(path, 'x');
    const { href } = pathToFileURL(path);
    await pythonLines('kombu_send.py', world.host.url, 'file_management_queue', serializer, href);
    await world.noted(({ line }) => line['url'] === href && line['what'] === 'file removed');
  }
  assert.equal(
    (await readdir(folder)).filter((name) => !name.startsWith('.')),
    [],
  );
  await rm(folder, { recursive: true });
});

test('what it has declared is what we declare: the services start, and a burn goes through', async () => {
  await pythonLines('kombu_declare.py', world.host.url, 'file_management_queue', ...publishers);
  const left = await startWithCards('c1');
  await publish(
    'mcard.single_burn',
    { mcard_burn: { card: 'c1', owner: 'kim' } },
    { request_id: 'r1' },
  );
  await world.told('card removed', 'c1');
  assert.equal(await left(), []);
});

test('it may declare what we have declared', async () => {
  await world.start('mcards', 'transactions', 'file_remover');
  const shared = ['mcard.single_burn', 'transaction.process', 'file_management_queue'];
  assert.equal(await pythonLines('kombu_declare.py', world.host.url, ...shared), shared);
});

test('the fifteen publishers: it declares and publishes, we declare and read', async () => {
  await pythonLines('kombu_declare.py', world.host.url, ...publishers);
  for (const name of publishers) await publish(name, { from: name });
  const ours = transport();
  await ours.open(topology);
  const received = await Promise.all(
    publishers.map(
      (name) =>
        new Promise<string>((resolve) => {
          const take = async ({ body }: { body: Uint8Array }) => {
            resolve(new TextDecoder().decode(body));
            return 'done' as const;
          };
          void ours.consume(name, { prefetch: 1 }, take);
        }),
    ),
  );
  await ours.close();
  assert.equal(
    received.map((text) => JSON.parse(text)),
    publishers.map((name) => ({ from: name })),
  );
});

test('the fifteen publishers: we declare and publish, it declares and reads', async () => {
  assert.is(publishers.length, 15);
  const ours = transport();
  await ours.open(topology);
  for (const name of publishers) {
    const properties = { contentType: 'application/json', persistent: true };
    const outcome = await ours.publish({
      exchange: name,
      routingKey: name,
      mandatory: true,
      properties,
      body: encodeBody({ to: name }),
    });
    assert.is(outcome.kind, 'confirmed');
  }
  await ours.close();
  for (const name of publishers) {
    const [message] = (await consume(name, 1)) as readonly JsonObject[];
    assert.equal(message?.['body'], { to: name });
  }
});

test('a body compressed as kombu does it is read by kombu, too', async () => {
  const [name = ''] = publishers;
  const ours = transport();
  await ours.open(topology);
  const properties = {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    headers: { compression: 'application/x-gzip' },
    persistent: true,
  };
  await ours.publish({
    exchange: name,
    routingKey: name,
    mandatory: true,
    properties,
    body: deflateSync(encodeBody({ small: true })),
  });
  await ours.close();
  const [message] = (await consume(name, 1)) as readonly JsonObject[];
  assert.equal(message?.['body'], { small: true });
});

test.run();
