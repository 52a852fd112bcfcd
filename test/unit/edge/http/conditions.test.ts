/** Entity tags and methods: a client changes only the version that it has seen. */
import type { InjectOptions } from 'fastify';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { conformanceTo } from './conformance.ts';
import { type HttpWorld, httpWorld } from './http-world.ts';

const test = suite('http: conditions', { deadlineMs: 60_000 });
let world: HttpWorld;
test.before(async () => {
  world = await httpWorld();
});
test.after(() => world.stop());

async function tagOf(id: string): Promise<string> {
  const { headers } = await world.inject({ url: `/v1/objects/${id}` });
  return String(headers['etag']);
}

async function change(method: 'PUT' | 'DELETE', id: string, ifMatch: string) {
  const payload = method === 'PUT' ? { attributes: { description: ifMatch } } : {};
  const headers = { 'if-match': ifMatch };
  return world.inject({ method, url: `/v1/objects/${id}`, headers, payload });
}

test('a change under an old tag is 412 and changes nothing; under the present tag it is done', async () => {
  const id = await world.created('objects', 'tagged');
  const old = await tagOf(id);
  assert.is((await change('PUT', id, old)).statusCode, 200);
  const present = await tagOf(id);
  assert.is.not(present, old);
  for (const method of ['PUT', 'DELETE'] as const) {
    const refused = await change(method, id, old);
    assert.is(refused.statusCode, 412, method);
    assert.is(refused.json<JsonObject>()['type'], 'urn:unanimous:error:version-changed');
  }
  assert.is(await tagOf(id), present);
  for (const none of ['"x"', `W/${present}`, '7'])
    assert.is((await change('DELETE', id, none)).statusCode, 412, none);
  assert.is((await change('PUT', id, '*')).statusCode, 200);
  assert.is((await change('DELETE', id, `${old}, ${await tagOf(id)}`)).statusCode, 200);
});

test('a node that the client has is 304 without a body', async () => {
  const id = await world.created('objects', 'known');
  const tag = await tagOf(id);
  const read = (value: string) =>
    world.inject({ url: `/v1/objects/${id}`, headers: { 'if-none-match': value } });
  for (const known of [tag, `W/${tag}`, `"0", ${tag}`, '*']) {
    const { statusCode, body } = await read(known);
    assert.equal([statusCode, body], [304, ''], known);
  }
  assert.is((await read('"99"')).statusCode, 200);
});

test('a method that a path does not take is 405 and names those that it takes', async () => {
  const document = (await world.inject({ url: '/openapi.json' })).json();
  assert.ok(Object.keys(document.paths).length > 5);
  const ask = async (method: InjectOptions['method'] & string, url: string) => {
    const { statusCode, headers } = await world.inject({
      method: method as 'PATCH',
      url,
      payload: 'x',
      headers: { 'content-type': 'text/html' },
    });
    return [statusCode, headers['allow'], headers['content-type']];
  };
  const problem = 'application/problem+json; charset=utf-8';
  assert.equal(await ask('PATCH', '/v1/objects'), [405, 'GET, HEAD, POST, PUT, DELETE', problem]);
  assert.equal(await ask('PATCH', '/v1/objects/'), [405, 'GET, HEAD, POST, PUT, DELETE', problem]);
  assert.equal(await ask('POST', '/v1/objects/1'), [405, 'GET, HEAD, PUT, DELETE', problem]);
  assert.equal(await ask('DELETE', '/v1/sagas/1'), [405, 'GET, HEAD', problem]);
  assert.equal(await ask('PUT', '/livez'), [405, 'GET, HEAD', problem]);
  assert.is((await ask('PATCH', '/v1/nothing'))[0], 404);
  assert.is(
    conformanceTo(document)('GET', '/livez', await world.inject({ url: '/livez' })),
    undefined,
  );
});

test.run();
