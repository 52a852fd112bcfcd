/** `unanimous files reconcile` beside a running `up`, as an operator calls it. */
import { access, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { asked } from './asked.ts';
import { run, type Started, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: files', { deadlineMs: 300_000 });
let folder: ConfigFolder;
let running: Started | undefined;
let data: readonly string[];

test.before.each(async () => {
  folder = await ConfigFolder.open();
  data = ['--data', join(folder.path, 'data')];
});
test.after.each(async () => {
  await stop('SIGKILL');
  await folder.remove();
});

async function stop(signal: NodeJS.Signals): Promise<void> {
  running?.signal(signal);
  await running?.ended;
  running = undefined;
}

async function startUp(more: Readonly<Record<string, string>> = {}): Promise<void> {
  const env = { FILE_REMOVER__ROOTS: JSON.stringify([join(folder.path, 'root')]), ...more };
  running = start(['up', ...data, '--config', 'mcards', 'transactions', 'file_remover'], env);
  await running.printed('ready:');
}

const request = (service: string, action: string, body: JsonObject) =>
  asked(join(folder.path, 'data'), service, action, body);

async function createCard(id: string, url: string): Promise<void> {
  const metadata = { must_be_deleted_files: [url] };
  assert.equal(await request('mcards', 'create', { id, owner: 'kim', metadata }), { id });
}

type Found = Readonly<Record<'lost' | 'unlisted' | 'open' | 'repairs', readonly { url: string }[]>>;

async function reconcile(...more: readonly string[]) {
  const command = ['files', 'reconcile', '--older-than', '0', '--json', ...more, ...data];
  const { code, stdout, stderr } = await run(command);
  assert.is(stderr, '');
  const { lost, unlisted, open, repairs } = JSON.parse(stdout) as Found;
  const urls = [lost, unlisted, open].map((list) => list.map(({ url }) => url));
  return { code, urls, repairs };
}

test('differences are listed, and repaired by the file remover only with --apply', async () => {
  const { path } = folder;
  await mkdir(join(path, 'root'));
  const [kept, lost, orphan, linked] = ['kept', 'lost', 'orphan', 'linked'].map((name) =>
    join(path, 'root', name),
  ) as [string, string, string, string];
  const urlOf = (file: string) => pathToFileURL(file).href;
  for (const file of [kept, lost, orphan, linked]) await writeFile(file, 'content');
  await startUp();
  await createCard('c1', urlOf(kept));
  await createCard('c2', urlOf(lost));
  await link(linked, join(path, 'second-name'));
  const refused = await request('file_remover', 'remove', { id: 'r1', url: urlOf(linked) });
  assert.ok('error' in refused);
  await rm(linked);
  await rm(lost);

  const before = await reconcile();
  assert.is(before.code, 1);
  assert.equal(before.urls, [[urlOf(lost)], [urlOf(orphan)], [urlOf(linked)]]);
  await access(orphan);

  const repaired = await reconcile('--apply');
  assert.equal(repaired.urls, before.urls);
  assert.equal(
    repaired.repairs.map(({ url }) => url),
    [urlOf(orphan), urlOf(linked)],
  );
  await assert.rejects(access(orphan));
  const receipts = await request('file_remover', 'read', { id: 'r1' });
  assert.match(JSON.stringify(receipts), /"note":"absent"/);

  const after = await reconcile();
  assert.equal([after.code, after.urls], [1, [[urlOf(lost)], [], []]]);
  const { stdout } = await run(['files', 'reconcile', ...data]);
  assert.match(stdout, /^row without file +file:.*lost +c2 of mcards\ncompared 2 rows, 1 f/);
});

test('files in quarantine are no differences, also when the databases are read', async () => {
  const { path } = folder;
  await mkdir(join(path, 'root'));
  const file = join(path, 'root', 'a.png');
  await writeFile(file, 'content');
  const env = { FILE_REMOVER__QUARANTINE_MS: '600000', CARDS__UNDELETE_MS: '600000' };
  await startUp(env);
  await createCard('c1', pathToFileURL(file).href);
  const answer = await request('mcards', 'delete', { id: 'c1', owner: 'kim' });
  assert.equal(Object.keys(answer), ['quarantined']);
  assert.equal(await reconcile().then(({ code, urls }) => [code, urls]), [0, [[], [], []]]);
  await stop('SIGTERM');
  const roots = { FILE_REMOVER__ROOTS: JSON.stringify([join(path, 'root')]) };
  const { code, stdout } = await run(['files', 'reconcile', ...data], roots);
  assert.is(stdout, 'compared 0 rows, 0 files, 1 receipt\n');
  assert.is(code, 0);
});

test('with a database without rows --apply removes nothing', async () => {
  const root = join(folder.path, 'root');
  await mkdir(root);
  await writeFile(join(root, 'a.png'), 'content');
  await startUp();
  const command = ['files', 'reconcile', '--older-than', '0', '--apply', ...data];
  const { code, stderr } = await run(command);
  assert.is(code, 1);
  assert.match(stderr, /no card and no node with files, so all 1 files would be removed/);
  await access(join(root, 'a.png'));
});

test('without a service that keeps rows with files nothing is compared', async () => {
  running = start(['up', ...data, '--config', 'file_remover']);
  await running.printed('ready:');
  const { code, stderr } = await run(['files', 'reconcile', ...data]);
  assert.is(code, 1);
  assert.match(stderr, /no service keeps cards/);
});

test.run();
