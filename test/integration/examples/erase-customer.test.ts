/** The example in one process without a server, and as processes over RabbitMQ and PostgreSQL. */
import { execFile } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect } from '../../../deployment.ts';
import { story } from '../../../examples/erase-customer/story.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { programAt } from '../../support/program.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { type Started, start } from '../cli/command.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { WebhookServer } from '../webhook/webhook-server.ts';

const test = suite('example: erase a customer', {
  needs: ['postgres', 'rabbitmq'],
  deadlineMs: 300_000,
});

const extension = extname(import.meta.url);
const file = (name: string) =>
  fileURLToPath(new URL(`../../../examples/erase-customer/${name}`, import.meta.url));
const secret = 'the secret of the example';

test('in one process: the plan, the hold by name, the retry, what is kept, and the record', async () => {
  const program = programAt(new URL('../../../examples/erase-customer/erase.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...program.options,
    program.file,
  ]);
  const lines = stdout.split('\n');
  assert.ok(lines.length <= 60, `${lines.length} lines`);
  for (const line of [
    '  disputes says no: dispute d1 is open: the pump leaks',
    '  invoices: ok, keeps invoice i1 until 2036-12-31 (commercial law, ten years)',
    'the hold has ended, and the deletion was tried again: Kim is gone.',
    '    newsletter: deleting, knows 1 of 1',
    '  customers removed Kim',
    '  invoices keeps invoice i1 until 2036-12-31 (commercial law, ten years)',
  ])
    assert.ok(lines.includes(line), `${line} is not in:\n${stdout}`);
});

test('as processes over RabbitMQ and PostgreSQL, with the same files', async () => {
  const host = await openVirtualHost('erase-customer');
  const database = postgresUrl(ownPrefix());
  const webhook = new WebhookServer(secret);
  const env = {
    amqp_url: host.url,
    database_url: database,
    WEBHOOK__URL: await webhook.open(),
    WEBHOOK__SECRET: secret,
  };
  const modules = ['customers', 'orders', 'invoices', 'disputes'];
  const running: Started[] = [
    start(['start', 'newsletter', '--config', file('newsletter.json')], env),
    ...modules.map((name) => start(['start', '--module', file(`${name}${extension}`)], env)),
  ];
  await Promise.all(running.map((one) => one.printed('ready:')));
  const client = await connect(host.url, 'the example');
  const ask = async (service: string, action: string, data: JsonObject) => {
    const to = { exchange: service, routingKey: `${service}_requests` };
    return (await client.request(to, { action, data })) as JsonObject;
  };
  const said: string[] = [];
  await story(ask, (line) => said.push(line), 20_000);
  assert.ok(
    said.includes('  disputes says no: dispute d1 is open: the pump leaks'),
    said.join('\n'),
  );
  assert.is(webhook.of('deleting').length, 1);
  await client.close();
  for (const one of running) one.signal('SIGTERM');
  await Promise.all(running.map(({ ended }) => ended));
  await webhook.close();
  await host.remove();
  const opened = await openDatabase(database, { stores: [] });
  await dropSchemas(opened);
  await opened.close();
});

test.run();
