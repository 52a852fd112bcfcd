/**
 * The queues of processes as AMQP queues.
 *
 * A process queue is a durable classic queue, so that the queue outlives a lost connection. The
 * broker expires an unused process queue. A message that no consumer takes expires, and is
 * dead-lettered through the default exchange to the successor.
 */
import type { QueueDeclaration, Topology } from '../config/topology.ts';
import type { BrokerObjects, ProcessQueue } from '../runtime/ports/transport.ts';

function declarationOf({
  name,
  successor,
  untakenMaxMs,
  unusedMaxMs,
}: ProcessQueue): QueueDeclaration {
  return {
    name,
    durable: true,
    exclusive: false,
    autoDelete: false,
    declare: true,
    arguments: {
      'x-queue-type': 'classic',
      'x-expires': unusedMaxMs,
      'x-message-ttl': untakenMaxMs,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': successor,
    },
  };
}

/** The topology with the process queues among its queues. */
export function withProcessQueues({
  exchanges,
  queues,
  bindings,
  processQueues = [],
}: BrokerObjects): Topology {
  return { exchanges, queues: [...queues, ...processQueues.map(declarationOf)], bindings };
}
