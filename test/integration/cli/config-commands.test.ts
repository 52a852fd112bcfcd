import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { configCommands } from '../../../cli/config-commands.ts';
import { assert, suite } from '../../support/suite.ts';
import { type Ended, run, serviceFile } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: config', { deadlineMs: 60_000 });
let folder: ConfigFolder;

test.before(async () => {
  folder = await ConfigFolder.open();
});
test.after(() => folder.remove());

const sender = {
  svc_name: 'sender',
  publish: {
    main: { name: 'x', type: 'topic', routing_key: 'a.b' },
    lost: { name: 'x', type: 'topic', routing_key: 'z' },
  },
};
const reader = {
  svc_name: 'reader',
  consume: {
    main: { name: 'x', type: 'topic', queue: 'fed', routing_key: 'a.*' },
    other: { name: 'x', type: 'topic', queue: 'hungry', routing_key: 'b.#' },
  },
};

function assertUsage({ code, stdout, stderr }: Ended, message: RegExp): void {
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.match(stderr, message);
}

test('check: valid files are counted, and without any those of the package', async () => {
  const { code, stdout, stderr } = await run(['config', 'check']);
  assert.equal([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^20 configs of the package are valid: \d+ exchanges, \d+ queues, \d+ bindings\n$/,
  );
});

test('check: each problem with file, pointer, what was found and what is allowed; exit code 78', async () => {
  const wrong = await folder.write('wrong.json', {
    ...reader,
    consume: { main: { ...reader.consume.main, type: 'direkt' } },
    durabel: true,
  });
  const secret = await folder.write('secret.json', {
    ...reader,
    svc_name: 'secret',
    amqp_url: 'amqp://guest:hunter2@broker',
  });
  const broken = await folder.write('broken.json', '{"svc_name": ');
  const { code, stdout, stderr } = await run([
    'config',
    'check',
    wrong,
    secret,
    broken,
    `${folder.path}/none.json`,
  ]);
  assert.equal([code, stdout], [78, '']);
  assert.match(stderr, /secret\.json:?\S* \/amqp_url: found /);
  assert.not.match(stderr, /hunter2/);
  assert.match(
    stderr,
    /wrong\.json:?\S* \/consume\/main\/type: found "direkt"; allowed: one of "direct"/,
  );
  assert.match(stderr, /wrong\.json:?\S* \/durabel: found .*; allowed: .*svc_name/);
  assert.match(stderr, /broken\.json:1:\d+ /);
  assert.match(stderr, /none\.json .*ENOENT.*; allowed: a file that can be read/);
});

test('schema: what config/exchange-config.schema.json holds', async () => {
  const { code, stdout } = await run(['config', 'schema']);
  assert.is(code, 0);
  assert.is(
    stdout,
    readFileSync(new URL('../../../config/exchange-config.schema.json', import.meta.url), 'utf8'),
  );
});

test('topology: a Mermaid flowchart, and warnings beside it', async () => {
  const files = [
    await folder.write('sender.json', sender),
    await folder.write('reader.json', reader),
  ];
  const { code, stdout, stderr } = await run(['config', 'topology', ...files]);
  assert.is(code, 0);
  assert.match(stdout, /^flowchart LR\n {2}e0\{\{"x \(topic\)"\}\}\n/);
  assert.match(stdout, /\n {2}e0 -->\|"a\.\*"\| q\d+\n/);
  assert.equal(stderr.trimEnd().split('\n'), [
    `warning: ${files[0]} /publish/lost: no queue is bound to the routing key "z" of the exchange "x"; bound are "a.*", "b.#"`,
  ]);
  const checked = await run(['config', 'check', ...files]);
  assert.equal([checked.code, checked.stderr], [0, stderr]);
});

test('topology --format json: exchanges, queues and bindings', async () => {
  const { code, stdout } = await run([
    'config',
    'topology',
    '--format',
    'json',
    await folder.write('reader.json', reader),
  ]);
  assert.is(code, 0);
  const { exchanges, queues, bindings } = JSON.parse(stdout);
  assert.equal(
    exchanges.map(({ name }: { name: string }) => name),
    ['x', 'dlx.reader'],
  );
  assert.equal(
    queues.map(({ name }: { name: string }) => name),
    ['fed', 'hungry', 'dlq.reader'],
  );
  assert.equal(bindings[0], { exchange: 'x', queue: 'fed', routingKey: 'a.*', arguments: {} });
});

test('wrong usage: exit code 2, and what is wrong', async () => {
  assertUsage(
    await run(['config', 'topology', '--format', 'xml']),
    /Allowed choices are mermaid, json/,
  );
  assertUsage(await run(['config', 'chekc']), /unknown command 'chekc'/);
  assertUsage(await run(['config']), /Usage: unanimous config/);
});

test('show: each setting with its origin, as a table and as JSON; a service without a config is refused', async () => {
  const env = { LOG_LEVEL: 'DEBUG', database_url: 'postgresql://u:pass-word@h/d' };
  const [json, table, unknown] = await Promise.all([
    run(['config', 'show', 'transactions', '--json'], env),
    run(['config', 'show', 'transactions', '--config', serviceFile('transactions')], env),
    run(['config', 'show', 'nobody'], env),
  ]);
  const settings: readonly { readonly pointer: string }[] = JSON.parse(json.stdout);
  assert.equal(
    settings.find(({ pointer }) => pointer === '/log/level'),
    { pointer: '/log/level', value: 'DEBUG', from: { type: 'environment', variable: 'LOG_LEVEL' } },
  );
  assert.match(table.stdout, /^\/svc_name +"transactions" +\S*transactions\.json$/m);
  assert.match(table.stdout, /^\/limits\/depth +64 +default$/m);
  assert.match(table.stdout, /^\/cache_url +- +not set$/m);
  assert.match(table.stdout, /"postgresql:\/\/\*\*\*@h\/d" +environment variable database_url$/m);
  assert.not.match(json.stdout + table.stdout, /pass-word/);
  assert.is(unknown.code, 1);
  assert.match(unknown.stderr, /no config is the one of service 'nobody'/);
});

test('--help: exit code 0', async () => {
  const { code, stdout } = await run(['config', 'diff', '--help']);
  assert.is(code, 0);
  assert.match(stdout, /^Usage: unanimous config diff \[options\] \[files\.\.\.\]\n/);
});

test('--help: each says what it does and what its arguments mean', () => {
  const program = new Command('unanimous');
  configCommands(program);
  const commands = program.commands.flatMap((config) => config.commands);
  assert.equal(
    commands.map((command) => command.name()),
    ['check', 'schema', 'topology', 'show', 'permissions', 'diff'],
  );
  for (const command of commands) {
    assert.ok(command.description().length > 20, command.name());
    for (const { description } of [...command.options, ...command.registeredArguments])
      assert.ok(description.length > 10, command.name());
  }
});

test.run();
