/** Entities over HTTP: each request is a message, and each error of an answer a problem. */

import { Transient } from '../../../../runtime/ports/errors.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { appOf } from '../../docs/http/plugin.ts';
import { type HttpWorld, httpWorld, startedDeployment } from './http-world.ts';

const test = suite('http: entities', { deadlineMs: 60_000 });
const json = { 'content-type': 'application/json' };
type Node = { readonly dn: string; readonly attributes: Record<string, unknown[]> };
const unknownId = '018f2a10-0000-7000-8000-00000000dead';
let world: HttpWorld;

test.before(async () => {
  world = await httpWorld();
});
test.after(() => world.stop());

test('a node is created, read in three ways, updated and deleted', async () => {
  const { inject } = world;
  const payload = { attributes: { cn: 'plant', description: 'north' } };
  const made = await inject({ method: 'POST', url: '/v1/objects', payload });
  const { id } = made.json<{ id: string }>();
  assert.equal([made.statusCode, made.headers.location], [201, `/v1/objects/${id}`]);
  const filter = encodeURIComponent('{"cn":["plant"]}');
  const byQuery = await inject({
    url: `/v1/objects/?filter=${filter}&attributes=cn&attributes=description&getParent=false`,
  });
  const byBody = await inject({
    url: '/v1/objects/',
    headers: json,
    payload: JSON.stringify({ id, attributes: ['cn', 'description'] }),
  });
  const byPath = await inject({ url: `/v1/objects/${id}?attributes=cn&attributes=description` });
  const node = {
    id,
    dn: 'cn=plant,cn=objects,cn=prs',
    attributes: { cn: ['plant'], description: ['north'] },
  };
  assert.equal(byQuery.json(), { data: [node] });
  assert.equal(byBody.json(), { data: [node] });
  assert.equal(byPath.json(), node);
  const attributes = { description: 'south' };
  const changed = await inject({
    method: 'PUT',
    url: `/v1/objects/${id}`,
    payload: { attributes },
  });
  assert.equal([changed.statusCode, changed.json()], [200, {}]);
  const after = await inject({ url: `/v1/objects/${id}?attributes=description` });
  assert.equal(after.json<JsonObject>()['attributes'], { description: ['south'] });
  const gone = await inject({ method: 'DELETE', url: '/v1/objects/', payload: { id: [id] } });
  assert.equal([gone.statusCode, gone.json()], [200, {}]);
  const absent = await inject({ url: `/v1/objects/${id}` });
  assert.equal(
    [absent.statusCode, absent.headers['content-type']],
    [404, 'application/problem+json; charset=utf-8'],
  );
});

test('an alias is made over HTTP, and a read finds its target unless deref is false', async () => {
  const { inject, created } = world;
  const [home, pump] = [await created('objects', 'home'), await created('objects', 'far pump')];
  const payload = { parentId: home, aliasOf: pump, cn: 'shortcut' };
  const made = await inject({ method: 'POST', url: '/v1/objects/aliases', payload });
  assert.is(made.statusCode, 201);
  const below = async (more: string) => {
    const { data } = (await inject({ url: `/v1/objects?base=${home}&scope=1${more}` })).json<{
      data: { id: string }[];
    }>();
    return data.map(({ id }) => id);
  };
  assert.equal(await below(''), [pump]);
  const refused = await inject({
    method: 'POST',
    url: '/v1/objects/aliases',
    payload: { ...payload, aliasOf: unknownId },
  });
  assert.is(refused.statusCode, 404);
  const taken = await inject({ method: 'POST', url: '/v1/objects/aliases', payload });
  assert.is(taken.statusCode, 409);
});

test('a copy has new ids, and the ids of copied nodes in its attributes are rewritten', async () => {
  const { inject, created } = world;
  const line = await created('objects', 'line');
  const part = await created('objects', 'part', line);
  const attributes = { script: `of ${line}`, settings: { at: part, other: unknownId } };
  await inject({ method: 'PUT', url: `/v1/objects/${part}`, payload: { attributes } });
  const url = `/v1/objects/${line}/copies`;
  const taken = await inject({ method: 'POST', url });
  assert.equal([taken.statusCode, taken.json()['errors'][0].pointer], [409, '/attributes/cn']);
  const made = await inject({ method: 'POST', url, payload: { attributes: { cn: 'line 2' } } });
  const { id, ids } = made.json<{ id: string; ids: Record<string, string> }>();
  assert.equal([made.statusCode, made.headers['location']], [201, `/v1/objects/${id}`]);
  assert.equal([Object.keys(ids), ids[line]], [[line, part], id]);
  const copy = (await inject({ url: `/v1/objects/${ids[part]}` })).json<Node>();
  assert.is(copy.dn, 'cn=part,cn=line 2,cn=objects,cn=prs');
  assert.equal(copy.attributes['script'], [`of ${id}`]);
  assert.equal(copy.attributes['settings'], [{ at: ids[part], other: unknownId }]);
  const original = (await inject({ url: `/v1/objects/${part}` })).json<Node>();
  assert.equal(original.attributes['script'], [`of ${line}`]);
});

test('nodes of other services below are named, and are left out with only_own', async () => {
  const { inject, created } = world;
  const line = await created('objects', 'with a tag');
  const tag = await created('tags', 'level', line);
  const copy = (payload: object) =>
    inject({ method: 'POST', url: `/v1/objects/${line}/copies`, payload });
  const refused = await copy({ attributes: { cn: 'bare' } });
  assert.equal(refused.statusCode, 409);
  assert.match(refused.json()['detail'], `the prsTag level (${tag})`);
  const bare = (await copy({ attributes: { cn: 'bare' }, only_own: true })).json<{ id: string }>();
  const tags = await inject({
    method: 'POST',
    url: `/v1/tags/${tag}/copies`,
    payload: { parentId: bare.id, replace: { [line]: bare.id } },
  });
  assert.is(tags.statusCode, 201);
  const gone = await inject({ method: 'POST', url: `/v1/objects/${unknownId}/copies` });
  assert.equal([gone.statusCode, gone.json()['errors'][0].pointer], [404, '/id']);
});

test('a read is answered whatever the client prefers', async () => {
  for (const prefer of ['respond-async', 'wait=0']) {
    const reply = await world.inject({ url: '/v1/objects/', headers: { prefer } });
    assert.is(reply.statusCode, 200, prefer);
  }
});

test('links are resources below a node', async () => {
  const { inject, created } = world;
  const [connector, tag] = [await created('connectors', 'plc'), await created('tags', 'speed')];
  const url = `/v1/connectors/${connector}/links/Tags`;
  const made = await inject({
    method: 'PUT',
    url,
    payload: { tagId: [tag], attributes: { topic: 'a' } },
  });
  assert.equal([made.statusCode, made.json()], [200, {}]);
  const found = await inject({ url });
  assert.equal(found.json(), { data: [{ tagId: tag, attributes: { topic: 'a' } }] });
  await inject({ method: 'DELETE', url: `${url}?tagId=${tag}` });
  assert.equal((await inject({ url })).json(), { data: [] });
  const wrong = await inject({ method: 'PUT', url, payload: { tagId: unknownId } });
  assert.is(wrong.statusCode, 404);
});

test('a refused deletion is 409 and names who refuses, why, and the saga', async () => {
  const id = await world.created('objects', 'pump');
  await world.openOrder(id);
  const reply = await world.inject({ method: 'DELETE', url: `/v1/objects/${id}` });
  const problem = reply.json<JsonObject>();
  assert.equal([reply.statusCode, problem['type']], [409, 'urn:unanimous:error:refused']);
  assert.equal(problem['refusals'], [
    { service: 'maintenance', nodeId: id, reason: 'work order w1 is open: oil' },
  ]);
  const saga = encodeURIComponent(String(problem['saga']));
  const record = await world.inject({ url: `/v1/sagas/${saga}` });
  assert.equal(record.json<JsonObject>()['state'], 'called off');
});

test('the place of a taken name is a pointer into the body', async () => {
  const { inject } = world;
  const create = (payload: JsonObject) => inject({ method: 'POST', url: '/v1/objects', payload });
  await create({ attributes: { cn: 'taken' } });
  const taken = (await create({ attributes: { cn: 'taken' } })).json<JsonObject>();
  assert.equal(
    [taken['status'], taken['errors']],
    [409, [{ pointer: '/attributes/cn', detail: taken['detail'] }]],
  );
});

test('a place in the message is 422 with a pointer into the body, a body that cannot be read 400', async () => {
  const post = async (payload: string, headers = json) => {
    const reply = await world.inject({ method: 'POST', url: '/v1/objects/', payload, headers });
    const { status, errors } = reply.json<{ status: number; errors?: { pointer: string }[] }>();
    assert.is(reply.statusCode, status);
    return [status, errors?.map(({ pointer }) => pointer)];
  };
  assert.equal(await post('{"parentId": 7}'), [422, ['/parentId']]);
  assert.equal(await post('{"attributes": {"cn": 9007199254740993}}'), [422, ['/attributes/cn']]);
  assert.equal(await post('{"attributes": {"__proto__": 1}}'), [422, ['/attributes/__proto__']]);
  assert.equal(await post('[1]'), [422, ['']]);
  assert.equal(await post('{'), [400, undefined]);
  assert.equal(await post('{}', { 'content-type': 'text/plain' }), [415, undefined]);
  const text = { 'content-type': 'text/plain' };
  const reply = await world.inject({
    method: 'POST',
    url: '/v1/objects/',
    payload: '{}',
    headers: text,
  });
  assert.match(
    reply.json<{ detail: string }>().detail,
    /allowed is a body of application\/json or/,
  );
  assert.is(reply.headers['accept'], 'application/json, text/json');
  assert.equal(await post(`"${'x'.repeat(1_048_576)}"`), [413, undefined]);
  const byQuery = await world.inject({ url: '/v1/objects/?scope=7' });
  assert.is(byQuery.json<{ errors: { pointer: string }[] }>().errors[0]?.pointer, '/scope');
  const twoIds = await world.inject({
    method: 'PUT',
    url: `/v1/objects/${unknownId}`,
    payload: { id: '018f2a10-0000-7000-8000-000000000001' },
  });
  assert.equal([twoIds.statusCode, twoIds.json<JsonObject>()['status']], [422, 422]);
});

test('a content type without a body says nothing, on every route', async () => {
  const id = await world.created('objects', 'typed');
  const headers = { 'content-type': 'application/json' };
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded'])
    for (const url of [`/v1/objects/${id}`, '/v1/sagas/', '/openapi.json', '/livez', '/readyz']) {
      const reply = await world.inject({ url, headers: { ...headers, 'content-type': type } });
      assert.is(reply.statusCode, 200, `${url} with ${type}: ${reply.body}`);
    }
  const sagas = { url: '/v1/sagas/', payload: '{', headers: { 'content-type': 'text/plain' } };
  assert.is((await world.inject(sagas)).statusCode, 415);
});

test('a request under one Idempotency-Key is done once; under another content it is refused', async () => {
  const create = (key: string, cn: string) =>
    world.inject({
      method: 'POST',
      url: '/v1/objects/',
      payload: { attributes: { cn } },
      headers: { 'idempotency-key': key },
    });
  const [first, again] = [await create('k-1', 'once'), await create('"k-1"', 'once')];
  assert.equal([first.statusCode, again.statusCode], [201, 201]);
  assert.is(again.json<JsonObject>()['id'], first.json<JsonObject>()['id']);
  const other = await create('k-1', 'twice');
  assert.equal(
    [other.statusCode, other.json<JsonObject>()['type']],
    [409, 'urn:unanimous:error:message-id-reused'],
  );
  assert.is((await create('a key', 'x')).statusCode, 400);
});

test('respond-async: 202 names the saga, whose record tells the end', async () => {
  const id = await world.created('objects', 'later');
  const remove = (prefer: string) =>
    world.inject({
      method: 'DELETE',
      url: `/v1/objects/${id}`,
      headers: { prefer, 'idempotency-key': 'later-1' },
    });
  const accepted = await remove('respond-async');
  assert.is(accepted.statusCode, 202);
  assert.equal((await remove('wait=10')).json(), {});
  const record = await world.inject({ url: String(accepted.headers.location) });
  assert.is(record.json<JsonObject>()['state'], 'done');
  assert.equal(accepted.json(), { saga: '/v1/sagas/later-1%40http%40objects_api_crud' });
});

test('an answer that comes too late: 202 for a deletion, 504 with the key for a creation', async () => {
  const impatient = await httpWorld((deployment) => ({
    ...deployment,
    client: async (name) => {
      const client = await deployment.client(name);
      return Object.assign(client, {
        request: async () => {
          throw new Transient('timed-out', 'no answer within 10 ms');
        },
      });
    },
  }));
  const { inject, stop } = impatient;
  const headers = { 'idempotency-key': 'slow' };
  const url = `/v1/objects/${unknownId}`;
  const removed = await inject({ method: 'DELETE', url, headers });
  assert.equal(
    [removed.statusCode, removed.headers.location],
    [202, '/v1/sagas/slow%40http%40objects_api_crud'],
  );
  const made = await inject({ method: 'POST', url: '/v1/objects/', payload: {}, headers });
  assert.equal([made.statusCode, made.json<JsonObject>()['idempotencyKey']], [504, 'slow']);
  await stop();
});

test('an unknown entity, saga and path are 404 problems', async () => {
  for (const url of ['/v1/ghosts/', '/v1/sagas/none', '/nothing', '/v1/objects/a/b']) {
    const reply = await world.inject({ url });
    assert.equal(
      [reply.statusCode, reply.headers['content-type'], reply.json<JsonObject>()['status']],
      [404, 'application/problem+json; charset=utf-8', 404],
    );
  }
});

test('pages of another site, and names that only resolve here, are refused', async () => {
  const statusOf = async (headers: Record<string, string>) =>
    (await world.inject({ method: 'POST', url: '/v1/objects/', headers })).statusCode;
  assert.is(await statusOf({ host: 'evil.example' }), 421);
  assert.is(await statusOf({ host: 'localhost:80', origin: 'http://evil.example' }), 403);
  assert.is(await statusOf({ host: 'localhost:80', origin: 'http://localhost:80' }), 201);
});

test('api_version of a gateway is the first part of its paths', async () => {
  const { inject, stop } = await httpWorld((deployment) => ({
    ...deployment,
    configs: deployment.configs.map((config) =>
      config.svcName === 'tags_api_crud' ? { ...config, apiVersion: '/v2' } : config,
    ),
  }));
  const made = await inject({ method: 'POST', url: '/v2/tags/', payload: {} });
  assert.equal([made.statusCode, String(made.headers.location).slice(0, 9)], [201, '/v2/tags/']);
  assert.is((await inject({ url: '/v1/tags/' })).statusCode, 404);
  assert.is((await inject({ url: '/v1/objects/' })).statusCode, 200);
  const { paths } = (await inject({ url: '/openapi.json' })).json<{ paths: JsonObject }>();
  await stop();
  const described = (start: string) => Object.keys(paths).some((path) => path.startsWith(start));
  assert.equal([described('/v2/tags'), described('/v1/tags')], [true, false]);
});

test('the plugin serves in an app of somebody, under a prefix, and leaves its errors alone', async () => {
  const deployment = await startedDeployment();
  const app = await appOf(deployment);
  const made = await app.inject({ method: 'POST', url: '/api/v1/tags', payload: {} });
  const location = String(made.headers.location);
  assert.equal([made.statusCode, location.slice(0, 13)], [201, '/api/v1/tags/']);
  assert.is((await app.inject({ url: location })).statusCode, 200);
  assert.is((await app.inject({ url: '/' })).body, 'the shop');
  const ownMissing = await app.inject({ url: '/nothing' });
  assert.is(ownMissing.json<JsonObject>()['error'], 'Not Found');
  await app.close();
  await deployment.stop();
});

test.run();
