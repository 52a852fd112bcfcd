/**
 * `send` and `request` to services of a module, and the other commands beside a running `up` with
 * it: over the control socket, and over RabbitMQ.
 */
import { join } from 'node:path';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { type Ended, run, type Started, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';
import { importEcho } from './echo-service.ts';

const test = suite('cli: messages', { needs: ['postgres', 'rabbitmq'], deadlineMs: 300_000 });
let folder: ConfigFolder;
let module: string;
let running: Started | undefined;

test.before.each(async () => {
  folder = await ConfigFolder.open();
  module = await folder.write('own.mjs', `${importEcho()}export default echo('echo');`);
});
test.after.each(async () => {
  running?.signal('SIGKILL');
  await running?.ended;
  running = undefined;
  await folder.remove();
});

type Row = { readonly address: { readonly service: string } };
const json = ({ code, stdout }: Ended) => [code, JSON.parse(stdout)];

test('beside up: messages, dead letters, stored actors and sagas, without naming the module', async () => {
  const data = ['--data', join(folder.path, 'data')];
  running = start(['up', ...data, '--module', module]);
  await running.printed('ready:');
  const command = (...args: readonly string[]) => run([...args, ...data]);
  const [said, denied, read, silent, sent, stray] = await Promise.all([
    command('request', 'echo', 'say', '"hello"'),
    command('request', 'echo', 'deny'),
    run(['request', 'echo', 'say', '-', ...data], {}, '{"deep":[1]}'),
    command('request', 'echo', 'hush', '{"id":"n1"}', '--timeout', '0.2'),
    command('send', 'echo', 'unheard', '{"lost":true}'),
    command('request', 'ekko', 'say'),
  ]);
  assert.equal(json(said), [0, { said: 'hello' }]);
  assert.equal(json(denied), [1, { error: { code: 409, name: 'refused', message: 'no echo' } }]);
  assert.equal(json(read), [0, { said: { deep: [1] } }]);
  assert.equal([silent.code, silent.stdout], [1, '']);
  assert.is(
    silent.stderr,
    'no answer from echo within 200 ms; the request may still be carried out; with the same --config and --module, `unanimous services` tells whether a process works for echo, and `unanimous why n1` what the request waits for\n',
  );
  assert.equal([sent.code, sent.stdout, sent.stderr], [0, '', '']);
  assert.is(stray.code, 1);
  assert.match(
    stray.stderr,
    /no config or --module is the one of service 'ekko', .*; the services are .*, echo\n/,
  );
  const [actors, shown, processes] = await Promise.all([
    command('actors', 'list', '--service', 'echo'),
    command('actors', 'list', '--json'),
    command('services', '--json'),
  ]);
  const [first = ''] = actors.stdout.split('  ');
  assert.match(first, /^echo\/echo\//);
  assert.ok(JSON.parse(shown.stdout).some((row: Row) => row.address.service === 'echo'));
  assert.ok(processes.stdout.includes('"service":"echo"'), processes.stdout);
  assert.match((await command('actors', 'show', first)).stdout, /^echo\/echo\/.* open\n/);
  const [listed, check, sagas] = await Promise.all([
    command('dead-letters', 'list', '--json', '--body'),
    command('machines', 'check', '--json', '--module', module),
    command('saga', 'list', '--json'),
  ]);
  const [deadLetter, ...others] = JSON.parse(listed.stdout);
  assert.equal(
    [deadLetter.service, JSON.parse(deadLetter.body)],
    ['echo', { action: 'unheard', data: { lost: true } }],
  );
  assert.equal(others, []);
  assert.equal([check.code, JSON.parse(check.stdout).problems], [0, []]);
  assert.ok(JSON.parse(check.stdout).actors >= 4, check.stdout);
  assert.equal(json(sagas), [0, []]);
  const dropped = await command('dead-letters', 'drop', deadLetter.id);
  assert.equal([dropped.code, dropped.stdout], [0, '1 dropped\n']);
});

test('over RabbitMQ: start runs a module, and request reaches it by the broker of its config', async () => {
  const host = await openVirtualHost('cli_messages');
  const database = postgresUrl(ownPrefix());
  const env = { amqp_url: host.url, database_url: database };
  const data = ['--data', join(folder.path, 'none')];
  running = start(['start', '--module', module], env);
  await running.printed('ready: echo\n');
  const command = (...args: readonly string[]) => run([...args, '--module', module, ...data], env);
  const [said, denied, unread, sent] = await Promise.all([
    command('request', 'echo', 'say', '"hello"'),
    command('request', 'echo', 'deny'),
    command('send', 'tags_model_crud', 'read'),
    command('send', 'echo', 'unheard'),
  ]);
  assert.equal(json(said), [0, { said: 'hello' }]);
  assert.is(denied.code, 1);
  assert.is.not(unread.code, 0);
  assert.match(unread.stderr, 'tags');
  assert.equal([sent.code, sent.stderr], [0, '']);
  running.signal('SIGTERM');
  await running.ended;
  // A service without a config: the module is not named.
  const listed = await run(['dead-letters', 'list', '--json', ...data], env);
  assert.equal(
    JSON.parse(listed.stdout).map(({ service }: { service: string }) => service),
    ['echo'],
  );
  await host.remove();
  const opened = await openDatabase(database, { stores: [] });
  await dropSchemas(opened);
  await opened.close();
});

test('data that is no JSON and a time that is no number are wrong usage', async () => {
  const [data, input, time] = await Promise.all([
    run(['request', 'echo', 'say', '{']),
    run(['send', 'echo', 'say', '-'], {}, ''),
    run(['request', 'echo', 'say', '--timeout', 'soon']),
  ]);
  assert.equal([data.code, input.code, time.code], [2, 2, 2]);
  assert.match(data.stderr, 'error: the argument json is no JSON');
  assert.match(input.stderr, 'error: standard input is no JSON');
  assert.match(time.stderr, 'error: --timeout is soon; allowed is a number of seconds');
});

test.run();
