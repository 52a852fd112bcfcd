/**
 * The entity of docs/hooks.md in memory: what each hook refuses, changes, writes and starts, also for
 * nodes that go along with a node of another service.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  defineEntity,
  type EntityOptions,
  openDeployment,
  type PackageService,
  packageServices,
  type ServiceModule,
} from '../../../../deployment.ts';
import { activity, Broken } from '../../../../index.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { machines } from './machines.ts';

const test = suite('hooks of an entity', { deadlineMs: 60_000 });
let folder: string;
let labels: string;

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'labels-'));
  labels = join(folder, 'labels.txt');
  process.env['LABELS'] = labels;
});
test.after.each(() => {
  delete process.env['LABELS'];
  rmSync(folder, { recursive: true });
});

/** The labels that are printed, when there are so many. The deadline of the test ends the wait. */
async function printed(count: number): Promise<readonly JsonObject[]> {
  const lines = existsSync(labels) ? readFileSync(labels, 'utf8').split('\n').slice(0, -1) : [];
  if (lines.length >= count) return lines.map((line) => JSON.parse(line) as JsonObject);
  await setImmediate();
  return printed(count);
}

/** The services of these entities, with this one in the place of the package's. */
async function running(hooked: ServiceModule, ...entities: readonly string[]) {
  const all = packageServices(...entities);
  const of = all.find(({ name }) => name === hooked.name) as PackageService;
  const deployment = await openDeployment({
    configs: [of.config],
    services: [...all.filter((one) => one !== of), hooked],
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
  const client = await deployment.client('test');
  const ask = async (entity: string, action: string, data: Json): Promise<JsonObject> => {
    const address = { exchange: entity, routingKey: `${entity}_model_crud_consume` };
    return (await client.request(address, { action, data })) as JsonObject;
  };
  const stop = async () => {
    await client.close();
    await deployment.stop();
  };
  return { ask, stop, deployment };
}

function problem({ error }: JsonObject): readonly (Json | undefined)[] {
  const { code, name, message } = error as JsonObject;
  return [code, name, message];
}

const machine = (cn: string, description: string) => ({ attributes: { cn, description } });

test('a hook refuses with its message and status, and nothing is written', async () => {
  const { ask, stop } = await running(machines, 'objects');
  const refused = await ask('objects', 'create', machine('pump', '17'));
  assert.equal(refused['id'], null);
  assert.equal(problem(refused), [
    400,
    'bad-message',
    'the description is no serial number like SN-17',
  ]);
  assert.equal(await ask('objects', 'read', {}), { data: [] });
  await stop();
});

test('a hook changes the attributes, and its writes stand in the commit of the node', async () => {
  const { ask, stop } = await running(machines, 'objects');
  const { id } = await ask('objects', 'create', machine('pump', 'sn-17'));
  const { data } = await ask('objects', 'read', { id: String(id) });
  const [{ attributes }] = data as [{ attributes: JsonObject }];
  assert.equal(
    [attributes['description'], attributes['prsActive'], attributes['label']],
    [['SN-17'], [true], ['pump, made here']],
  );
  const twin = await ask('objects', 'create', machine('twin', 'SN-17'));
  assert.equal(problem(twin).slice(0, 2), [409, 'name-taken']);
  const found = (await ask('objects', 'read', {}))['data'] as readonly JsonObject[];
  assert.equal(
    found.map((node) => node['id']),
    [id],
  );
  await stop();
});

test('an activity runs after the commit, with one key for each change', async () => {
  const { ask, stop } = await running(machines, 'objects');
  const { id } = await ask('objects', 'create', machine('pump', 'SN-1'));
  await printed(1);
  assert.equal(await ask('objects', 'update', { id: String(id), attributes: { cn: 'fan' } }), {});
  await ask('objects', 'update', { id: String(id), attributes: { prsIndex: 2 } });
  const lines = await printed(2);
  assert.equal(
    lines.map(({ text }) => text),
    ['pump', 'fan'],
  );
  assert.is(new Set(lines.map(({ idempotencyKey }) => idempotencyKey)).size, 2);
  await stop();
});

test('a hook refuses an update before anybody is asked', async () => {
  const { ask, stop } = await running(machines, 'objects');
  const { id } = await ask('objects', 'create', machine('pump', 'SN-1'));
  const refused = await ask('objects', 'update', {
    id: String(id),
    attributes: { description: 'SN-2' },
  });
  assert.equal(problem(refused), [409, 'refused', 'a serial number never changes']);
  await stop();
});

test('a hook refuses a deletion by the attributes of any node in it, and cleans up with it', async () => {
  const { ask, stop, deployment } = await running(machines, 'objects');
  const { id } = await ask('objects', 'create', machine('hall', 'SN-1'));
  const inside = await ask('objects', 'create', {
    parentId: String(id),
    ...machine('pump', 'SN-2'),
  });
  await ask('objects', 'update', { id: String(id), attributes: { prsActive: false } });
  const { error } = await ask('objects', 'delete', { id: String(id) });
  assert.equal(
    ((error as JsonObject)['refusals'] as readonly JsonObject[]).map(({ reason }) => reason),
    ['cn=pump,cn=hall,cn=objects,cn=prs is switched on'],
  );
  await ask('objects', 'update', { id: String(inside['id']), attributes: { prsActive: false } });
  assert.equal(await ask('objects', 'delete', { id: String(id) }), {});
  assert.is((await deployment.counts())['serials.rows'] ?? 0, 0);
  assert.is(typeof (await ask('objects', 'create', machine('hall', 'SN-2')))['id'], 'string');
  await stop();
});

test('a hook of a voter refuses the deletion of a node of another service, and is told the end', async () => {
  const gone: string[] = [];
  const tags = defineEntity('tags_model_crud', {
    deleting: ({ node }) =>
      node.attributes['description']?.includes('in use') ? 'the tag is in use' : undefined,
    deleted: ({ node }) => {
      gone.push(String(node.attributes['cn']));
      return undefined;
    },
  });
  const { ask, stop } = await running(tags, 'objects', 'tags');
  const { id } = await ask('objects', 'create', { attributes: { cn: 'pump' } });
  const tag = await ask('tags', 'create', {
    parentId: String(id),
    attributes: { cn: 'speed', description: 'in use' },
  });
  const { error } = await ask('objects', 'delete', { id: String(id) });
  assert.equal((error as JsonObject)['refusals'], [
    { service: 'tags_model_crud', nodeId: String(id), reason: 'the tag is in use' },
  ]);
  await ask('tags', 'update', { id: String(tag['id']), attributes: { description: null } });
  assert.equal(await ask('objects', 'delete', { id: String(id) }), {});
  assert.equal([...new Set(gone)], ['speed']);
  await stop();
});

test('a hook refuses a read, and sees the query and the sender', async () => {
  const objects = defineEntity('objects_model_crud', {
    reading: ({ query, message }) =>
      query.scope === 2 ? { refused: `${message.from} may not`, code: 'not-permitted' } : undefined,
  });
  const { ask, stop } = await running(objects, 'objects');
  assert.equal(problem(await ask('objects', 'read', { scope: 2 })).slice(0, 2), [
    403,
    'not-permitted',
  ]);
  assert.equal(await ask('objects', 'read', { scope: 1 }), { data: [] });
  await stop();
});

test('an activity that gives up leaves a dead letter with the reason', async () => {
  const fails = activity(
    async (_input: { readonly id: string }): Promise<undefined> => {
      throw new Error('out of paper');
    },
    { attemptsMax: 1 },
  );
  const objects = defineEntity('objects_model_crud', {
    activities: { fails },
    created: ({ id }) => ({ start: { activity: 'fails', input: { id } } }),
  });
  const { ask, stop, deployment } = await running(objects, 'objects');
  await ask('objects', 'create', { attributes: { cn: 'pump' } });
  let kept = await deployment.deadLetters.list();
  while (kept.length === 0) {
    await setImmediate();
    kept = await deployment.deadLetters.list();
  }
  assert.equal(
    kept.map(({ reason }) => reason),
    ['the activity fails has given up: out of paper'],
  );
  await stop();
});

test('nobody else starts an activity', async () => {
  const { ask, stop } = await running(machines, 'objects');
  const start = { activity: 'print', input: { id: 'x', text: 'y' } };
  assert.equal(problem(await ask('objects', 'startActivity', start)).slice(0, 2), [
    400,
    'unknown-action',
  ]);
  await stop();
});

/** A hook as JavaScript may write the hook. */
function odd(hook: string, result: unknown): EntityOptions {
  return { [hook]: () => result };
}

test('a result in another form changes nothing, and the error names the hook', async () => {
  const cases = [
    ['creating', Promise.resolve(), /'creating' gave a promise; allowed: undefined, \{ attributes/],
    ['creating', { attribute: {} }, /'creating' gave the member 'attribute'/],
    ['creating', { refused: 'no', code: 'broken' }, /'creating' gave the code "broken"/],
    ['created', { writes: ['x'] }, /'created' gave a write without store and op/],
    ['created', { start: { activity: 'x' } }, /'created' gave the activity "x", where .* none/],
    ['creating', { attributes: { prsIndex: 'x' } }, /\/data\/attributes\/prsIndex/],
  ] as const;
  for (const [hook, result, expected] of cases) {
    const { ask, stop } = await running(
      defineEntity('objects_model_crud', odd(hook, result)),
      'objects',
    );
    const [, , message] = problem(await ask('objects', 'create', { attributes: { cn: 'pump' } }));
    assert.match(String(message), expected);
    assert.equal(await ask('objects', 'read', {}), { data: [] }, String(expected));
    await stop();
  }
});

test('a hook that fails changes nothing, and the error names the hook', async () => {
  const fails = () => {
    throw new Error('out of paper');
  };
  for (const hook of ['creating', 'created']) {
    const entity = defineEntity('objects_model_crud', { [hook]: fails });
    const { ask, stop } = await running(entity, 'objects');
    const answer = await ask('objects', 'create', { attributes: { cn: 'pump' } });
    assert.equal(problem(answer).slice(2), [`the hook '${hook}' failed: out of paper`]);
    assert.equal(await ask('objects', 'read', {}), { data: [] });
    await stop();
  }
  const { ask, stop } = await running(
    defineEntity('objects_model_crud', { reading: fails, updating: fails }),
    'objects',
  );
  const { id } = (await ask('objects', 'create', { attributes: { cn: 'pump' } })) as { id: string };
  const told = [
    await ask('objects', 'read', { id }),
    await ask('objects', 'update', { id, attributes: { cn: 'pump 2' } }),
  ].map((answer) => problem(answer).slice(2));
  assert.equal(told, [
    ["the hook 'reading' failed: out of paper"],
    ["the hook 'updating' failed: out of paper"],
  ]);
  await stop();
});

test('a misspelt hook is refused where the entity is defined', () => {
  assert.throws(
    () => defineEntity('objects_model_crud', odd('creted', undefined)),
    (error: unknown) =>
      error instanceof Broken &&
      /found 'creted' .* allowed: the functions creating/.test(error.message),
  );
});

test.run();
