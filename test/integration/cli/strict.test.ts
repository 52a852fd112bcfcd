/** `--strict` against a server of our own that may lose what it has committed. */
import { freePorts } from '../../support/free-ports.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../../support/private-postgres.ts';
import { assert, suite } from '../../support/suite.ts';
import { run, start } from './command.ts';

const test = suite('cli: --strict', { needs: ['postgres-server'], deadlineMs: 120_000 });
let server: PrivatePostgres;
let environment: Readonly<Record<string, string>>;

/** Nobody is at the broker's port: whoever gets past the database waits for it. */
test.before(async () => {
  server = await startPrivatePostgres(['fsync=off', 'synchronous_commit=off']);
  const [port] = await freePorts(1);
  environment = { amqp_url: `amqp://127.0.0.1:${port}`, database_url: server.url };
});
test.after(() => server.remove());

const offs =
  /fsync is off: a crash of the machine may destroy the database; synchronous_commit is off: a crash of the server may lose/;

test('it does not start, says what is off and where that is configured, and exits as for a wrong configuration', async () => {
  const { code, stderr } = await run(['start', 'transactions', '--strict'], environment);
  assert.is(code, 78, stderr);
  assert.match(stderr, offs);
  assert.match(stderr, /database_url/);
});

test('without it the same server is warned of, and the services go on', async () => {
  const command = start(['start', 'transactions'], environment);
  await command.logged('waiting for the broker');
  command.signal('SIGTERM');
  const { code, stderr } = await command.ended;
  assert.is(code, 0, stderr);
  assert.match(stderr, new RegExp(`WARNING: .*${offs.source}`));
  assert.match(stderr, /--strict makes this an error/);
});

test.run();
