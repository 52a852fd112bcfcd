/**
 * Reply queues that one process has for itself.
 *
 * What an ephemeral machine has asked only its own process knows, while `<svc_name>_reply` is for every process of the service: another
 * one would take the answer, know of no question, and drop it.
 *
 * 1. A service with an ephemeral machine that asks has in each process the queue `<svc_name>_reply.<instance>`, bound like the shared one
 *    under its own name.
 * 2. The queue outlives a lost connection, and its process by ten minutes; then the broker removes it.
 * 3. An answer that nobody has taken from it for five seconds goes to the shared one: its process is dead, and whoever was given the request
 *    in its place has asked again under the same id, and knows it.
 * 4. Where the config declares no queues, somebody else makes them, who cannot know this one: answers come to the shared queue.
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

/** The queues of a process of this name, by service; none for a service that takes answers from the shared one. Throws `Broken` for a name that is too long. */
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
