/**
 * `deletions export` and `deletions replay`, with a backup that `pg_dump` makes and `psql` restores: a
 * customer of an owner without a tree with rows of participants and a webhook, and a node of the tree.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RunningProcess } from '../../../cli/running-process.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { ownPrefix, postgresUrl } from '../journal/benches.ts';
import { WebhookServer } from '../webhook/webhook-server.ts';
import { run, type Started, start } from './command.ts';

const test = suite('cli: deletions', { needs: ['postgres'], deadlineMs: 400_000 });
const shell = promisify(execFile);
const file = (name: string) =>
  fileURLToPath(new URL(`../../../examples/erase-customer/${name}`, import.meta.url));
const extension = extname(import.meta.url);
const kim = '0192f000-0000-7000-8000-0000000000c1';
const secret = 'the secret of the example';
const [database = ''] = servers.postgres.split('?');

let folder: string;
let prefix: string;
let webhook: WebhookServer;
let env: Record<string, string>;
let services: readonly string[];
let up: Started | undefined;

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deletions-'));
  prefix = ownPrefix();
  webhook = new WebhookServer(secret);
  env = {
    database_url: postgresUrl(prefix),
    WEBHOOK__URL: await webhook.open(),
    WEBHOOK__SECRET: secret,
  };
  services = [
    ...['--data', join(folder, 'data'), '--config', 'objects', 'tags', file('newsletter.json')],
    ...['customers', 'orders', 'invoices'].flatMap((name) => [
      '--module',
      file(`${name}${extension}`),
    ]),
  ];
});
test.after.each(async () => {
  await stopped('SIGTERM');
  await webhook.close();
  await sql(await schemas());
  await rm(folder, { recursive: true });
});

async function started(): Promise<void> {
  up = start(['up', '--no-http', ...services], env);
  await up.printed('ready:');
}
async function stopped(signal: NodeJS.Signals): Promise<void> {
  up?.signal(signal);
  await up?.ended;
}
async function sql(statement: string): Promise<string> {
  return (await shell('psql', [database, '-qAt', '-c', statement])).stdout;
}
/** A statement that drops all schemas with the prefix. */
async function schemas(): Promise<string> {
  return sql(
    `select coalesce(string_agg(format('drop schema %I cascade;', nspname), ' '), 'select 1')
      from pg_namespace where nspname like '${prefix}\\_%'`,
  );
}
async function ask(service: string, action: string, data: JsonObject): Promise<JsonObject> {
  const running = await RunningProcess.find(join(folder, 'data'));
  assert.ok(running);
  return (await running.request(service, action, data)) as JsonObject;
}
async function rowsOf(service: string, action: string, data: JsonObject): Promise<number> {
  return ((await ask(service, action, data))['data'] as readonly unknown[]).length;
}
async function kept(): Promise<readonly number[]> {
  return [
    await rowsOf('customers', 'get', { id: kim }),
    await rowsOf('invoices', 'list', { customerId: kim }),
  ];
}
async function replay(
  ...more: readonly string[]
): Promise<{ code: number | null; report: string }> {
  const args = ['deletions', 'replay', '--file', join(folder, 'deletions'), '--why', 'restored'];
  const { code, stdout } = await run([...args, ...more, ...services], env);
  return { code, report: stdout };
}

test('a restored backup forgets a deletion; a replay carries it out again, also after a crash', async () => {
  await started();
  await ask('customers', 'add', { id: kim, name: 'Kim', email: 'kim@example.org' });
  await ask('orders', 'place', { id: 'o1', customerId: kim, item: 'pump' });
  await ask('orders', 'ship', { id: 'o1' });
  await ask('invoices', 'issue', { id: 'i1', customerId: kim, cents: 1, keptUntil: '2036-12-31' });
  const plant = (await ask('objects_model_crud', 'create', {}))['id'] as string;
  const tag = (await ask('tags_model_crud', 'create', { parentId: plant }))['id'] as string;
  const backup = await shell('pg_dump', [database, '-n', `${prefix}_*`]);
  await writeFile(join(folder, 'backup.sql'), backup.stdout);

  assert.equal((await ask('customers', 'delete', { id: kim }))['error'], undefined);
  assert.equal(await ask('objects_model_crud', 'delete', { id: plant }), {});
  const exporting = ['deletions', 'export', '--since', '2020-01-01', '--out'];
  await run([...exporting, join(folder, 'deletions'), ...services], env);
  const [header = '', ...lines] = (await readFile(join(folder, 'deletions'), 'utf8')).split('\n');
  assert.match(header, /^\{"format":"unanimous-deletions","version":1,"since":"2020-01-01T/);
  assert.equal(
    lines.filter(Boolean).map((line) => {
      const { service, ids, voters, retains } = JSON.parse(line);
      return [service, ids, voters.sort(), retains];
    }),
    [
      [
        'customers',
        [kim],
        ['invoices', 'newsletter', 'orders'],
        [{ voter: 'invoices', until: '2036-12-31', ids: [kim] }],
      ],
      ['tags_model_crud', [tag], [], undefined],
      ['objects_model_crud', [plant], ['tags_model_crud'], undefined],
    ],
  );
  assert.not.match(lines.join(), /Kim|kim@|invoice i1/);

  await stopped('SIGTERM');
  await sql(await schemas());
  await shell('psql', [database, '-q', '-f', join(folder, 'backup.sql')]);
  await started();
  assert.equal(await kept(), [1, 1]);
  const orders = await ask('customers', 'plan', { id: kim });
  assert.match(JSON.stringify(orders), /"voter":"orders","vote":"ok"/);

  const [before, asked] = [webhook.of('deleting').length, webhook.of('mayDelete').length];
  const reached = new Promise<void>((resolve) => {
    webhook.answer = (action) => {
      if (action !== 'deleting') return { body: { allowed: true } };
      resolve();
      return { status: 503 };
    };
  });
  const broken = replay('--timeout', '30');
  await reached;
  await stopped('SIGKILL');
  assert.is((await broken).code, 1);
  webhook.answer = () => ({ body: { allowed: true } });
  await started();
  const again = await replay('--json');
  const report = JSON.parse(again.report);
  assert.equal([again.code, report.deletions, report.problems], [0, 3, []]);
  assert.equal(
    report.services.map(
      ({ service, removed, gone }: Record<string, number>) =>
        [service, Number(removed) + Number(gone)] as const,
    ),
    [
      ['customers', 1],
      ['objects_model_crud', 1],
      ['tags_model_crud', 1],
    ],
  );
  assert.equal(await kept(), [0, 1]);
  assert.ok(webhook.of('deleting').length > before);
  assert.is(webhook.of('mayDelete').length, asked);
  const third = await replay();
  assert.is(third.code, 0);
  assert.match(third.report, /^customers: 0 removed, 1 gone already\n/);
  assert.match(third.report, /\n3 deletions of the file are done\n$/);
});

test('a file of another format is refused with its line, and a wrong time is wrong usage', async () => {
  await writeFile(join(folder, 'deletions'), '{"format":"x"}\n');
  const { stderr, code } = await run(
    ['deletions', 'replay', '--file', join(folder, 'deletions'), '--why', 'x', ...services],
    env,
  );
  assert.equal(code, 1);
  assert.match(stderr, /line 1: found \{"format":"x"\}; allowed is the header/);
  assert.is((await run(['deletions', 'export', '--since', 'soon', ...services], env)).code, 2);
});

test.run();
