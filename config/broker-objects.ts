/**
 * The exchange and the queue that an entry of the file stands for, with every option spelled out.
 *
 * Boundary: pure; the rules between the options of an entry are checked in `entries.ts`.
 *
 * - defaults: an option that the entry lacks comes from the file's `defaults`. The last defaults
 *   are: direct, durable, not auto-delete, not exclusive, declared.
 * - quorum: a durable queue that is neither exclusive nor auto-delete is a quorum queue with a
 *   delivery limit and the service's dead-letter exchange. Every other queue gets only the
 *   arguments of the file, so that a plain declare of the same name agrees.
 * - queue-first: in an entry with a queue, the flat options belong to the queue; options of its
 *   exchange are in `exchange`. `declare` and `type` apply to both.
 */
import { argumentsByOwner, type EntryObjects, type OwnedArguments } from './argument-owners.ts';
import type { DefaultOptions, PublishOptions } from './entry-schemas.ts';
import type { Arguments, ExchangeDeclaration, ExchangeType, QueueDeclaration } from './topology.ts';

/** The options of an entry. An entry without a queue lacks the options of queues. */
export type EntryOptions = Pick<
  PublishOptions,
  | 'name'
  | 'type'
  | 'durable'
  | 'auto_delete'
  | 'arguments'
  | 'declare'
  | 'exclusive'
  | 'queue_type'
  | 'exchange'
>;
export type QueueOptions = Omit<EntryOptions, 'name' | 'type' | 'exchange'>;

/** After so many deliveries the broker moves a message to the dead-letter queue. */
const deliveryLimit = 20;

export function deadLetterExchangeName(svcName: string): string {
  return `dlx.${svcName}`;
}

export function exchangeTypeOf(
  entry: Pick<EntryOptions, 'type'>,
  defaults: DefaultOptions,
): ExchangeType {
  return entry.type ?? defaults.type ?? 'direct';
}

/**
 * The arguments of the entry and of the defaults, by owner. `misplaced` names arguments of the
 * entry only.
 */
export function argumentsOf(
  entry: EntryOptions,
  defaults: DefaultOptions,
  has: Omit<EntryObjects, 'type'>,
): OwnedArguments {
  const objects = { ...has, type: exchangeTypeOf(entry, defaults) };
  const { misplaced } = argumentsByOwner(entry.arguments ?? {}, objects);
  const all = argumentsByOwner({ ...defaults.arguments, ...entry.arguments }, objects);
  return { ...all, misplaced };
}

/** The exchange of an entry without a queue; `given` are its arguments. */
export function exchangeAlone(
  entry: EntryOptions,
  defaults: DefaultOptions,
  given: Arguments,
): ExchangeDeclaration {
  return {
    name: entry.name,
    type: exchangeTypeOf(entry, defaults),
    durable: entry.durable ?? defaults.durable ?? true,
    autoDelete: entry.auto_delete ?? defaults.auto_delete ?? false,
    declare: entry.declare ?? defaults.declare ?? true,
    arguments: given,
  };
}

/** The exchange of an entry with a queue; `given` are its arguments. */
export function exchangeBesideQueue(
  entry: EntryOptions,
  defaults: DefaultOptions,
  given: Arguments,
): ExchangeDeclaration {
  const { name, type, declare, exchange = {} } = entry;
  const own = {
    name,
    ...(type === undefined ? {} : { type }),
    ...(declare === undefined ? {} : { declare }),
    ...exchange,
  };
  return exchangeAlone(own, defaults, { ...given, ...exchange.arguments });
}

export function queueDeclaration(
  name: string,
  options: QueueOptions,
  defaults: DefaultOptions,
  given: Arguments,
  svcName: string,
): QueueDeclaration {
  const durable = options.durable ?? defaults.durable ?? true;
  const exclusive = options.exclusive ?? defaults.exclusive ?? false;
  const autoDelete = options.auto_delete ?? defaults.auto_delete ?? false;
  const isLasting = durable && !exclusive && !autoDelete;
  const isQuorum = isLasting && queueTypeOf(options, defaults, given) === 'quorum';
  const declare = options.declare ?? defaults.declare ?? true;
  return {
    name,
    durable,
    exclusive,
    autoDelete,
    declare,
    arguments: { ...(isQuorum ? quorumArguments(svcName) : {}), ...given },
  };
}

/**
 * The type of a lasting queue: `queue_type` or the argument `x-queue-type`, first of the entry,
 * then of the defaults.
 */
function queueTypeOf(options: QueueOptions, defaults: DefaultOptions, given: Arguments): unknown {
  return (
    options.queue_type ??
    options.arguments?.['x-queue-type'] ??
    defaults.queue_type ??
    given['x-queue-type'] ??
    'quorum'
  );
}

export function quorumArguments(svcName: string): Arguments {
  return {
    'x-queue-type': 'quorum',
    'x-delivery-limit': deliveryLimit,
    'x-dead-letter-exchange': deadLetterExchangeName(svcName),
  };
}
