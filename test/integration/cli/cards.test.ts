/** The commands of cards beside a running `up`, as a user calls them. */
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assert, suite } from '../../support/suite.ts';
import { run, type Started, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: cards', { deadlineMs: 300_000 });
let folder: ConfigFolder;
let running: Started | undefined;

test.before.each(async () => {
  folder = await ConfigFolder.open();
});
test.after.each(async () => {
  running?.signal('SIGKILL');
  await running?.ended;
  running = undefined;
  await folder.remove();
});

test('a deleted card is undeleted with its files, once', async () => {
  const data = ['--data', join(folder.path, 'data')];
  const env = {
    FILE_REMOVER__ROOTS: JSON.stringify([folder.path]),
    FILE_REMOVER__QUARANTINE_MS: '600000',
    CARDS__UNDELETE_MS: '600000',
  };
  const file = join(folder.path, 'a.png');
  await writeFile(file, 'content');
  running = start(['up', ...data, '--config', 'mcards', 'transactions', 'file_remover'], env);
  await running.printed('ready:');
  const request = async (action: string, body: object) =>
    JSON.parse(
      (await run(['request', 'mcards', action, JSON.stringify(body), ...data])).stdout,
    ) as Record<string, unknown>;
  const undelete = () => run(['cards', 'undelete', 'c1', '--owner', 'kim', ...data]);
  const metadata = { must_be_deleted_files: [pathToFileURL(file).href] };
  await request('create', { id: 'c1', owner: 'kim', metadata });
  assert.equal(Object.keys(await request('delete', { id: 'c1', owner: 'kim' })), ['quarantined']);
  await assert.rejects(access(file));
  const { code, stdout, stderr } = await undelete();
  assert.is(code, 0, stderr);
  const { data: found } = await request('read', { id: stdout.trim() });
  assert.is((found as readonly object[]).length, 1);
  await access(file);
  const again = await undelete();
  assert.is(again.code, 1);
  assert.match(again.stderr, /cannot be undeleted/);
});

test.run();
