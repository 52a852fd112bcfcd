/** Connections to a memory broker, as the table of transports opens them. */
import type { Transports } from '../../runtime/ports/transport.ts';
import type { BrokerAccess } from '../transport-module.ts';
import { MemoryBroker } from './memory-broker.ts';
import { MemoryTransport } from './memory-transport.ts';

/** Makes a broker in this process. Each call makes another broker. */
export function openTransports({ clock }: Pick<BrokerAccess, 'clock'>): Transports {
  const broker = new MemoryBroker(clock);
  return (user) => new MemoryTransport(broker, user === undefined ? {} : { user: user.name });
}
