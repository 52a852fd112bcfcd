/**
 * Files of nodes: the deletion of a node removes the files that its attributes name, with receipts, in
 * the package's own services over one embedded database.
 */
import { readFileSync } from 'node:fs';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DeletionPlan } from '../../../actors/consent/plan-schema.ts';
import { sagaRecord } from '../../../actors/consent/saga-record.ts';
import { sections } from '../../../actors/sections.ts';
import { sagaWaiting } from '../../../actors/waiting/saga-waiting.ts';
import { certificateContent } from '../../../cli/certificate/content.ts';
import { sagaLines } from '../../../cli/saga-text.ts';
import { deployedServices } from '../../../composition/deployed-services.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import { fileFindings } from '../../../composition/file-findings.ts';
import { type OpenDeployment, openServices } from '../../../composition/open-deployment.ts';
import type { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { projectRoot } from '../../support/project-root.ts';
import { assert, suite } from '../../support/suite.ts';
import { configText } from '../consent/entity-configs.ts';

const test = suite('files of nodes', { deadlineMs: 60_000 });
const queue = 'file_management_queue';
const publisher = JSON.parse(
  readFileSync(`${projectRoot}test/unit/docs/files/tags-publish.json`, 'utf8'),
) as JsonObject;
let root: string;
let deployment: OpenDeployment;
let client: Client;
let lines: HistoryLine[];
let seen: () => void;

const withFiles = (config: JsonObject): JsonObject => ({
  ...config,
  publish: {
    ...(config['publish'] as JsonObject),
    ...publisher,
  },
  hierarchy: {
    ...(config['hierarchy'] as JsonObject),
    must_be_deleted_files: ['picture', 'scans'],
  },
});

function configsIn(folder: string) {
  const names = ['objects_model_crud', 'tags_model_crud', 'file_remover'];
  return names.map((name) =>
    parseExchangeConfig(configText(name, { tags_model_crud: withFiles }), {
      file: `${name}.json`,
      env: name === 'file_remover' ? { FILE_REMOVER__ROOTS: JSON.stringify([folder]) } : {},
      sections,
    }),
  );
}

test.before.each(async () => {
  root = await mkdtemp(join(tmpdir(), 'node-files-'));
  lines = [];
  seen = () => undefined;
  deployment = await openServices(deployedServices(configsIn(root)), [], {
    databaseUrl: 'memory://',
    onHistory: (more) => {
      lines.push(...more);
      seen();
    },
  });
  await deployment.start();
  client = await deployment.client('test');
});
test.after.each(async () => {
  await client.close();
  await deployment.stop();
  await rm(root, { recursive: true, force: true });
});

async function fileAt(name: string): Promise<string> {
  await writeFile(join(root, name), 'content');
  return pathToFileURL(join(root, name)).href;
}

async function ask(entity: string, action: string, data: Json): Promise<JsonObject> {
  const to = { exchange: entity, routingKey: `${entity}_model_crud_consume` };
  return (await client.request(to, { action, data })) as JsonObject;
}

const create = async (attributes: JsonObject, parentId?: Json): Promise<string> => {
  const answer = await ask('tags', 'create', { attributes, ...(parentId ? { parentId } : {}) });
  assert.is(typeof answer['id'], 'string', JSON.stringify(answer));
  return String(answer['id']);
};

async function removed(count: number, what = 'file removed'): Promise<readonly HistoryLine[]> {
  const done = () => lines.filter(({ line }) => line['what'] === what);
  while (done().length < count)
    await new Promise<void>((resolve) => {
      seen = resolve;
    });
  return done();
}

async function isThere(url: string): Promise<boolean> {
  return access(new URL(url)).then(
    () => true,
    () => false,
  );
}

const receiptsOf = async (url: string) => {
  const to = { exchange: queue, routingKey: queue };
  const { data } = (await client.request(to, { action: 'read', data: { url } })) as JsonObject;
  return data as unknown as readonly { id: string; state: string; bytes: number }[];
};

test('a deleted node takes the files of its attributes along, with receipts under the saga', async () => {
  const [picture, first, second] = [await fileAt('a.png'), await fileAt('1'), await fileAt('2')];
  const kept = await fileAt('kept');
  const attributes = { picture, scans: [first, second], description: kept };
  const id = await create({ cn: 'flow', ...attributes });
  assert.equal(await ask('tags', 'delete', { id }), {});
  const done = await removed(3);
  const topics = new Set(done.map(({ topic }) => topic));
  assert.is(topics.size, 1);
  const [saga = ''] = topics;
  const history = await deployment.history(saga);
  const { subject, receipts } = certificateContent(saga, history, systemClock.now());
  assert.equal([subject.kind, receipts.length], ['saga', 3]);
  const open = history.filter(
    ({ line }) => line['url'] !== first || line['what'] === 'file queued',
  );
  assert.throws(() => certificateContent(saga, open, 0), /not over.*removing the file/);
  for (const url of [picture, first, second]) {
    assert.not(await isThere(url));
    const [receipt] = await receiptsOf(url);
    assert.equal([receipt?.state, receipt?.bytes], ['removed', 7]);
  }
  assert.ok(await isThere(kept));
});

test('the plan names the files that would go: each once, and none that a node which stays lists', async () => {
  const [own, both, shared] = [await fileAt('own'), await fileAt('both'), await fileAt('shared')];
  const { id: object = '' } = await ask('objects', 'create', { attributes: { cn: 'mill' } });
  const one = await create({ cn: 'one', picture: own, scans: [both, shared] }, object);
  await create({ cn: 'two', picture: both }, object);
  await create({ cn: 'three', picture: shared });
  const plan = (await ask('objects', 'plan', { id: object })) as unknown as DeletionPlan;
  const files = plan.nodes.flatMap((node) => node.files);
  assert.equal(files.map(({ url }) => url).sort(), [both, own]);
  assert.is(plan.totals.files, 2);
  const small = (await ask('tags', 'plan', { id: one })) as unknown as DeletionPlan;
  assert.equal(small.nodes[0]?.files, [{ url: own, bytes: null }]);
});

test('the record and its `why` name the receipt of a file, and a file that could not be removed', async () => {
  const [inside, outside] = [await fileAt('a.png'), 'file:///outside/of/the/roots'];
  const id = await create({ cn: 'flow', picture: inside, scans: outside });
  assert.equal(await ask('tags', 'delete', { id }), {});
  const [done] = await removed(1);
  await removed(1, 'file not removed');
  const saga = done?.topic ?? '';
  const record = sagaRecord(saga, await deployment.history(saga));
  const found = record?.files.map(({ url, state, bytes }) => [url, state, bytes]).sort();
  assert.equal(found, [
    [outside, 'not removed', null],
    [inside, 'removed', 7],
  ]);
  const { text, error } = sagaWaiting({ saga, record, parts: [], holders: [] });
  assert.is(text, `is over: 1 node is removed; could not be removed: ${outside}`);
  assert.ok(error?.text.startsWith(`${outside}: `), error?.text);
  const told = record === undefined ? [] : sagaLines(record);
  const one = (words: string) => told.some((line) => line.includes(words));
  assert.ok(one(`file_remover: ${inside}: removed, 7 bytes, sha256 `), told.join('\n'));
  assert.ok(one(`file_remover could not remove ${outside}: `), told.join('\n'));
});

test('nodes that go with an object of another service take their files along', async () => {
  const { id: object = '' } = await ask('objects', 'create', { attributes: { cn: 'mill' } });
  const picture = await fileAt('a.png');
  await create({ cn: 'flow', picture }, object);
  assert.equal(await ask('objects', 'delete', { id: object }), {});
  await removed(1);
  assert.not(await isThere(picture));
});

test('a file that another node lists stays until the last node goes, in any spelling', async () => {
  const picture = await fileAt('a(1).png');
  const one = await create({ cn: 'one', picture });
  const two = await create({ cn: 'two', scans: picture.replace('(', '%28').replace(')', '%29') });
  const other = await fileAt('other');
  const three = await create({ cn: 'three', picture: other });
  assert.equal(await ask('tags', 'delete', { id: [one, three] }), {});
  await removed(1);
  assert.equal([await isThere(picture), await isThere(other)], [true, false]);
  assert.equal(await receiptsOf(picture), []);
  assert.equal(await ask('tags', 'delete', { id: two }), {});
  await removed(2);
  assert.not(await isThere(picture));
});

test('of two nodes that share a file and go at once, the later one takes the file along', async () => {
  for (let round = 1; round <= 20; round += 1) {
    const picture = await fileAt('a.png');
    const one = await create({ cn: 'one', picture });
    const two = await create({ cn: 'two', picture });
    const answers = await Promise.all([one, two].map((id) => ask('tags', 'delete', { id })));
    assert.equal(answers, [{}, {}]);
    await removed(round);
    assert.not(await isThere(picture));
  }
});

test('a deletion that is refused keeps the files, and so does an update', async () => {
  const picture = await fileAt('a.png');
  const id = await create({ cn: 'flow', picture });
  const wrong = { id: [id, '018f2a10-0000-7000-8000-000000000001'] };
  assert.ok(Object.hasOwn(await ask('tags', 'delete', wrong), 'error'));
  assert.equal(await ask('tags', 'update', { id, attributes: { picture: null } }), {});
  assert.ok(await isThere(picture));
  assert.equal(await receiptsOf(picture), []);
});

test('a value that does not name exactly one file is refused with its place', async () => {
  for (const [value, place, words] of [
    ['file:///a/../b', 'picture', "has the part '..'"],
    [['file:///a', 17], 'picture/1', 'must be the URL of a file'],
  ] as const) {
    const attributes = { cn: 'flow', picture: value };
    const { error } = (await ask('tags', 'create', { attributes })) as { error: JsonObject };
    assert.is(error['at'], `/data/attributes/${place}`);
    assert.match(String(error['message']), words);
  }
});

test('the reconciliation counts nodes as rows', async () => {
  await mkdir(join(root, 'deep'));
  const [picture, orphan] = [await fileAt('a.png'), await fileAt('deep/orphan')];
  const id = await create({ cn: 'flow', picture });
  const times = { nowMs: systemClock.now() + 1_000, agedMs: 0 };
  const before = await fileFindings(deployment.sources, times);
  assert.equal([before.lost, before.unlisted.map(({ url }) => url)], [[], [orphan]]);
  await rm(new URL(picture));
  const after = await fileFindings(deployment.sources, times);
  assert.equal(after.lost, [{ row: id, service: 'tags_model_crud', url: picture, receipt: null }]);
});

test('attributes with files need a publisher to the file remover', () => {
  const change = (config: JsonObject) => ({
    ...withFiles(config),
    publish: config['publish'] as JsonObject,
  });
  assert.throws(
    () =>
      parseExchangeConfig(configText('tags_model_crud', { tags_model_crud: change }), {
        file: 'tags.json',
        env: {},
        sections,
      }),
    /must_be_deleted_files.*allowed: this key beside \/publish\/file_management_queue.*add that entry, because publish has no key 'file_management_queue'/s,
  );
});

test.run();
