/** The inspector of the command: `up --inspector` prints a URL that lets the person in. */
import { join } from 'node:path';
import { assert, suite } from '../../support/suite.ts';
import { type Started, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: inspector', { deadlineMs: 120_000 });
let folder: ConfigFolder;
let running: Started[] = [];

test.before.each(async () => {
  folder = await ConfigFolder.open();
});
test.after.each(async () => {
  for (const command of running) command.signal('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  await folder.remove();
});

async function linesOfUp(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const data = join(folder.path, 'data');
  const command = start(['up', '--data', data, '--config', 'tags', '--no-http', ...args], env);
  running.push(command);
  await command.printed('ready: ');
  const lines = (): readonly string[] => command.stdout().trimEnd().split('\n');
  return { command, lines: lines() };
}

interface Session {
  readonly name: string;
  readonly mayAct: boolean;
}

async function sessionAt(line: string) {
  const { origin, hash } = new URL(line.slice(line.indexOf('http')));
  const authorization = `Bearer ${hash.replace('#token=', '')}`;
  const response = await fetch(`${origin}/inspector/api/session`, { headers: { authorization } });
  return { status: response.status, session: (await response.json()) as Session };
}

test('up --inspector: the line before ready has the URL with the token of a reader', async () => {
  const { lines } = await linesOfUp(['--inspector']);
  const [url = '', ready] = lines;
  assert.match(url, /^inspector: http:\/\/127\.0\.0\.1:\d+\/inspector\/#token=[\w-]{43}$/);
  assert.match(String(ready), /^ready: /);
  const { status, session } = await sessionAt(url);
  assert.is(status, 200);
  assert.equal(session, {
    name: 'reader',
    mayAct: false,
    services: ['tags_api_crud', 'tags_model_crud'],
  });
  const page = await fetch(url.slice('inspector: '.length));
  assert.match(await page.text(), /<title>unanimous inspector<\/title>/);
});

test('up --inspector-operator: a second URL lets the person act', async () => {
  const { lines } = await linesOfUp(['--inspector-operator']);
  assert.is((await sessionAt(String(lines[0]))).session.mayAct, false);
  assert.match(String(lines[1]), /^inspector for operators: /);
  assert.is((await sessionAt(String(lines[1]))).session.mayAct, true);
});

test('INSPECTOR__READERS: people with tokens of their own, and no token in the start line', async () => {
  // The hash of 'test'.
  const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
  const { lines } = await linesOfUp([], {
    INSPECTOR__READERS: JSON.stringify({ rosa: { sha256 } }),
  });
  const [line = ''] = lines;
  assert.match(line, /^inspector: http:\/\/127\.0\.0\.1:\d+\/inspector\/$/);
  assert.is((await sessionAt(`${line}#token=test`)).session.name, 'rosa');
  assert.is((await sessionAt(`${line}#token=toast`)).status, 401);
});

test('SIGTERM ends a process with open streams', async () => {
  const { command, lines } = await linesOfUp(['--inspector']);
  const { origin, hash } = new URL(String(lines[0]).slice('inspector: '.length));
  const authorization = `Bearer ${hash.replace('#token=', '')}`;
  const stream = await fetch(`${origin}/inspector/api/events`, { headers: { authorization } });
  const read = stream.text().catch(() => 'cut');
  command.signal('SIGTERM');
  const { code, stderr } = await command.ended;
  assert.is(code, 0, stderr);
  await read;
});

test.run();
