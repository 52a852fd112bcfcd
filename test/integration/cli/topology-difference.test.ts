/**
 * How a real broker differs from a topology; beside it a server in the place of the management API.
 */
import type { QueueDeclaration, Topology } from '../../../config/topology.ts';
import { topologyDifference } from '../../../transports/rabbitmq/topology-difference.ts';
import type { TopologyDifference } from '../../../transports/transport-module.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { declareAll, onBroker } from './broker-state.ts';
import {
  bindingRow,
  exchangeRow,
  type ManagementRows,
  openManagement,
  queueRow,
  rowsOf,
} from './management-server.ts';

const test = suite('topology difference', {
  needs: ['rabbitmq', 'rabbitmqctl'],
  deadlineMs: 30_000,
});

const queue: QueueDeclaration = {
  name: 'q',
  durable: true,
  exclusive: false,
  autoDelete: false,
  declare: true,
  arguments: {},
};
const topology: Topology = {
  exchanges: [
    { name: 'x', type: 'direct', durable: true, autoDelete: false, declare: true, arguments: {} },
  ],
  queues: [queue, { ...queue, name: 'lasting', arguments: { 'x-queue-type': 'quorum' } }],
  bindings: [
    { exchange: 'x', queue: 'q', routingKey: 'k', arguments: {} },
    { exchange: 'x', queue: 'lasting', routingKey: 'k', arguments: { a: 1, b: true } },
  ],
};
const beyond = [
  'what the broker has beyond the files: AMQP cannot list it; give --management URL',
  'bindings: AMQP cannot ask for them; give --management URL',
];
let host: VirtualHost;

test.before(async () => {
  host = await openVirtualHost('difference');
});
test.after.each(() =>
  onBroker(host, async (channel) => {
    for (const { name } of topology.exchanges) await channel.deleteExchange(name);
    for (const { name } of topology.queues) await channel.deleteQueue(name);
  }),
);
test.after(() => host.remove());

function compare(managementUrl?: string, wanted = topology): Promise<TopologyDifference> {
  return topologyDifference(wanted, {
    urls: [host.url],
    ...(managementUrl === undefined ? {} : { managementUrl }),
  });
}

async function compareListed(rows: ManagementRows): Promise<TopologyDifference> {
  const management = await openManagement(host, rows);
  try {
    return await compare(`${management.url}/`);
  } finally {
    await management.close();
  }
}

test('looking creates nothing', async () => {
  const first = await compare();
  assert.equal(first.differences, [
    "exchange 'x': not on the broker",
    "queue 'q': not on the broker",
    "queue 'lasting': not on the broker",
  ]);
  assert.equal(await compare(), first);
});

test('what is otherwise is named with both sides; what AMQP cannot tell is not looked at', async () => {
  await declareAll(host, topology);
  assert.equal(await compare(), { differences: [], unseen: beyond });
  await onBroker(host, async (channel) => {
    await channel.deleteExchange('x');
    await channel.assertExchange('x', 'topic');
    await channel.deleteQueue('lasting');
    await channel.assertQueue('lasting', { durable: false });
  });
  assert.equal((await compare()).differences, [
    "exchange 'x': 'type' is topic on the broker, but the config says direct (406 PRECONDITION_FAILED)",
    "queue 'lasting': 'durable' is false on the broker, but the config says true (406 PRECONDITION_FAILED)",
  ]);
});

test('an exclusive queue that is away is no difference, nor is one that another connection has', async () => {
  const exclusive: Topology = {
    exchanges: [],
    queues: [{ ...queue, exclusive: true }],
    bindings: [],
  };
  assert.equal(await compare(undefined, exclusive), {
    differences: [],
    unseen: ["queue 'q': exclusive, it is there only while its service is", ...beyond],
  });
  await onBroker(host, async (channel) => {
    await channel.assertQueue('q', { exclusive: true });
    const { differences, unseen } = await compare(undefined, exclusive);
    assert.equal(differences, []);
    assert.match(unseen[0] ?? '', /^queue 'q' belongs to another connection: RESOURCE_LOCKED/);
  });
});

test('the management API: the same on both sides, whatever the broker has of its own', async () => {
  await declareAll(host, topology);
  assert.equal(await compareListed(rowsOf(topology)), { differences: [], unseen: [] });
});

test('the management API: exchanges and queues the files do not name, and bindings one side has alone', async () => {
  await declareAll(host, topology);
  const { exchanges, queues, bindings } = rowsOf(topology);
  const rows = {
    exchanges: [...exchanges, exchangeRow('alien', 'topic')],
    queues: [...queues, queueRow('alien.queue')],
    bindings: [
      ...bindings.filter(({ destination }) => destination !== 'q'),
      bindingRow('x', 'lasting', 'k', { a: 2, b: true }),
      bindingRow('x', 'alien.queue', 'k'),
    ],
  };
  assert.equal(await compareListed(rows), {
    differences: [
      "exchange 'alien': on the broker, in none of the files",
      "queue 'alien.queue': on the broker, in none of the files",
      "binding of queue 'q' to exchange 'x' under 'k': not on the broker",
      `binding of queue 'lasting' to exchange 'x' under 'k' with {"a":2,"b":true}: on the broker, in none of the files`,
    ],
    unseen: [],
  });
});

test('the management API: its own user goes before that of the broker; a refusal is told without the password', async () => {
  const management = await openManagement(host, rowsOf(topology));
  const url = new URL(management.url);
  url.username = 'kim';
  url.password = 'hunter2';
  await assert.rejects(
    () => compare(url.href),
    (error) =>
      error instanceof Error &&
      /\/api\/\w+\/\S+ answers 401 Unauthorized/.test(error.message) &&
      !error.message.includes('hunter2'),
  );
  await management.close();
  await assert.rejects(() => compare(management.url), /cannot be reached: .*ECONNREFUSED/);
});

test.run();
