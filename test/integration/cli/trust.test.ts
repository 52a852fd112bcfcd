/** The command `start` with services that do not check who sends a message. */
import { freePorts } from '../../support/free-ports.ts';
import { assert, suite } from '../../support/suite.ts';
import { run, start } from './command.ts';

const test = suite('cli: trust', { deadlineMs: 120_000 });

/** Nobody is at the ports. */
async function environment(host: string): Promise<Readonly<Record<string, string>>> {
  const [port] = await freePorts(1);
  return {
    amqp_url: `amqp://${host}:${port}`,
    database_url: `postgresql://postgres@127.0.0.1:${port}/shop`,
  };
}

/** The lines about trust that the command prints until it waits for its database. */
async function linesOf(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const command = start(['start', 'transactions'], env);
  await command.logged('waiting for the database');
  command.signal('SIGTERM');
  const { code, stderr } = await command.ended;
  assert.is(code, 0, stderr);
  return stderr.split('\n').filter((line) => line.startsWith('trust:'));
}

test('a start without trust says so in one line that names the service', async () => {
  const lines = await linesOf(await environment('127.0.0.1'));
  assert.is(lines.length, 1);
  assert.match(lines[0] ?? '', /no 'trust' is configured for transactions/);
});

test('a start with trust says nothing about it', async () => {
  const trust = JSON.stringify({ services: { transactions: ['transactions'] } });
  assert.equal(await linesOf({ ...(await environment('127.0.0.1')), TRUST: trust }), []);
});

test('--strict ends as for a wrong configuration when the broker is not on the loopback address', async () => {
  const env = await environment('broker.invalid');
  const { code, stderr } = await run(['start', 'transactions', '--strict'], env);
  assert.is(code, 78, stderr);
  assert.match(stderr, /\/trust: found nothing, and the broker broker\.invalid/);
  assert.match(stderr, /trust or trust_file under --strict/);
});

test.run();
