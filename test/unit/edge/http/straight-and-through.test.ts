/** Requests with odd queries, asked straight and through the gateway: one status and one body. */
import { readFileSync } from 'node:fs';
import { httpSettings } from '../../../../config/http-settings.ts';
import { type Deployment, openDeployment } from '../../../../deployment.ts';
import { httpApp } from '../../../../edge/http/server.ts';
import type { Served } from '../../../../edge/http/unanimous-routes.ts';
import { parseExchangeConfig, sections } from '../../../../index.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('http: straight and through the gateway', { deadlineMs: 60_000 });
const id = '018f2a10-0000-7000-8000-000000000001';
const nested = '{"cn":{"a":{"a":{"a":{"a":1}}}}}';
const values = ['', 'null', '0', '-1', '1.5', '[]', '{}', '[null]', '"x"', '%00', nested, 'true'];
const keys = ['id', 'base', 'scope', 'filter', 'deref', 'hierarchy', 'getParent', 'getVersion'];
const more = ['limit', 'after', 'attributes', 'unknown', '__proto__', 'action', 'if_version'];

function urls(): readonly string[] {
  const queries = [...keys, ...more].flatMap((key) =>
    values.map((value) => `${key}=${value === '%00' ? value : encodeURIComponent(value)}`),
  );
  const long = [`id=${'x'.repeat(900)}`, Array.from({ length: 90 }, () => 'id=1').join('&')];
  const asked = ['', ...queries, ...long].flatMap((query) => [`/?${query}`, `/${id}?${query}`]);
  return [...asked, '/%00', '/null', '/%F0%9F%98%80', `/${id.toUpperCase()}`, '/__proto__'];
}

async function opened(gateway: JsonObject, model: JsonObject = {}): Promise<Deployment> {
  const configs = Object.entries({ tags_model_crud: model, tags_api_crud: gateway });
  const deployment = await openDeployment({
    configs: configs.map(([name, change]) => {
      const file = `${projectRoot}config/services/${name}.json`;
      const content = { ...JSON.parse(readFileSync(file, 'utf8')), ...change };
      return parseExchangeConfig(JSON.stringify(content), { file, env: {}, sections });
    }),
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
  return deployment;
}

async function differences(
  deployment: Deployment,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly unknown[]> {
  const served = (services: Deployment['services']): Served =>
    Object.create(deployment, {
      services: { value: services },
      client: { value: (name: string) => deployment.client(name) },
    });
  const app = (services: Deployment['services']) =>
    httpApp(served(services), httpSettings({}), () => undefined);
  const [straight, through] = [app(deployment.services), app([])];
  const found: unknown[] = [];
  for (const url of urls().map((path) => `/v1/tags${path}`)) {
    const request = { url, headers };
    const answers = await Promise.all([straight.inject(request), through.inject(request)]);
    const [given, wanted] = answers.map(({ statusCode, body }) => `${statusCode} ${body}`);
    if (given !== wanted) found.push({ url, given, wanted });
  }
  await straight.close();
  await through.close();
  await deployment.stop();
  return found;
}

test('odd queries get the same answers', async () => {
  assert.equal(await differences(await opened({})), []);
});

test('an Idempotency-Key means nothing on a read: other questions under one key are answered', async () => {
  assert.equal(await differences(await opened({}), { 'idempotency-key': 'k' }), []);
});

test('limits of the gateway bound the message and the answer', async () => {
  const limits = { body_bytes: 700, depth: 4, keys: 40, answer_bytes: 10 };
  assert.equal(await differences(await opened({ limits })), []);
});

test('prefixes and a lenient model get the same answers', async () => {
  const change = { action_prefix: 'tags', compat: 'lenient' };
  assert.equal(await differences(await opened(change, change)), []);
});

test.run();
