/** The fifteen publishers of the field, a list of names in one file: each declared, published to and read, in memory and on RabbitMQ. */
import { readFileSync } from 'node:fs';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import { topologyOf } from '../../../config/topology.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { RabbitmqTransport } from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { message } from '../../contract/transport/harness.ts';
import { Inbox } from '../../contract/transport/inbox.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { quickOptions } from './rabbitmq-harness.ts';

const file = readFileSync(
  new URL('../../unit/config/koin-publishers.json', import.meta.url),
  'utf8',
);
const topology = topologyOf([
  parseExchangeConfig(file, { file: 'koin-publishers.json', env: {}, sections: {} }),
]);
const names = topology.queues.map(({ name }) => name);

async function eachTakesAndGives(transport: Transport): Promise<void> {
  assert.is(names.length, 15);
  await transport.open(topology);
  for (const name of names) {
    const { kind } = await transport.publish(
      message({ exchange: name, routingKey: name, body: `to ${name}`, mandatory: true }),
    );
    assert.is(kind, 'confirmed');
    assert.equal(await (await Inbox.open(transport, name)).bodies(1), [`to ${name}`]);
  }
  await transport.close();
}

const inMemory = suite('the fifteen publishers in memory');
const onRabbitmq = suite('the fifteen publishers on RabbitMQ', {
  needs: ['rabbitmq', 'rabbitmqctl'],
  deadlineMs: 30_000,
});

inMemory('each is declared, published to and read', () =>
  eachTakesAndGives(new MemoryTransport(new MemoryBroker(systemClock))),
);

onRabbitmq('each is declared, published to and read', async () => {
  const host = await openVirtualHost('publishers');
  try {
    await eachTakesAndGives(new RabbitmqTransport({ ...quickOptions, urls: [host.url] }));
  } finally {
    await host.remove();
  }
});

inMemory.run();
onRabbitmq.run();
