import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, suite } from '../../support/suite.ts';
import { run, type Started, serviceFile, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: up and start', { deadlineMs: 120_000 });
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

function up(data: string): Started {
  const command = start([
    'up',
    '--data',
    join(folder.path, data),
    '--config',
    serviceFile('transactions'),
    serviceFile('file_remover'),
  ]);
  running.push(command);
  return command;
}

/** pino's. */
const info = 30;

/** The levels of the log lines, which go to stderr; throws when there is anything else. */
function levelsOf(stderr: string): readonly number[] {
  const levels = stderr
    .trimEnd()
    .split('\n')
    .map((line): number => JSON.parse(line).level);
  return [...new Set(levels)];
}

test('up: says when it is ready, keeps others out of its folder, and ends with 0', async () => {
  const first = up('data');
  await first.printed('ready: transactions, file_remover');
  const second = await up('data').ended;
  assert.equal([second.code, second.stdout], [1, '']);
  assert.match(second.stderr, new RegExp(`held by process ${first.pid} since `));
  first.signal('SIGTERM');
  const { code, stderr } = await first.ended;
  assert.is(code, 0);
  assert.equal(levelsOf(stderr), [info]);
});

test('up: what was stopped can be started again in the same folder, whatever the folder is called', async () => {
  const name = 'what?now #1%20';
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const command = up(name);
    await command.printed('ready:');
    command.signal(signal);
    assert.is((await command.ended).code, 0);
  }
  const folders = (await readdir(folder.path, { withFileTypes: true })).filter((entry) =>
    entry.isDirectory(),
  );
  assert.equal(
    folders.map((entry) => entry.name),
    [name],
  );
});

test('start: without amqp_url and database_url it says what is missing; exit code 78', async () => {
  const { code, stdout, stderr } = await run(['start', 'transactions']);
  assert.equal([code, stdout], [78, '']);
  assert.match(
    stderr,
    /transactions\.json \/amqp_url: found nothing; allowed: the broker, in the environment as amqp_url/,
  );
  assert.match(
    stderr,
    /transactions\.json \/database_url: found nothing; allowed: the database, in the environment as database_url/,
  );
});

test('start: an invalid config is refused before anything connects; exit code 78', async () => {
  const file = await folder.write('wrong.json', {
    svc_name: 'wrong',
    consume: { main: { name: 'x', queue: 'q', routing_key: 7 } },
    transactions: {},
  });
  const { code, stdout, stderr } = await run(['start', '--config', file], {
    amqp_url: 'amqp://127.0.0.1:1',
    database_url: 'postgresql://127.0.0.1:1/x',
  });
  assert.equal([code, stdout], [78, '']);
  assert.match(stderr, /wrong\.json:?\S* \/consume\/main\/routing_key: found 7; allowed: .*string/);
});

test('start: a value of the environment that is wrong is named as such', async () => {
  const { code, stderr } = await run(['start', 'transactions'], {
    amqp_url: 'http://guest:hunter2@broker',
    database_url: 'postgresql://db/x',
  });
  assert.is(code, 78);
  assert.match(stderr, /environment variable amqp_url .*found .*; allowed: .*amqps:/);
  assert.not.match(stderr, /hunter2/);
});

test('start: a service nobody knows is named, with those there are; exit code 78', async () => {
  const { code, stderr } = await run(['start', 'transaction']);
  assert.is(code, 78);
  assert.match(
    stderr,
    /^no config or --module is the one of service 'transaction' \(did you mean 'transactions'\?\); the services are .*transactions/,
  );
});

test('wrong usage: exit code 2', async () => {
  for (const [args, message] of [
    [['start'], /name at least one service or --config file/],
    [['stop'], /unknown command 'stop'/],
    [[], /Usage: unanimous /],
  ] as const) {
    const { code, stdout, stderr } = await run(args);
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, message);
  }
});

test('--version and --help: exit code 0', async () => {
  const version = await run(['--version']);
  assert.is(version.code, 0);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  const usage = await run(['--help']);
  assert.is(usage.code, 0);
  for (const command of ['up', 'start', 'config', 'demo'])
    assert.match(usage.stdout, new RegExp(`\n  ${command} `));
});

test.run();
