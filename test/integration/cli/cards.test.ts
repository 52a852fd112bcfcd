/** The commands of cards beside a running `up`, as a user calls them. */
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { askControlSocket, controlSocketPath } from '../../../cli/control-socket.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { asked } from './asked.ts';
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
  const request = (action: string, body: JsonObject) =>
    asked(join(folder.path, 'data'), 'mcards', action, body);
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

async function startCards(): Promise<(action: string, body: JsonObject) => Promise<JsonObject>> {
  const data = ['--data', join(folder.path, 'data')];
  const env = { FILE_REMOVER__ROOTS: JSON.stringify([folder.path]) };
  running = start(['up', ...data, '--config', 'mcards', 'transactions', 'file_remover'], env);
  await running.printed('ready:');
  return (action, body) => asked(join(folder.path, 'data'), 'mcards', action, body);
}

test('a list of cards is burned, also after a run that was killed, and nothing is done twice', async () => {
  const request = await startCards();
  const data = ['--data', join(folder.path, 'data')];
  const count = 60;
  const ids = Array.from({ length: count }, (_, at) => `c${at}`);
  for (const id of ids) {
    const file = join(folder.path, `${id}.png`);
    await writeFile(file, 'content');
    const metadata = { must_be_deleted_files: [pathToFileURL(file).href] };
    assert.equal(await request('create', { id, owner: 'kim', metadata }), { id });
  }
  const list = join(folder.path, 'list.ndjson');
  await writeFile(list, [...ids, 'unknown'].map((id) => `${JSON.stringify(id)}\n`).join(''));
  const command = ['cards', 'burn', '--file', list, '--owner', 'kim', '--at-once', '4', ...data];
  const killed = start(command);
  const ends = () => readFile(`${list}.ends`, 'utf8').catch(() => '');
  while (!(await ends()).includes('\n')) await new Promise((resume) => setImmediate(resume));
  killed.signal('SIGKILL');
  await killed.ended;
  const stopped = start(command);
  const before = (await ends()).length;
  while ((await ends()).length === before && stopped.stdout() === '')
    await new Promise((resume) => setImmediate(resume));
  stopped.signal('SIGINT');
  const first = await stopped.ended;
  assert.is(first.code, 1, first.stderr);
  const { code, stdout } = await run([...command, '--json']);
  assert.is(code, 1);
  const { cards, left, failed } = JSON.parse(stdout) as JsonObject;
  assert.equal([cards, left, failed], [count + 1, 0, 1]);
  const lines = (await ends()).split('\n').filter((line) => line.includes('"done"'));
  assert.is(new Set(lines).size, count);
  const histories = await Promise.all(ids.map((id) => removals(id)));
  assert.equal(new Set(histories), new Set([1]));
  assert.equal(
    (await readdir(folder.path)).filter((name) => name.endsWith('.png')),
    [],
  );
});

async function removals(card: string): Promise<number> {
  const path = controlSocketPath(join(folder.path, 'data'));
  const reply = await askControlSocket(path, { kind: 'history', topic: card });
  const lines = reply?.answer as unknown as readonly { readonly line: JsonObject }[];
  return lines.filter(({ line }) => line['what'] === 'card removed').length;
}

test.run();
