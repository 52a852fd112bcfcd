/** What only a broker behind a network shows: waiting for it, choosing among several, cuts under load. */
import { Broken, Transient } from '../../../runtime/ports/errors.ts';
import type { Log } from '../../../runtime/ports/log.ts';
import {
  RabbitmqTransport,
  type RabbitmqTransportOptions,
} from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { message, queue, quorumQueue, topology } from '../../contract/transport/harness.ts';
import { Inbox } from '../../contract/transport/inbox.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { newRelay, quickOptions, relayed, withChannel } from './rabbitmq-harness.ts';
import type { TcpProxy } from './tcp-proxy.ts';

const test = suite('RabbitMQ recovery', { needs: ['rabbitmq'], deadlineMs: 30_000 });
const prefix = `recovery.${process.pid}.${process.hrtime.bigint().toString(36)}`;
const transports: RabbitmqTransport[] = [];
const relays: TcpProxy[] = [];
const queues: string[] = [];

test.after.each(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await withChannel(async (channel) => {
    for (const name of queues.splice(0)) await channel.deleteQueue(name);
  });
});

function transportTo(
  urls: readonly string[],
  options: Partial<RabbitmqTransportOptions> = {},
): RabbitmqTransport {
  const transport = new RabbitmqTransport({ ...quickOptions, ...options, urls });
  transports.push(transport);
  return transport;
}

async function relay(): Promise<{ relay: TcpProxy; url: string }> {
  const created = newRelay();
  const url = relayed(await created.start());
  relays.push(created);
  return { relay: created, url };
}

function queueName(): string {
  const name = `${prefix}.q${queues.length}`;
  queues.push(name);
  return name;
}

/** Runs until the predicate holds, giving timers and sockets their turn. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test('waiting: open waits for a broker that is not up, and says so', async () => {
  const { relay: way, url } = await relay();
  await way.stop();
  const waits: string[] = [];
  const transport = transportTo([url], {
    log: (_level, text, fields) =>
      waits.push(`${text} since ${fields?.['since']}: ${fields?.['reason']}`),
  });
  const opening = transport.open(topology({}));
  await until(() => waits.length >= 2);
  assert.match(waits[0] ?? '', /waiting for the broker since 20\d\d-.*: amqp:.*cannot be reached/);
  await way.start();
  await opening;
  assert.is(
    (await transport.publish(message({ routingKey: 'nobody', mandatory: true }))).kind,
    'returned',
  );
});

test('close ends the waiting for a broker', async () => {
  const { relay: way, url } = await relay();
  await way.stop();
  const transport = transportTo([url]);
  const opening = transport.open(topology({}));
  await transport.close();
  await assert.rejects(opening, Transient);
});

test('the next address is tried when one does not answer', async () => {
  const { relay: way, url } = await relay();
  await way.stop();
  const transport = transportTo([url, servers.rabbitmq]);
  await transport.open(topology({}));
});

test('waiting: credentials the broker refuses are told at once, without the password', async () => {
  const url = new URL(servers.rabbitmq);
  url.username = 'nobody';
  url.password = 'hunter2';
  await assert.rejects(transportTo([url.href]).open(topology({})), (error) => {
    return (
      error instanceof Broken &&
      /ACCESS_REFUSED/.test(error.message) &&
      !error.message.includes('hunter2')
    );
  });
});

test('waiting: a virtual host that is not there is told at once, with the words of the broker', async () => {
  const url = new URL(servers.rabbitmq);
  url.pathname = '/no_such_vhost';
  const isRefused = (error: unknown) =>
    error instanceof Broken &&
    error.code === 'config-invalid' &&
    /no_such_vhost refuses the connection: 530 NOT_ALLOWED - .*not found/.test(error.message);
  await assert.rejects(transportTo([url.href]).open(topology({})), isRefused);
});

test('waiting: an address that is no URL is told at once', () => {
  assert.throws(() => transportTo(['rabbit']), Broken);
});

test('a request and its answer do not wait for Nagle’s algorithm', async () => {
  const [questions, answers] = [queueName(), queueName()];
  const [asker, answerer] = [transportTo([servers.rabbitmq]), transportTo([servers.rabbitmq])];
  await asker.open(topology({ queues: [queue(answers)] }));
  await answerer.open(topology({ queues: [queue(questions)] }));
  await answerer.consume(questions, { prefetch: 1 }, async () => {
    await answerer.publish(message({ routingKey: answers, properties: { persistent: false } }));
    return 'done';
  });
  const inbox = await Inbox.open(asker, answers, 1);
  const times: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const startedMs = performance.now();
    await asker.publish(message({ routingKey: questions, properties: { persistent: false } }));
    await inbox.take();
    times.push(performance.now() - startedMs);
  }
  const medianMs = times.sort((a, b) => a - b)[20] ?? 0;
  assert.ok(medianMs < 35, `median ${medianMs.toFixed(1)} ms`);
});

test('lost connection: what is unconfirmed when the connection is lost rejects as transient, and nothing is confirmed that is not there', async () => {
  const name = queueName();
  const { relay: way, url } = await relay();
  const transport = transportTo([url]);
  await transport.open(topology({ queues: [quorumQueue(name)] }));
  const publishes = Array.from({ length: 2_000 }, (_, index) =>
    transport.publish(message({ routingKey: name, body: String(index) })),
  );
  const outcomes = Promise.allSettled(publishes);
  await publishes[100];
  way.cut();
  const settled = await outcomes;
  const rejected = settled.filter((outcome) => outcome.status === 'rejected');
  assert.ok(rejected.length > 0 && rejected.every(({ reason }) => reason instanceof Transient));
  const confirmed = settled.flatMap((outcome, index) =>
    outcome.status === 'fulfilled' ? [String(index)] : [],
  );
  const reader = transportTo([servers.rabbitmq]);
  await reader.open(topology({}));
  await reader.publish(message({ routingKey: name, body: 'end' }));
  const inbox = await Inbox.open(reader, name, 100);
  const found = new Set<string>();
  for (let body = ''; body !== 'end'; found.add(body)) body = (await inbox.bodies(1))[0] ?? '';
  assert.equal(
    confirmed.filter((body) => !found.has(body)),
    [],
  );
});

test('a connection that carries nothing any more is given up after two heartbeats, and a new one takes its place', async () => {
  const name = queueName();
  const { relay: way, url } = await relay();
  const lost: unknown[] = [];
  const note: Log = (_level, text, fields) => {
    if (text === 'connection to the broker lost') lost.push(fields?.['reason']);
  };
  const transport = transportTo([url], { heartbeatSeconds: 1, log: note });
  await transport.open(topology({ queues: [queue(name)] }));
  const inbox = await Inbox.open(transport, name, 1);
  way.freeze();
  const direct = transportTo([servers.rabbitmq]);
  await direct.open(topology({}));
  await direct.publish(message({ routingKey: name, body: 'after' }));
  assert.equal(await inbox.bodies(1), ['after']);
  assert.match(String(lost[0]), /[Hh]eartbeat/);
});

test('closing: close ends within its deadlines when the broker does not answer any more', async () => {
  const name = queueName();
  const { relay: way, url } = await relay();
  const transport = transportTo([url], { closeDeadlineMs: 100 });
  await transport.open(topology({ queues: [queue(name)] }));
  way.freeze();
  const publishing = transport.publish(message({ routingKey: name }));
  const startedMs = performance.now();
  await Promise.all([transport.close(), assert.rejects(publishing, Transient)]);
  assert.ok(performance.now() - startedMs < 5_000);
});

test('size: a body over the maximum of the broker is refused for good, and other messages go out', async () => {
  const transport = transportTo([servers.rabbitmq]);
  const name = queueName();
  await transport.open(topology({ queues: [queue(name)] }));
  const body = Buffer.alloc(2 ** 27 + 1);
  const isTooLarge = (error: unknown) =>
    error instanceof Broken &&
    error.code === 'body-too-large' &&
    /the broker takes at most \d+/.test(error.message);
  for (let time = 0; time < 2; time += 1)
    await assert.rejects(transport.publish(message({ routingKey: name, body })), isTooLarge);
  const { kind } = await transport.publish(message({ routingKey: name, body: 'small' }));
  assert.is(kind, 'confirmed');
  assert.equal(await (await Inbox.open(transport, name)).bodies(1), ['small']);
});

test.run();
