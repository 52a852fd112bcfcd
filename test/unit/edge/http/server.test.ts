/** The server of the command on a real socket, its settings and the health of the process. */

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { parseExchangeConfig } from '../../../../composition/exchange-configs.ts';
import { ConfigError } from '../../../../config/config-error.ts';
import type { HttpOptions } from '../../../../config/http-schema.ts';
import { httpSettings } from '../../../../config/http-settings.ts';
import type { HttpClient } from '../../../../edge/http/exchange.ts';
import { openHttpServer } from '../../../../edge/http/server.ts';
import { httpSettingsOf, httpSettingsOrDefault } from '../../../../edge/http/settings.ts';
import { sections } from '../../../../index.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';
import { httpWorld, startedDeployment } from './http-world.ts';

const test = suite('http: server', { deadlineMs: 60_000 });
const settings = httpSettings({});
const noLog = () => undefined;

function configWith(http: unknown, env = {}) {
  const text = JSON.stringify({
    svc_name: 'tags_api_crud',
    publish: { main: { name: 'tags', routing_key: 'out' } },
    consume: { main: { name: 'tags', queue: 'in', routing_key: 'in' } },
    api_crud: {},
    ...(http === undefined ? {} : { http }),
  });
  return parseExchangeConfig(text, { file: 'tags.json', env, sections });
}

function configOf(name: string) {
  const file = `${projectRoot}config/services/${name}.json`;
  return parseExchangeConfig(readFileSync(file, 'utf8'), { file, env: {}, sections });
}

test('a socket: created, read, healthy; a second server cannot have its port', async () => {
  const deployment = await startedDeployment();
  const server = await openHttpServer(deployment, settings, noLog);
  const made = await fetch(`${server.url}/v1/tags/`, { method: 'POST' });
  const location = made.headers.get('location');
  const { id } = (await made.json()) as { id: string };
  const node = (await (await fetch(`${server.url}${location}`)).json()) as { id: string };
  assert.is(node.id, id);
  for (const path of ['/livez', '/readyz'])
    assert.is((await fetch(`${server.url}${path}`)).status, 200);
  const port = Number(new URL(server.url).port);
  await assert.rejects(
    () => openHttpServer(deployment, { ...settings, port }, noLog),
    (error: unknown) => error instanceof Broken && error.message.includes(`port ${port}`),
  );
  await server.close();
  await assert.rejects(() => fetch(`${server.url}/livez`), TypeError);
  await deployment.stop();
});

/** The answer to bytes that are sent on a new connection. */
function answerToBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (data) => {
      answer += String(data);
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const broken = [
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['a head that is too long', `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
] as const;
for (const [what, bytes, status] of broken)
  test(`a socket: ${what} is answered ${status} as a problem`, async () => {
    const deployment = await startedDeployment();
    const server = await openHttpServer(deployment, settings, noLog);
    const answer = await answerToBytes(server.url, bytes);
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
    assert.ok(answer.includes('application/problem+json'), answer);
    const { status: told, type } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '{}');
    assert.equal([told, type], [status, 'about:blank']);
    await server.close();
    await deployment.stop();
  });

test('the settings of a process: its configs agree, the environment counts, a gateway or a service with records suffices', () => {
  assert.equal(httpSettingsOf([configWith({ port: 8080 })]), { ...settings, port: 8080 });
  const overlaid = configWith(undefined, { HTTP__PORT: '9090' });
  assert.equal(httpSettingsOf([overlaid]), { ...settings, port: 9090 });
  assert.is(httpSettingsOf([configWith(undefined)]), undefined);
  assert.equal(httpSettingsOrDefault([configWith(undefined)]), settings);
  for (const name of ['mcards', 'transactions'])
    assert.equal(httpSettingsOrDefault([configOf(name)]), settings, name);
  assert.is(httpSettingsOrDefault([configOf('tags_model_crud')]), undefined);
  assert.is(httpSettingsOrDefault([]), undefined);
  assert.throws(
    () => httpSettingsOf([configWith({ port: 1 }), configWith({ port: 2 })]),
    (error: unknown) => error instanceof ConfigError && error.message.includes('/http'),
  );
});

test('without proof of the sender only a loopback address is taken', () => {
  for (const host of ['127.0.0.1', '::1', 'localhost']) configWith({ host });
  for (const host of ['0.0.0.0', '::', 'example.com', '127.evil.example'])
    assertRefused({ host }, '/http/host');
  const sha256 = 'a'.repeat(64);
  assert.is(configWith({ host: '0.0.0.0', callers: { ada: { sha256 } } }).http?.host, '0.0.0.0');
  assertRefused({ callers: { ada: { sha256 }, bob: { sha256 } } }, '/http/callers');
  assertRefused({ jwt: { audience: 'shop' } }, '/http/jwt');
  const both = { jwks_file: 'a', public_key_file: 'b', audience: 'shop' };
  assertRefused({ jwt: both }, '/http/jwt');
});

test('the example of the document is a valid config', () => {
  const file = `${projectRoot}test/unit/docs/http/tags_api_crud.json`;
  const { http } = parseExchangeConfig(readFileSync(file, 'utf8'), { file, env: {}, sections });
  assert.equal(http?.callers['shop']?.roles, ['clerk']);
  assert.is(http?.jwt?.rolesClaim, 'roles');
});

test('pages of configured origins may send, others not, and a preflight is answered', async () => {
  const origin = 'https://shop.example';
  const { inject, stop } = await httpWorld(undefined, { cors_origins: [origin] });
  const preflight = await inject({
    method: 'OPTIONS',
    url: '/v1/objects/',
    headers: { origin, 'access-control-request-method': 'DELETE' },
  });
  assert.equal(
    [preflight.statusCode, preflight.headers['access-control-allow-origin']],
    [204, origin],
  );
  const read = (from: string) => inject({ url: '/v1/objects/', headers: { origin: from } });
  assert.is((await read(origin)).headers['access-control-allow-origin'], origin);
  assert.is((await read('https://evil.example')).statusCode, 403);
  await stop();
});

/** A world whose requests to services wait until the gate is opened. */
async function gatedWorld(http: HttpOptions = {}) {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let begun: () => void = () => undefined;
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const world = await httpWorld(
    (deployment) => ({
      ...deployment,
      client: async (name) => {
        const client = await deployment.client(name);
        return {
          close: () => client.close(),
          ping: (timeoutMs) => client.ping(timeoutMs),
          send: (...message) => client.send(...message),
          request: async (...message) => {
            begun();
            await gate;
            return client.request(...message);
          },
        };
      },
    }),
    http,
  );
  return { ...world, open: () => open(), isBegun };
}

test('a request over the limit is 503 with Retry-After; after the others there is room again', async () => {
  const { inject, stop, open, isBegun } = await gatedWorld({ requests_max: 1 });
  const first = inject({ url: '/v1/objects/' });
  await isBegun;
  const second = await inject({ url: '/livez' });
  assert.equal([second.statusCode, second.headers['retry-after']], [503, '1']);
  open();
  assert.is((await first).statusCode, 200);
  assert.is((await inject({ url: '/livez' })).statusCode, 200);
  await stop();
});

test('readyz: 503 while a database or the broker does not answer', async () => {
  const fails = async () => {
    throw new Error('down');
  };
  const worlds = [
    await httpWorld((deployment) => ({ ...deployment, history: fails })),
    await httpWorld((deployment) => ({
      ...deployment,
      client: async (name) => Object.assign(await deployment.client(name), { ping: fails }),
    })),
  ];
  for (const { inject, stop } of worlds) {
    const ready = await inject({ url: '/readyz' });
    assert.equal([ready.statusCode, ready.json<{ status: number }>().status], [503, 503]);
    assert.is((await inject({ url: '/livez' })).statusCode, 200);
    await stop();
  }
});

test('a stop: streams end, and no connection is taken', async () => {
  const deployment = await startedDeployment();
  const server = await openHttpServer(deployment, settings, noLog);
  const objects = `${server.url}/v1/objects/`;
  const { id } = (await (await fetch(objects, { method: 'POST' })).json()) as { id: string };
  await fetch(`${objects}${id}`, { method: 'DELETE', headers: { 'idempotency-key': 'gone' } });
  const record = deployment.sagaRecord;
  const open = { history: async (saga: string) => (await deployment.history(saga)).slice(0, 1) };
  const streaming = await openHttpServer(
    { ...deployment, ...open, sagaRecord: record },
    settings,
    noLog,
  );
  const stream = await fetch(`${streaming.url}/v1/sagas/gone%40http%40objects_api_crud`, {
    headers: { accept: 'text/event-stream' },
  });
  const closed = streaming.close();
  const text = await stream.text();
  await closed;
  assert.match(text, /^id: \S+\nevent: engaged\n/);
  assert.not.match(text, /event: end/);
  await assert.rejects(() => fetch(`${streaming.url}/livez`), TypeError);
  await server.close();
  await deployment.stop();
});

test('a stop: a request that no service answers is 503 after five seconds', async () => {
  const deployment = await startedDeployment();
  let begun: () => void = () => undefined;
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const served = {
    ...deployment,
    client: async (name: string) => {
      const client = await deployment.client(name);
      const unanswered = { exchange: '', routingKey: 'tags_model_crud_reply' };
      const request: HttpClient['request'] = (_to, _body, options) => {
        begun();
        return ask(unanswered, {}, options);
      };
      const ask = client.request.bind(client);
      return Object.assign(client, { request });
    },
  };
  const server = await openHttpServer(served, settings, noLog);
  const answer = fetch(`${server.url}/v1/objects/`, { headers: { prefer: 'wait=60' } });
  await isBegun;
  const closed = server.close();
  const { status, headers } = await answer;
  assert.equal([status, headers.get('retry-after')], [503, '1']);
  await closed;
  await deployment.stop();
});

function assertRefused(http: unknown, pointer: string): void {
  assert.throws(
    () => configWith(http),
    (error: unknown) => error instanceof ConfigError && error.message.includes(pointer),
  );
}

test.run();
