/** What a real broker has before a command looks at it. */
import { type Channel, connect } from 'amqplib';
import type { Topology } from '../../../config/topology.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { RabbitmqTransport } from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import type { VirtualHost } from '../../support/virtual-host.ts';

/** Declares it as the services do. */
export async function declareAll({ url }: VirtualHost, topology: Topology): Promise<void> {
  const transport = new RabbitmqTransport({ urls: [url], clock: systemClock, random: () => 0.5 });
  await transport.open(topology);
  await transport.close();
}

/** Changes something past the transport. */
export async function onBroker(
  { url }: VirtualHost,
  work: (channel: Channel) => Promise<unknown>,
): Promise<void> {
  const connection = await connect(url);
  await work(await connection.createChannel());
  await connection.close();
}
