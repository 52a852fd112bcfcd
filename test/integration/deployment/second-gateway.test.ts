/** A caller that asks again through another gateway, while the work of the first try is under way. */
import { storesInMemory } from '../../../composition/service-stores.ts';
import {
  createRuntime,
  MemoryJournal,
  memoryTransports,
  packageServices,
  type RunningServices,
} from '../../../deployment.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('second gateway', { deadlineMs: 30_000 });
const transports = memoryTransports();
const running: RunningServices[] = [];

test.after(async () => {
  for (const process of running) await process.stop();
});

/** The data of all processes, which outlives each process: the nodes of all entities have one store. */
const made = storesInMemory(
  packageServices('objects_model_crud').flatMap(({ stores }) => stores ?? []),
);
const data = {
  journal: new MemoryJournal({ stores: made }),
  stores: new Map(made.map((store) => [store.name, store])),
};

/** A process with one service. */
async function up(name: string): Promise<RunningServices> {
  const started = createRuntime({ services: packageServices(name), transports, ...data });
  await started.start();
  running.push(started);
  return started;
}

test('a second try through another gateway gets the answer to the first, and nothing is made twice', async () => {
  const objects = await up('objects_model_crud');
  await up('tags_model_crud');
  // The broker gives the messages of the queue to both in turn.
  const gateway = await up('tags_api_crud');
  await up('tags_api_crud');
  const client = await gateway.client('caller');
  const tags = { exchange: 'tags', routingKey: 'tags_api_crud_consume' };
  const parent = (await client.request(
    { exchange: 'objects', routingKey: 'objects_model_crud_consume' },
    { action: 'create', data: { attributes: { cn: 'plant' } } },
  )) as JsonObject;
  await objects.stop();

  const body = {
    action: 'create',
    data: { parentId: parent['id'] ?? '', attributes: { cn: 't' } },
  };
  const ask = (timeoutMs: number) =>
    client.request(tags, body, { messageId: 'same', timeoutMs }) as Promise<JsonObject>;
  const first = await ask(100).then(
    (answer) => JSON.stringify(answer),
    (error: Error) => error.message,
  );
  assert.match(first, /no answer/, first);
  const second = ask(20_000);
  await up('objects_model_crud');
  const answer = await second;
  assert.is(typeof answer['id'], 'string', JSON.stringify(answer));
  assert.equal(await ask(20_000), answer);
  const read = { action: 'read', data: { filter: { cn: ['t'] } } };
  const found = (await client.request(tags, read)) as { readonly data: readonly JsonObject[] };
  assert.equal(
    found.data.map(({ id }) => id),
    [answer['id']],
  );
  await client.close();
});

test.run();
