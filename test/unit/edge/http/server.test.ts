/** The server of the command on a real socket, its settings and the health of the process. */
import { parseExchangeConfig } from '../../../../composition/exchange-configs.ts';
import { ConfigError } from '../../../../config/config-error.ts';
import { openHttpServer } from '../../../../edge/http/server.ts';
import { httpSettingsOf, httpSettingsOrDefault } from '../../../../edge/http/settings.ts';
import { sections } from '../../../../index.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';
import { startedDeployment } from './http-world.ts';

const test = suite('http: server', { deadlineMs: 60_000 });
const settings = { host: '127.0.0.1', port: 0, waitMs: 10_000 };
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

test('the settings of a process: its configs agree, the environment counts, an entity suffices', () => {
  assert.equal(httpSettingsOf([configWith({ port: 8080 })]), { ...settings, port: 8080 });
  const overlaid = configWith(undefined, { HTTP__PORT: '9090' });
  assert.equal(httpSettingsOf([overlaid]), { ...settings, port: 9090 });
  assert.is(httpSettingsOf([configWith(undefined)]), undefined);
  assert.equal(httpSettingsOrDefault([configWith(undefined)]), settings);
  assert.is(httpSettingsOrDefault([]), undefined);
  assert.throws(
    () => httpSettingsOf([configWith({ port: 1 }), configWith({ port: 2 })]),
    (error: unknown) => error instanceof ConfigError && error.message.includes('/http'),
  );
});

test('without proof of the sender only a loopback address is taken', () => {
  for (const host of ['127.0.0.1', '::1', 'localhost']) configWith({ host });
  for (const host of ['0.0.0.0', '::', 'example.com', '127.evil.example'])
    assert.throws(
      () => configWith({ host }),
      (error: unknown) => error instanceof ConfigError && error.message.includes('/http/host'),
    );
});

test.run();
