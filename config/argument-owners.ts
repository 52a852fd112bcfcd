/**
 * Which object an AMQP argument belongs to. An entry of the file has a flat `arguments` for its
 * exchange, its queue and its binding.
 *
 * Boundary: pure; knows the argument names of RabbitMQ.
 *
 * - known: an argument that RabbitMQ defines for exchanges belongs to the exchange, an argument
 *   that it defines for queues to the queue.
 * - headers: on a headers exchange all other arguments belong to the binding: `x-match` and the
 *   headers to match.
 * - plugins: elsewhere all other arguments belong to the queue, or to the exchange if the entry has
 *   no queue.
 * - never-dropped: an argument whose object the entry lacks is returned as misplaced.
 */
import type { Arguments, ExchangeType } from './topology.ts';

const exchangeArguments = new Set(['alternate-exchange', 'x-delayed-type']);
const queueArguments = new Set([
  'x-consumer-timeout',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-dead-letter-strategy',
  'x-delivery-limit',
  'x-expires',
  'x-initial-cluster-size',
  'x-max-age',
  'x-max-in-memory-bytes',
  'x-max-in-memory-length',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-priority',
  'x-message-ttl',
  'x-overflow',
  'x-queue-leader-locator',
  'x-queue-master-locator',
  'x-queue-mode',
  'x-queue-type',
  'x-queue-version',
  'x-quorum-initial-group-size',
  'x-single-active-consumer',
  'x-stream-filter-size-bytes',
  'x-stream-max-segment-size-bytes',
]);

export interface OwnedArguments {
  readonly exchange: Arguments;
  readonly queue: Arguments;
  readonly binding: Arguments;
  /** Names of arguments for an object that the entry does not have. */
  readonly misplaced: readonly string[];
}

/** The type of an entry's exchange, and whether the entry has a queue and a binding. */
export interface EntryObjects {
  readonly type: ExchangeType;
  readonly queue: boolean;
  readonly binding: boolean;
}

type ArgumentOwner = 'exchange' | 'queue' | 'binding';

export function argumentsByOwner(given: Arguments, objects: EntryObjects): OwnedArguments {
  const ownedBy = (owner: ArgumentOwner) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => ownerOf(name, objects) === owner));
  const misplaced = Object.keys(given).filter((name) => ownerOf(name, objects) === undefined);
  return {
    exchange: ownedBy('exchange'),
    queue: ownedBy('queue'),
    binding: ownedBy('binding'),
    misplaced,
  };
}

function ownerOf(name: string, { type, queue, binding }: EntryObjects): ArgumentOwner | undefined {
  if (exchangeArguments.has(name)) return 'exchange';
  if (queueArguments.has(name)) return queue ? 'queue' : undefined;
  if (type === 'headers' || name === 'x-match')
    return type === 'headers' && binding ? 'binding' : undefined;
  return queue ? 'queue' : 'exchange';
}
