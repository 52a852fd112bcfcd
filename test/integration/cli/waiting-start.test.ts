/** The command `start` before its broker or its database is up, and where a server refuses. */
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { freePorts } from '../../support/free-ports.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas } from '../journal/benches.ts';
import { run, type Started, start } from './command.ts';

const test = suite('cli: start without a server', {
  needs: ['postgres', 'rabbitmq'],
  deadlineMs: 120_000,
});
const prefix = `waiting_${process.pid}`;
const databaseUrl = `${servers.postgres}?schema=${prefix}`;
let running: Started | undefined;

test.after(async () => {
  running?.signal('SIGKILL');
  await running?.ended;
  const database = await openDatabase(databaseUrl, { stores: [] });
  await dropSchemas(database);
  await database.close();
});

test('it says that it waits and for whom, without the password, and can be stopped meanwhile', async () => {
  const [port] = await freePorts(1);
  running = start(['start', 'transactions'], {
    amqp_url: `amqp://guest:hunter2@127.0.0.1:${port}`,
    database_url: databaseUrl,
  });
  await running.logged('waiting for the broker');
  running.signal('SIGTERM');
  const { code, stdout, stderr } = await running.ended;
  assert.equal([code, stdout], [0, '']);
  assert.match(
    stderr,
    new RegExp(`amqp://127.0.0.1:${port}[^"]* cannot be reached: .*ECONNREFUSED`),
  );
  assert.not.match(stderr, /hunter2/);
});

test('a database that is not up is waited for as well, and can be stopped meanwhile', async () => {
  const [port] = await freePorts(1);
  running = start(['start', 'transactions'], {
    amqp_url: `amqp://127.0.0.1:${port}`,
    database_url: `postgresql://postgres:hunter2@127.0.0.1:${port}/shop`,
  });
  await running.logged('waiting for the database of transactions');
  running.signal('SIGTERM');
  const { code, stdout, stderr } = await running.ended;
  assert.equal([code, stdout], [0, ''], stderr);
  assert.match(stderr, new RegExp(`ECONNREFUSED 127.0.0.1:${port}`));
  assert.not.match(stderr, /hunter2/);
});

for (const [what, path, problem] of [
  [
    'a virtual host that is not there',
    '/no_such_vhost',
    /530 NOT_ALLOWED - .*no_such_vhost not found/,
  ],
  [
    'a heartbeat that is no number',
    '?heartbeat=ten',
    /heartbeat "ten"; allowed: heartbeat: a whole/,
  ],
] as const)
  test(`${what} ends the command as a wrong configuration`, async () => {
    const { code, stderr } = await run(['start', 'transactions'], {
      amqp_url: new URL(path, servers.rabbitmq).href,
      database_url: databaseUrl,
    });
    assert.is(code, 78, stderr);
    assert.match(stderr, problem);
  });

test('a database that is not on the server ends the command as a wrong configuration', async () => {
  const address = new URL(servers.postgres);
  address.pathname = '/no_such_database';
  const { code, stderr } = await run(['start', 'transactions'], {
    amqp_url: 'amqp://127.0.0.1:1',
    database_url: address.href,
  });
  assert.is(code, 78, stderr);
  assert.match(
    stderr,
    /database_url: .*the server \S+ has no database 'no_such_database'; make it with: createdb /,
  );
});

test.run();
