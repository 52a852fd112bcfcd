/** The OpenAPI document: valid, complete, and what the routes really answer. */
import { Validator } from '@seriousme/openapi-schema-validator';
import type { InjectOptions } from 'fastify';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { type Conformance, conformanceTo, type OpenApiDocument } from './conformance.ts';
import { type HttpWorld, httpWorld } from './http-world.ts';

const test = suite('http: openapi', { deadlineMs: 60_000 });
let world: HttpWorld;
let document: OpenApiDocument;
let difference: Conformance;

test.before(async () => {
  world = await httpWorld();
  document = (await world.inject({ url: '/openapi.json' })).json();
  difference = conformanceTo(document);
});
test.after(() => world.stop());

/** The status and the body of a response that must be in the document. */
async function answer(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) {
  const options: InjectOptions = payload === undefined ? { method, url } : { method, url, payload };
  const response = await world.inject(options);
  assert.is(difference(method, url, response), undefined);
  return { status: response.statusCode, body: response.json<JsonObject>() };
}

test('the document is valid OpenAPI 3.1, and has the routes of every entity', async () => {
  const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
  assert.ok(valid, JSON.stringify(errors));
  const entity = (name: string) => [
    `/v1/${name}`,
    ...(name === 'sagas' ? [] : [`/v1/${name}/aliases`]),
    `/v1/${name}/{id}`,
    ...(name === 'sagas' ? [] : [`/v1/${name}/{id}/copies`]),
  ];
  assert.equal(Object.keys(document.paths).sort(), [
    '/livez',
    '/readyz',
    ...entity('connectors'),
    '/v1/connectors/{id}/links/Tags',
    ...entity('objects'),
    '/v1/plans',
    ...entity('sagas'),
    ...entity('tags'),
  ]);
  assert.equal(Object.keys(document.paths['/v1/tags'] ?? {}), ['post', 'get', 'put', 'delete']);
  assert.equal(document.servers, [{ url: '/' }]);
});

test('responses of every route, good and bad, are those of the document', async () => {
  const { body } = await answer('POST', '/v1/objects', { attributes: { cn: 'plant' } });
  const one = `/v1/objects/${String(body['id'])}`;
  await world.created('tags', 'load', String(body['id']));
  await world.openOrder(String(body['id']));
  const statuses = [
    (await answer('POST', '/v1/objects/', { attributes: { cn: 'plant' } })).status,
    (await answer('GET', '/v1/objects/?hierarchy=true&getParent=true')).status,
    (await answer('GET', one)).status,
    (await answer('GET', '/v1/objects/?scope=9')).status,
    (await answer('PUT', one, { attributes: { description: 'x' } })).status,
    (await answer('PUT', '/v1/objects/', {})).status,
    (await answer('DELETE', one)).status,
    (await answer('DELETE', '/v1/objects', { id: 'none' })).status,
    (await answer('GET', '/v1/sagas/')).status,
    (await answer('GET', '/v1/sagas/none')).status,
    (await answer('GET', '/livez')).status,
    (await answer('GET', '/readyz')).status,
  ];
  assert.equal(statuses, [409, 200, 200, 422, 200, 422, 409, 422, 200, 404, 200, 200]);
});

test('a plan names the nodes that would go and the vote against, and refuses an unknown entity', async () => {
  const id = await world.created('objects', 'planned');
  const { status, body } = await answer('POST', '/v1/plans/', { entity: 'objects', id });
  assert.equal([status, body['outcome'], body['ids']], [200, 'agreed', [id]]);
  const hash = String(body['hash']);
  const removed = await answer('DELETE', `/v1/objects/${id}?if_plan=${hash}`);
  assert.equal(removed, { status: 200, body: {} });
  const unknown = await answer('POST', '/v1/plans/', { entity: 'ghosts', id });
  assert.equal(unknown.body['errors'], [
    { pointer: '/entity', detail: 'found "ghosts"; allowed: connectors, objects, tags' },
  ]);
});

test('the page asks no other host and is sent with a policy that forbids others', async () => {
  const page = await world.inject({ url: '/docs' });
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.match(String(page.headers['content-security-policy']), "default-src 'none'");
  assert.not.match(page.body, /https?:|\bsrc=|\bimport\b/);
  const script = /<script>([\s\S]*)<\/script>/.exec(page.body)?.[1] ?? 'not a script (';
  assert.not.throws(() => new Function(script));
});

test.run();
