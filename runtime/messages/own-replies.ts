/**
 * Reply queues of one process.
 *
 * Only the process that asked knows the question of an ephemeral machine, but every process of the
 * service consumes `<svc_name>_reply`. Another process would take the answer, find no question, and
 * drop the answer.
 *
 * - Own queue: a service with an ephemeral machine that asks has the queue
 *   `<svc_name>_reply.<instance>` in each process, bound like the shared queue, under its own name.
 * - Lifetime: the queue outlives a lost connection. The broker removes the queue ten minutes after
 *   the process has ended.
 * - Dead process: an answer that stays in the queue for five seconds moves to the shared queue. The
 *   process that was given the request in place of the dead process has asked again under the same
 *   id, so that process knows the question.
 * - No queues in the config: the operator declares queues and cannot know the name of this queue, so
 *   answers come to the shared queue.
 */
import {
  type QueueDeclaration,
  shortStringBytesMax,
  type Topology,
} from '../../config/topology.ts';
import { Broken } from '../ports/errors.ts';
import type { BrokerObjects, ProcessQueue } from '../ports/transport.ts';
import { isAsk } from '../step/effects.ts';
import type { MachineDefinition } from '../step/machine-definition.ts';
import type { ServiceDefinition } from './service-definition.ts';

const unusedMaxMs = 600_000;
const untakenMaxMs = 5_000;

/**
 * The own queues of the process with this name, by service. A service that takes answers from the
 * shared queue has none. Throws `Broken` for a name that is too long.
 */
export function ownReplyQueues(
  services: readonly ServiceDefinition[],
  instance: string,
): ReadonlyMap<string, string> {
  const having = services.filter(
    ({ config, machines }) => asksForItself(machines) && sharedQueue(config)?.declare === true,
  );
  const queues = having.map(({ name, config }): readonly [string, string] => [
    name,
    `${config.replyQueue}.${instance}`,
  ]);
  const tooLong = queues.find(([, queue]) => Buffer.byteLength(queue) > shortStringBytesMax)?.[1];
  if (tooLong === undefined) return new Map(queues);
  throw new Broken(
    'broken',
    `the name of the instance '${instance}' is too long: the queue ${tooLong} may have ${shortStringBytesMax} bytes`,
  );
}

/** The topology with these queues. */
export function withOwnReplies(
  topology: Topology,
  services: readonly ServiceDefinition[],
  own: ReadonlyMap<string, string>,
): BrokerObjects {
  const bindings = services.flatMap(({ name, config }) => {
    const queue = own.get(name);
    return queue === undefined ? [] : boundLikeShared(queue, config);
  });
  const processQueues = services.flatMap(({ name, config: { replyQueue } }): ProcessQueue[] => {
    const queue = own.get(name);
    return queue === undefined || replyQueue === undefined
      ? []
      : [{ name: queue, successor: replyQueue, untakenMaxMs, unusedMaxMs }];
  });
  return { ...topology, bindings: [...topology.bindings, ...bindings], processQueues };
}

function asksForItself(machines: ServiceDefinition['machines']): boolean {
  return [...machines.values()].some((machine) => machine.ephemeral && asks(machine));
}

function asks({ machine, children }: MachineDefinition): boolean {
  return (
    Object.values(machine.implementations.actions).some(isAsk) || [...children.values()].some(asks)
  );
}

function sharedQueue({
  implied,
  replyQueue,
}: ServiceDefinition['config']): QueueDeclaration | undefined {
  return implied.flatMap(({ queues }) => queues).find(({ name }) => name === replyQueue);
}

function boundLikeShared(
  queue: string,
  { implied, replyQueue }: ServiceDefinition['config'],
): Topology['bindings'] {
  const shared = implied
    .flatMap(({ bindings }) => bindings)
    .filter((binding) => binding.queue === replyQueue);
  return shared.map((binding) => ({ ...binding, queue, routingKey: queue }));
}
