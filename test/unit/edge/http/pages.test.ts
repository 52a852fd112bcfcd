/** Pages of nodes over HTTP and as messages ("Reading" in `docs/wire.md`). */
import { loadExchangeConfigs } from '../../../../composition/exchange-configs.ts';
import { httpSettings } from '../../../../config/http-settings.ts';
import { serviceConfigPaths } from '../../../../config/load.ts';
import { openDeployment } from '../../../../deployment.ts';
import { httpApp } from '../../../../edge/http/server.ts';
import { sections } from '../../../../index.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('http: pages', { deadlineMs: 60_000 });
const names = ['p1', 'p2', 'p3', 'p4', 'p5'];

async function opened() {
  const paths = serviceConfigPaths().filter((path) => path.includes('/objects_'));
  const model = paths.filter((path) => path.includes('_model_'));
  const env = { HIERARCHY__READ_NODES_MAX: '3' };
  const configs = [
    ...loadExchangeConfigs(model, { env, sections }),
    ...loadExchangeConfigs(
      paths.filter((path) => !model.includes(path)),
      { env: {}, sections },
    ),
  ];
  const log = () => undefined;
  const deployment = await openDeployment({ configs, databaseUrl: 'memory://', log });
  await deployment.start();
  const app = httpApp(deployment, httpSettings({}), log);
  for (const cn of names)
    await app.inject({ method: 'POST', url: '/v1/objects/', payload: { attributes: { cn } } });
  return {
    async get(query: string): Promise<[number, JsonObject]> {
      const reply = await app.inject({ url: `/v1/objects/?attributes=cn&${query}` });
      return [reply.statusCode, reply.json<JsonObject>()];
    },
    async stop() {
      await app.close();
      await deployment.stop();
    },
  };
}

let world: Awaited<ReturnType<typeof opened>>;
test.before(async () => {
  world = await opened();
});
test.after(() => world.stop());

test('pages are followed by `next` until there is none', async () => {
  const found: unknown[] = [];
  let query = 'limit=2';
  for (let more = true; more; ) {
    const [status, { data, next }] = await world.get(query);
    assert.is(status, 200);
    for (const { attributes } of data as { attributes: { cn: string[] } }[])
      found.push(attributes.cn[0]);
    query = `limit=2&after=${encodeURIComponent(String(next))}`;
    more = next !== undefined;
  }
  assert.equal(found, names);
});

test('a read of more nodes than one answer takes is 413 and names the limit', async () => {
  const [status, problem] = await world.get('scope=2');
  assert.equal([status, problem['type']], [413, 'urn:unanimous:error:answer-too-large']);
  assert.match(String(problem['detail']), /more than 3 nodes .*hierarchy\.read_nodes_max/);
});

test('a place that no answer gave, a page of no nodes and a nested page are refused', async () => {
  const pointer = async (query: string) => {
    const [status, { errors }] = await world.get(query);
    return [status, (errors as { pointer: string }[])[0]?.pointer];
  };
  assert.equal(await pointer('after=p1'), [422, '/after']);
  assert.equal(await pointer('limit=0'), [422, '/limit']);
  assert.equal(await pointer('limit=2&hierarchy=true'), [422, '/hierarchy']);
});

test.run();
