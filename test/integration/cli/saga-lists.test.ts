/** `sagas list`: deletions that wait for the end of a hold, and a database that no process has used. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunningProcess } from '../../../cli/running-process.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { assert, suite } from '../../support/suite.ts';
import { ownPrefix, postgresUrl } from '../journal/benches.ts';
import { run, start } from './command.ts';

const test = suite('cli: lists of sagas', { needs: ['postgres'], deadlineMs: 300_000 });
const kim = '0192f000-0000-7000-8000-0000000000c1';
const module = (name: string) => [
  '--module',
  fileURLToPath(
    new URL(`../../../examples/erase-customer/${name}${extname(import.meta.url)}`, import.meta.url),
  ),
];
/** The newsletter does not run, so nobody waits for its answer. */
const env = { consent: '{"always_ask":[]}' };

test('a held deletion is listed with who says no, until when and the next try, and is cancelled', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'held-'));
  const services = ['--data', folder, ...module('customers'), ...module('disputes')];
  const command = (...args: readonly string[]) => run([...args, ...services], env);
  const up = start(['up', '--no-http', '--config', 'transactions', ...services], env);
  try {
    await up.printed('ready:');
    const running = await RunningProcess.find(folder);
    assert.ok(running);
    const ask = async (service: string, action: string, data: JsonObject) =>
      (await running.request(service, action, data)) as { readonly error?: JsonObject };
    const until = new Date(systemClock.now() + 3_600_000).toISOString();
    await ask('customers', 'add', { id: kim, name: 'Kim', email: 'kim@example.org' });
    await ask('disputes', 'open', { id: 'd1', customerId: kim, about: 'it leaks', until });
    const refused = await ask('customers', 'delete', { id: kim, when_held: 'retry' });
    assert.is(refused.error?.['held_until'], until);

    const listed = JSON.parse((await command('sagas', 'list', '--held', '--json')).stdout);
    const [{ againAtMs, refusals, ...held }] = listed;
    assert.equal(
      { ...held, requestedBy: null },
      {
        id: kim,
        service: 'customers',
        saga: refused.error?.['saga'],
        state: 'waiting',
        until,
        giveUpAtMs: null,
        requestedBy: null,
        tries: 0,
      },
    );
    assert.equal(refusals, [
      { service: 'disputes', reason: 'dispute d1 is open: it leaks', until },
    ]);
    assert.ok(Math.abs(againAtMs - Date.parse(until)) < 10_000);
    const told = await command('sagas', 'list', '--held');
    assert.match(told.stdout, `${kim}  customers  waiting  held until ${until}  is tried again`);
    assert.match(told.stdout, `    disputes says no: dispute d1 is open: it leaks, until ${until}`);

    const node = await command('why', kim);
    assert.match(
      node.stdout,
      `  a deletion waits for the end of a hold, until ${until}, and is tried`,
    );
    assert.match(node.stdout, `    disputes says no: dispute d1 is open: it leaks, until ${until}`);
    assert.match(node.stdout, `    unanimous sagas cancel-held ${kim}: ends the wait`);

    const why = ['--why', 'Kim stays', '--by', 'ada'];
    assert.is((await command('sagas', 'cancel-held', kim, ...why)).code, 0);
    const after = await command('sagas', 'list', '--held');
    assert.is(after.stdout, 'no deletion waits for the end of a hold\n');
    const again = await command('sagas', 'cancel-held', kim, ...why);
    assert.equal([again.code, /no deletion of the node/.test(again.stderr)], [1, true]);
  } finally {
    up.signal('SIGTERM');
    await up.ended;
    await rm(folder, { recursive: true });
  }
});

test('a list of an unused database makes no table', async () => {
  const url = postgresUrl(ownPrefix());
  const { code, stdout } = await run(['sagas', 'list', '--config', 'transactions'], {
    database_url: url,
  });
  assert.equal([code, stdout], [0, 'no saga is under way\n']);
  const database = await openDatabase(url, { stores: [] });
  const rows = await database.query('select 1 from pg_namespace where nspname = $1', [
    database.journalSchema,
  ]);
  await database.close();
  assert.equal(rows, []);
});

test.run();
