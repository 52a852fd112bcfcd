/** HTTP of the command: `up` serves the entities on the loopback address unless told not to. */
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import { assert, suite } from '../../support/suite.ts';
import { type Started, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: http', { deadlineMs: 120_000 });
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

async function upWith(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const data = join(folder.path, 'data');
  const command = start(['up', '--data', data, '--config', 'tags', ...args], env);
  running.push(command);
  await command.printed('ready: ');
  return command;
}

async function stdoutOf(command: Started): Promise<string> {
  command.signal('SIGTERM');
  const { code, stdout, stderr } = await command.ended;
  assert.is(code, 0, stderr);
  return stdout;
}

test('up: the entities on the port of the environment, in the line before ready; SIGTERM ends it', async () => {
  const [port] = await freePorts(1);
  const command = await upWith([], { HTTP__PORT: String(port) });
  const made = await fetch(`http://127.0.0.1:${port}/v1/tags/`, { method: 'POST' });
  assert.is(made.status, 201);
  assert.is(
    await stdoutOf(command),
    `http: http://127.0.0.1:${port}\nready: tags_api_crud, tags_model_crud\n`,
  );
});

test('up: a free port without any setting, and no port with --no-http', async () => {
  assert.match(await stdoutOf(await upWith([])), /^http: http:\/\/127\.0\.0\.1:\d+\nready: /);
  const silent = await stdoutOf(await upWith(['--no-http']));
  assert.is(silent, 'ready: tags_api_crud, tags_model_crud\n');
});

test('up: a port that is taken ends the command with the place to change, and 78', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  try {
    const data = join(folder.path, 'data');
    const command = start(['up', '--data', data, '--config', 'tags'], { HTTP__PORT: String(port) });
    running.push(command);
    const { code, stdout, stderr } = await command.ended;
    assert.equal([code, stdout.includes('ready: ')], [78, false]);
    assert.match(stderr, new RegExp(`port ${port}: .*EADDRINUSE.*HTTP__PORT`));
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test.run();
