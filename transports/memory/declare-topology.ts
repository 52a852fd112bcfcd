/** Declares a topology on the memory broker. Objects with `declare: false` are only checked. */
import type { ExchangeDeclaration, QueueDeclaration, Topology } from '../../config/topology.ts';
import { BrokerRefusal, declarationError, missingError } from '../broker-refusal.ts';
import type { BrokerConnection } from './broker-connection.ts';
import type { MemoryTopology } from './memory-topology.ts';

function attempt(subject: string, step: () => void, asError = declarationError): void {
  try {
    step();
  } catch (error) {
    throw error instanceof BrokerRefusal ? asError(subject, error) : error;
  }
}

function isMissing(subject: string, refusal: BrokerRefusal) {
  return refusal.code === 404 ? missingError(subject, refusal) : declarationError(subject, refusal);
}

function declareExchange(target: MemoryTopology, exchange: ExchangeDeclaration): void {
  const subject = `exchange '${exchange.name}'`;
  if (!exchange.declare) attempt(subject, () => target.exchange(exchange.name), isMissing);
  attempt(subject, () => target.declareExchange(exchange));
}

function declareQueue(
  target: MemoryTopology,
  queue: QueueDeclaration,
  connection: BrokerConnection,
): void {
  const subject = `queue '${queue.name}'`;
  if (!queue.declare) attempt(subject, () => target.queue(queue.name, connection), isMissing);
  attempt(subject, () => target.declareQueue(queue, connection));
}

/** Throws `Broken` for an object that the broker refuses, with the object and the reason. */
export function declareTopology(
  target: MemoryTopology,
  topology: Topology,
  connection: BrokerConnection,
): void {
  for (const exchange of topology.exchanges) declareExchange(target, exchange);
  for (const queue of topology.queues) declareQueue(target, queue, connection);
  for (const binding of topology.bindings) {
    const subject = `binding of queue '${binding.queue}' to exchange '${binding.exchange}'`;
    attempt(subject, () => target.bind(binding, connection));
  }
}
