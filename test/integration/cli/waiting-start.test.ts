/** The command `start` before its broker is up. */
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { freePorts } from '../../support/free-ports.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { type Started, start } from './command.ts';

const test = suite('cli: start without a broker', { needs: ['postgres'], deadlineMs: 120_000 });
const prefix = `waiting_${process.pid}`;
const databaseUrl = `${servers.postgres}?schema=${prefix}`;
let running: Started | undefined;

test.after(async () => {
  running?.signal('SIGKILL');
  await running?.ended;
  const database = await openDatabase(databaseUrl, { stores: [] });
  const found = await database.query(
    'select schema_name from information_schema.schemata where starts_with(schema_name, $1)',
    [`${prefix}_`],
  );
  for (const { schema_name: schema } of found)
    await database.query(`drop schema ${schema} cascade`, []);
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

test.run();
