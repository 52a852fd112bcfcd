/**
 * From the options of an entry to the exchange and the queue a broker must have, fully spelled out.
 *
 * 1. What the entry does not say, the file's `defaults` say, and then: direct, durable, not auto-delete, not exclusive, declared.
 * 2. A durable queue that is neither exclusive nor auto-delete is a quorum queue with a delivery limit and the service's
 *    dead-letter exchange. Any other queue gets no argument of ours: a plain declare of the same name must agree with it.
 * 3. Beside a queue the flat options are the queue's; its exchange's own stand in `exchange`. `declare` and `type` are for both.
 */
import { type PlacedArguments, placeArguments } from './placed-arguments.ts';
import type { DefaultOptions, PublishOptions } from './schema.ts';
import type { Arguments, ExchangeDeclaration, ExchangeType, QueueDeclaration } from './topology.ts';

/** The options an entry may have; entries without a queue lack those of a queue. */
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

/** Deliveries of one message before the broker dead-letters it. */
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

/** The arguments of entry and defaults, by whose they are; `misplaced` only names those of the entry itself. */
export function argumentsOf(
  entry: EntryOptions,
  defaults: DefaultOptions,
  has: { readonly queue: boolean; readonly binding: boolean },
): PlacedArguments {
  const places = { type: exchangeTypeOf(entry, defaults), ...has };
  const own = placeArguments(entry.arguments ?? {}, places);
  return {
    ...placeArguments({ ...defaults.arguments, ...entry.arguments }, places),
    misplaced: own.misplaced,
  };
}

/** The exchange of an entry that has no queue. */
export function exchangeAlone(
  entry: EntryOptions,
  defaults: DefaultOptions,
  placed: Arguments,
): ExchangeDeclaration {
  return {
    name: entry.name,
    type: exchangeTypeOf(entry, defaults),
    durable: entry.durable ?? defaults.durable ?? true,
    autoDelete: entry.auto_delete ?? defaults.auto_delete ?? false,
    declare: entry.declare ?? defaults.declare ?? true,
    arguments: placed,
  };
}

/** The exchange of an entry that has a queue. */
export function exchangeBesideQueue(
  entry: EntryOptions,
  defaults: DefaultOptions,
  placed: Arguments,
): ExchangeDeclaration {
  const { name, type, declare, exchange = {} } = entry;
  const own = {
    name,
    ...(type === undefined ? {} : { type }),
    ...(declare === undefined ? {} : { declare }),
    ...exchange,
  };
  return exchangeAlone(own, defaults, { ...placed, ...exchange.arguments });
}

export function queueDeclaration(
  name: string,
  options: QueueOptions,
  defaults: DefaultOptions,
  placed: Arguments,
  svcName: string,
): QueueDeclaration {
  const durable = options.durable ?? defaults.durable ?? true;
  const exclusive = options.exclusive ?? defaults.exclusive ?? false;
  const autoDelete = options.auto_delete ?? defaults.auto_delete ?? false;
  const lasting = durable && !exclusive && !autoDelete;
  const quorum = lasting && queueTypeOf(options, defaults, placed) === 'quorum';
  const declare = options.declare ?? defaults.declare ?? true;
  return {
    name,
    durable,
    exclusive,
    autoDelete,
    declare,
    arguments: { ...(quorum ? quorumArguments(svcName) : {}), ...placed },
  };
}

/** Type the queue has if it lasts; an `x-queue-type` among the arguments counts where no `queue_type` is nearer. */
function queueTypeOf(options: QueueOptions, defaults: DefaultOptions, placed: Arguments): unknown {
  return (
    options.queue_type ??
    options.arguments?.['x-queue-type'] ??
    defaults.queue_type ??
    placed['x-queue-type'] ??
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
