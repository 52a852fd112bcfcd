/** What needs a broker of the test's own: TLS, a channel the broker closes, a queue it takes away, its management API. */

import type { Topology } from '../../../config/topology.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import {
  RabbitmqTransport,
  type RabbitmqTransportOptions,
} from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { topologyDifference } from '../../../transports/rabbitmq/topology-difference.ts';
import {
  binding,
  exchange,
  message,
  queue,
  quorumQueue,
  topology,
} from '../../contract/transport/harness.ts';
import { Inbox } from '../../contract/transport/inbox.ts';
import { survivesRestart } from '../../contract/transport/restarting.ts';
import { type PrivateRabbitmq, startPrivateRabbitmq } from '../../support/private-rabbitmq.ts';
import { assert, suite } from '../../support/suite.ts';
import { quickOptions } from './rabbitmq-harness.ts';

const test = suite('RabbitMQ on a node of its own', {
  needs: ['rabbitmq-server'],
  deadlineMs: 120_000,
});
const transports: RabbitmqTransport[] = [];
let node: PrivateRabbitmq;

test.before(async () => {
  node = await startPrivateRabbitmq({
    tls: true,
    plugins: ['rabbitmq_management'],
    // A consumer that does not settle within a second loses its channel.
    settings: ['{consumer_timeout, 1000}', '{channel_tick_interval, 200}'],
  });
});

test.after(() => node.remove());

test.after.each(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
});

function transportTo(options: Partial<RabbitmqTransportOptions> = {}): RabbitmqTransport {
  const transport = new RabbitmqTransport({ ...quickOptions, urls: [node.url], ...options });
  transports.push(transport);
  return transport;
}

test('TLS: messages go out and come in through an encrypted connection', async () => {
  const transport = transportTo({ urls: [node.tlsUrl], tls: { ca: node.certificates?.authority } });
  await transport.open(topology({ queues: [queue('secret')] }));
  await transport.publish(message({ routingKey: 'secret', body: 'unheard' }));
  assert.equal(await (await Inbox.open(transport, 'secret')).bodies(1), ['unheard']);
  assert.match(await node.control('list_connections', 'ssl'), /true/);
});

test('TLS: a broker whose certificate nobody vouches for is waited for, not trusted', async () => {
  const waits: string[] = [];
  const transport = transportTo({
    urls: [node.tlsUrl],
    log: (_level, text, fields) => waits.push(`${text}: ${fields?.['reason']}`),
  });
  const opening = transport.open(topology({}));
  while (waits.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await transport.close();
  await assert.rejects(opening, Transient);
  assert.match(waits[0] ?? '', /waiting for the broker: amqps:.*certificate/);
});

test('a channel that the broker closes is opened again, and the answer to a delivery of the old one is dropped', async () => {
  const log: string[] = [];
  const transport = transportTo({ log: (_level, text) => log.push(text) });
  await transport.open(topology({ queues: [queue('slow')] }));
  const inbox = await Inbox.open(transport, 'slow', 1);
  await transport.publish(message({ routingKey: 'slow', body: 'taken too long' }));
  const first = await inbox.next();
  const again = await inbox.next();
  assert.is(again.delivery.redelivered, true);
  first.answer('done');
  again.answer('done');
  assert.ok(log.includes("subscription to queue 'slow' lost"), log.join());
  await transport.publish(message({ routingKey: 'slow', body: 'next' }));
  assert.equal(await inbox.bodies(1), ['next']);
});

test('the management API shows what the files and the broker do not share', async () => {
  const ours = topology({
    exchanges: [exchange('diffed', 'topic')],
    queues: [quorumQueue('diffed.q')],
    bindings: [binding('diffed', 'diffed.q', 'a.#')],
  });
  await transportTo().open(
    topology({
      exchanges: [exchange('diffed', 'topic')],
      queues: [quorumQueue('diffed.q'), queue('diffed.extra')],
      bindings: [binding('diffed', 'diffed.q', 'b')],
    }),
  );
  const { differences, unseen } = await topologyDifference(ours, {
    urls: [node.url],
    managementUrl: node.managementUrl,
  });
  const about = differences.filter((line) => line.includes('diffed'));
  assert.equal(about.sort(), [
    "binding of queue 'diffed.q' to exchange 'diffed' under 'a.#': not on the broker",
    "binding of queue 'diffed.q' to exchange 'diffed' under 'b': on the broker, in none of the files",
    "queue 'diffed.extra': on the broker, in none of the files",
  ]);
  assert.equal(unseen, []);
});

test('durable and persistent survive a restart, the rest does not', async () => {
  const connect = async (parts: Topology) => {
    const transport = transportTo();
    await transport.open(parts);
    return transport;
  };
  await survivesRestart({ connect, restart: () => node.restart() });
});

test.run();
