/** `config diff` with a real broker; of the management API a server that answers as RabbitMQ 3.10.8 does, cut down to what is told apart. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Channel, connect } from 'amqplib';
import { loadExchangeConfigs } from '../../../config/load.ts';
import { topologyOf } from '../../../config/topology.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { sections } from '../../../sections.ts';
import { RabbitmqTransport } from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { type Ended, run, serviceFile } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: config diff', { needs: ['rabbitmq', 'rabbitmqctl'], deadlineMs: 60_000 });
const file = serviceFile('transactions');
const topology = topologyOf(loadExchangeConfigs([file], { env: {}, sections }));
const bindingsUnseen = 'not looked at: bindings: AMQP cannot ask for them; give --management URL\n';
const extraUnseen = 'not looked at: what the broker has beyond the files: AMQP cannot list it; give --management URL\n';
let host: VirtualHost;
let folder: ConfigFolder;
let servers: Server[] = [];

test.before.each(async () => {
  host = await openVirtualHost('diff');
  folder = await ConfigFolder.open();
});
test.after.each(async () => {
  for (const server of servers) server.close();
  servers = [];
  await folder.remove();
  await host.remove();
});

async function declareAll(): Promise<void> {
  const transport = new RabbitmqTransport({ urls: [host.url], clock: systemClock, random: () => 0.5 });
  await transport.open(topology);
  await transport.close();
}

async function onBroker(work: (channel: Channel) => Promise<unknown>): Promise<void> {
  const connection = await connect(host.url);
  await work(await connection.createChannel());
  await connection.close();
}

function diff(...args: readonly string[]): Promise<Ended> {
  return run(['config', 'diff', '--broker', host.url, ...args]);
}

/** Answers with these rows under `/api/<what>/<virtual host>`, to the broker's user only. */
async function management(rows: Readonly<Record<'exchanges' | 'queues' | 'bindings', readonly object[]>>): Promise<string> {
  const { username, password } = new URL(host.url);
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const server = createServer(({ url = '', headers }, response) => {
    const [, , what = '', vhost = ''] = url.split('/');
    if (headers.authorization !== basic) response.writeHead(401).end('{"error":"not_authorised"}');
    else if (decodeURIComponent(vhost) !== host.name) response.writeHead(404).end('{"error":"Object Not Found"}');
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(rows[what as keyof typeof rows]));
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const row = { arguments: {}, auto_delete: false, durable: true };
const listed = {
  exchanges: [
    { ...row, internal: false, name: '', type: 'direct' },
    { ...row, internal: false, name: 'amq.direct', type: 'direct' },
    { ...row, internal: true, name: 'amq.rabbitmq.trace', type: 'topic' },
    ...topology.exchanges.map(({ name, type }) => ({ ...row, internal: false, name, type })),
  ],
  queues: [
    { ...row, exclusive: true, name: 'amq.gen-yyfStAiJg' },
    ...topology.queues.map(({ name, arguments: given }) => ({ ...row, arguments: given, exclusive: false, name })),
  ],
  bindings: [
    ...topology.queues.map(({ name }) => ({ source: '', destination: name, destination_type: 'queue', routing_key: name, arguments: {} })),
    ...topology.bindings.map(({ exchange, queue, routingKey }) => ({
      ...{ source: exchange, destination: queue, destination_type: 'queue', routing_key: routingKey, arguments: {} },
    })),
  ],
};

test('an empty broker has nothing of the files; exit code 1', async () => {
  const { code, stdout } = await diff(file);
  assert.is(code, 1);
  const count = topology.exchanges.length + topology.queues.length;
  assert.match(stdout, /^exchange 'transactions': not on the broker$/m);
  assert.match(stdout, /^queue 'transaction\.process': not on the broker$/m);
  assert.ok(stdout.endsWith(`${extraUnseen}${bindingsUnseen}${count} differences\n`), stdout);
});

test('after the services have declared there is no difference; exit code 0, and it says what it has not looked at', async () => {
  await declareAll();
  const { code, stdout, stderr } = await diff(file);
  assert.equal([code, stdout, stderr], [0, `${extraUnseen}${bindingsUnseen}no difference\n`, '']);
});

test('what is otherwise is named with both sides; the broker may come from the environment', async () => {
  await declareAll();
  await onBroker(async (channel) => {
    await channel.deleteExchange('transactions');
    await channel.assertExchange('transactions', 'topic');
    await channel.deleteQueue('transaction.process');
  });
  for (const _ of ['first', 'again']) {
    const { code, stdout } = await diff(file);
    assert.is(code, 1);
    assert.match(
      stdout,
      /^exchange 'transactions': 'type' is topic on the broker, but the config says direct \(406 PRECONDITION_FAILED\)$/m,
    );
    assert.match(stdout, /^queue 'transaction\.process': not on the broker$/m);
    assert.match(stdout, /^2 differences$/m);
  }
});

test('--management: what the broker has beyond the files, and bindings either has alone', async () => {
  await declareAll();
  const [missing, ...others] = listed.bindings.filter(({ source }) => source === 'transactions');
  const foreign = {
    source: 'transactions',
    destination: 'transaction.process',
    destination_type: 'queue',
    routing_key: 'k',
    arguments: { a: 1 },
  };
  const url = await management({
    exchanges: [...listed.exchanges, { ...row, internal: false, name: 'alien', type: 'topic' }],
    queues: [...listed.queues, { ...row, exclusive: false, name: 'alien.queue' }],
    bindings: [...others, ...listed.bindings.filter(({ source }) => source !== 'transactions'), foreign],
  });
  const { code, stdout } = await diff(file, '--management', url);
  assert.is(code, 1);
  assert.equal(stdout.trimEnd().split('\n'), [
    "exchange 'alien': on the broker, in none of the files",
    "queue 'alien.queue': on the broker, in none of the files",
    `binding of queue '${missing?.destination}' to exchange 'transactions' under '${missing?.routing_key}': not on the broker`,
    `binding of queue 'transaction.process' to exchange 'transactions' under 'k' with {"a":1}: on the broker, in none of the files`,
    '4 differences',
  ]);
});

test('a broker that refuses the user: exit code 78; one that is not there: 1; neither shows the password', async () => {
  const refused = new URL(host.url);
  refused.password = 'hunter2';
  const away = new URL(refused);
  away.host = '127.0.0.1:1';
  for (const [url, exitCode, message] of [
    [refused, 78, /refuses the connection: .*ACCESS[-_]REFUSED/i],
    [away, 1, /127\.0\.0\.1:1\S* cannot be reached/],
  ] as const) {
    const { code, stdout, stderr } = await run(['config', 'diff', '--broker', url.href, file]);
    assert.equal([code, stdout], [exitCode, '']);
    assert.match(stderr, message);
    assert.not.match(stderr, /hunter2/);
  }
});

test('no broker, or no address of one: exit code 2', async () => {
  for (const args of [[file], [file, '--broker', 'localhost:5672'], [file, '--broker', host.url, '--management', 'localhost']]) {
    const { code, stderr } = await run(['config', 'diff', ...args]);
    assert.is(code, 2);
    assert.match(stderr, /error: .*--(broker|management)/);
  }
});

test.run();
