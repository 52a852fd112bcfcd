/**
 * Connections to RabbitMQ, as the table of transports opens them. Only this file and its imports
 * load the driver.
 */
import type { Transports } from '../../runtime/ports/transport.ts';
import type { BrokerAccess } from '../transport-module.ts';
import { brokerAddress } from './broker-address.ts';
import { RabbitmqTransport } from './rabbitmq-transport.ts';

export { topologyDifference } from './topology-difference.ts';

/**
 * Connects only when a transport is opened. Throws `Broken('config-invalid')` at once for a URL that
 * RabbitMQ cannot have.
 */
export function openTransports(access: BrokerAccess): Transports {
  access.urls.forEach(brokerAddress);
  return (user) => new RabbitmqTransport(user === undefined ? access : { ...access, user });
}
