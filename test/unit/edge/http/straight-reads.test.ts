/** Reads that HTTP asks in place of a gateway: the question of the gateway, and nothing of its checks left out. */
import { straightReadsOf } from '../../../../edge/http/straight-reads.ts';
import type { Served } from '../../../../edge/http/unanimous-routes.ts';
import type { ServiceDefinition } from '../../../../runtime/messages/service-definition.ts';
import { Refused } from '../../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { type HttpWorld, httpWorld } from './http-world.ts';

const test = suite('http: straight reads', { deadlineMs: 60_000 });
const id = '018f2a10-0000-7000-8000-000000000001';
/** What is asked: the key, the action, and the options that the case is about. */
let asked: Json[] = [];
let world: HttpWorld;

/** A deployment whose client notes each request. `failure`: in place of each answer. */
function noting(deployment: Served, failure?: Error): Served {
  return {
    ...deployment,
    client: async (name) => {
      const client = await deployment.client(name);
      const request: typeof client.request = (to, body, options = {}) => {
        const { routingKey } = to as unknown as { readonly routingKey: string };
        const { from = name, timeoutMs = 0 } = options;
        asked.push([routingKey, (body as JsonObject)['action'] ?? null, from, timeoutMs]);
        return failure === undefined ? client.request(to, body, options) : Promise.reject(failure);
      };
      return Object.assign(Object.create(client), {
        request,
        close: () => client.close(),
      });
    },
  };
}

function changed(
  services: readonly ServiceDefinition[],
  name: string,
  change: Partial<ServiceDefinition['config']>,
): readonly ServiceDefinition[] {
  return services.map((service) =>
    service.name === name ? { ...service, config: { ...service.config, ...change } } : service,
  );
}

test.before(async () => {
  world = await httpWorld(noting);
});
test.before.each(() => {
  asked = [];
});
test.after(() => world.stop());

test('reads only: a read is asked of the model in the name of the gateway, a change goes to the gateway', async () => {
  const made = await world.created('connectors', 'straight');
  for (const url of ['', `${made}`, `${made}/links/Tags`])
    assert.is((await world.inject({ url: `/v1/connectors/${url}` })).statusCode, 200);
  const model = 'connectors_api_crud_publish';
  const from = 'connectors_api_crud';
  assert.equal(asked, [
    ['connectors_api_crud_consume', 'create', 'http', 10_000],
    [model, 'read', from, 10_000],
    [model, 'read', from, 10_000],
    [model, 'getLinkedTags', from, 10_000],
  ]);
});

test('the wait of the gateway is the longest wait', async () => {
  const { inject, stop } = await httpWorld((deployment) =>
    noting({
      ...deployment,
      services: deployment.services.map((service) => {
        const messages = Object.entries(service.messages).map(([action, route]) => {
          const { passedTo } = route;
          const passed = passedTo && { passedTo: { ...passedTo, timeoutMs: 70 } };
          return [action, { ...route, ...passed }] as const;
        });
        return { ...service, messages: Object.fromEntries(messages) };
      }),
    }),
  );
  await inject({ url: '/v1/tags/' });
  await stop();
  assert.equal(asked, [['tags_api_crud_publish', 'read', 'tags_api_crud', 70]]);
});

test('an answer beyond the limits of the gateway is too large', async () => {
  const { inject, stop } = await httpWorld((deployment) => ({
    ...deployment,
    services: changed(deployment.services, 'tags_api_crud', {
      limits: { bodyBytes: 99, depth: 9, keys: 9, answerBytes: 1, answerKeys: 1 },
    }),
  }));
  const answer = await inject({ url: '/v1/tags/' });
  await stop();
  assert.equal(
    [answer.statusCode, answer.json<JsonObject>()['type']],
    [413, 'urn:unanimous:error:answer-too-large'],
  );
});

test('an error of another kind than the answer keeps its name', async () => {
  const refused = new Refused('not-permitted', 'no');
  const { inject, stop } = await httpWorld((deployment) => noting(deployment, refused));
  const made = await inject({ method: 'POST', url: '/v1/tags/', payload: {} });
  const read = await inject({ url: '/v1/tags/' });
  await stop();
  for (const answer of [made, read])
    assert.is(answer.json<JsonObject>()['type'], 'urn:unanimous:error:not-permitted');
});

test('nothing left out: with trust or a broker user in the process every message goes to the gateway', () => {
  const { services } = world.deployment;
  const gateway = 'tags_api_crud';
  const trust = { services: {}, operators: [], unknown: 'refuse' } as const;
  const brokerUser = { name: 'tags' };
  assert.equal([...straightReadsOf(gateway, services).keys()], ['read']);
  for (const name of [gateway, 'tags_model_crud', 'maintenance'])
    for (const change of [{ trust }, { brokerUser }])
      assert.is(
        straightReadsOf(gateway, changed(services, name, change as object)).size,
        0,
        `${name} with ${Object.keys(change)}`,
      );
});

test('passed on: a gateway of somebody that names no question, and one that is not known, get every message', async () => {
  const { services } = world.deployment;
  const own = services.map((service) => {
    const messages = Object.entries(service.messages).map(([action, { passedTo: _, ...route }]) => [
      action,
      route,
    ]);
    return { ...service, messages: Object.fromEntries(messages) };
  });
  assert.is(straightReadsOf('tags_api_crud', own).size, 0);
  assert.is(straightReadsOf('tags_api_crud', []).size, 0);
  const { inject, stop } = await httpWorld((deployment) =>
    noting({ ...deployment, services: own }),
  );
  await inject({ url: `/v1/tags/${id}` });
  await stop();
  assert.equal(asked, [['tags_api_crud_consume', 'read', 'http', 10_000]]);
});

test.run();
