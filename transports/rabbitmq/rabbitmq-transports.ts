/** Connections to RabbitMQ, as the table of transports opens them. Only this file and those that it imports load the driver. */
import type { Transports } from '../../runtime/ports/transport.ts';
import type { BrokerAccess } from '../transport-module.ts';
import { RabbitmqTransport } from './rabbitmq-transport.ts';

export { topologyDifference } from './topology-difference.ts';

/** Connects only when a transport is opened. */
export function openTransports(access: BrokerAccess): Transports {
  return () => new RabbitmqTransport(access);
}
