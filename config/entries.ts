/**
 * The entries of a file as the program uses them: names, routing keys, and the broker objects of
 * each entry.
 *
 * Job: apply defaults, and name the broker objects. Boundary: one entry at a time. The rules of an
 * entry are in `entry-checks.ts`; contradictions between entries are found in `topology.ts`.
 *
 * - directed: for each subscription the main queue is bound under the routing keys of the file and,
 *   on a direct or topic exchange, under the name of the service, so that questions can be directed
 *   to this service.
 */
import { argumentsByOwner } from './argument-owners.ts';
import { exchangeAlone, exchangeBesideQueue, exchangeTypeOf } from './broker-objects.ts';
import {
  checkedArguments,
  checkedQueue,
  checkedQueueName,
  checkNoQueueOptions,
  type Entry,
  type EntryContext,
  queueDefaults,
  reportMisplaced,
  routingKeys,
  usesKeys,
} from './entry-checks.ts';
import type {
  BoundExchangeOptions,
  ConsumeOptions,
  PublishOptions,
  QueueAndBindings,
  ReplyExchangeOptions,
  SubscribeOptions,
} from './entry-schemas.ts';
import type {
  ConsumeEntry,
  NoticeEntry,
  PublishEntry,
  ReplyExchange,
  SubscribeEntry,
} from './exchange-config.ts';
import { pointerTo } from './pointer.ts';
import { shown } from './shown.ts';
import type { Arguments, BindingDeclaration } from './topology.ts';
import type { FileEntry } from './variants.ts';

export function publishEntry(
  { path, options }: FileEntry<PublishOptions>,
  context: EntryContext,
): PublishEntry {
  const type = exchangeTypeOf(options, context.defaults);
  const keys = routingKeys(type, options, path, context);
  const [routingKey = ''] = keys;
  const queue = checkedQueueName(options, path, context);
  const pointer = pointerTo(path);
  const target = { pointer, exchange: options.name, type, routingKey, routingKeys: keys };
  if (queue !== undefined)
    return { ...target, queue, ...queueParts({ path, options }, queue, keys, context) };
  checkNoQueueOptions(options, path, context);
  const owned = checkedArguments({ path, options }, { queue: false, binding: false }, context);
  return {
    ...target,
    exchanges: [exchangeAlone(options, context.defaults, owned.exchange)],
    queues: [],
    bindings: [],
  };
}

export function consumeEntry(
  { path, options }: FileEntry<ConsumeOptions>,
  context: EntryContext,
): ConsumeEntry {
  const type = exchangeTypeOf(options, context.defaults);
  const keys = routingKeys(type, options, path, context);
  const queue = checkedQueueName(options, path, context);
  if (queue === undefined) context.report([...path, 'queue'], 'nothing', 'the name of the queue');
  const parts = queueParts({ path, options }, queue ?? '', keys, context);
  return {
    pointer: pointerTo(path),
    exchange: options.name,
    type,
    routingKeys: keys,
    queue: queue ?? '',
    ...parts,
  };
}

/** The main queue of the one-queue form of `consume`. */
export function oneQueueEntry(
  { queue_name: given, exchanges, ...options }: QueueAndBindings,
  context: EntryContext,
): ConsumeEntry {
  const path = ['consume'];
  const name = oneQueueName(given, exchanges, context);
  const bound = Object.entries(exchanges).map(([key, { queue_name: _, ...each }]) =>
    boundExchange({ key, path: [...path, 'exchanges', key], options: each }, name, context),
  );
  const main = bound[Math.max(0, Object.keys(exchanges).indexOf('main'))];
  if (main === undefined)
    context.report(
      [...path, 'exchanges', 'main'],
      'nothing',
      'an exchange to which the queue is bound',
    );
  const owned = argumentsByOwner(options.arguments ?? {}, {
    type: 'direct',
    queue: true,
    binding: false,
  });
  for (const argument of Object.keys(owned.exchange))
    reportMisplaced(argument, path, options.arguments, context);
  return {
    pointer: pointerTo(path),
    exchange: main?.exchange ?? '',
    type: main?.type ?? 'direct',
    routingKeys: main?.routingKeys ?? [],
    queue: name,
    exchanges: bound.flatMap(({ exchanges: declared }) => declared),
    queues: [
      checkedQueue(
        name,
        options,
        path,
        { ...queueDefaults(context.defaults), ...owned.queue },
        context,
      ),
    ],
    bindings: bound.flatMap(({ bindings }) => bindings),
  };
}

/** The name of the queue. A second, different name and a missing name are reported. */
function oneQueueName(
  given: string | undefined,
  exchanges: QueueAndBindings['exchanges'],
  { report }: EntryContext,
): string {
  const name = given ?? exchanges['main']?.queue_name;
  if (name === undefined && exchanges['main'] !== undefined)
    report(
      ['consume', 'queue_name'],
      'nothing',
      'the name of the queue, here or in /consume/exchanges/main',
    );
  for (const [key, { queue_name: other }] of Object.entries(exchanges))
    if (name !== undefined && other !== undefined && other !== name)
      report(
        ['consume', 'exchanges', key, 'queue_name'],
        shown(other),
        `${shown(name)}, the one queue of this form`,
      );
  return name ?? '';
}

export function subscribeEntry(
  { key, path, options }: FileEntry<SubscribeOptions>,
  mainQueue: string,
  context: EntryContext,
): SubscribeEntry {
  const publish = publishEntry(
    { key, path: [...path, 'publish'], options: options.publish },
    context,
  );
  const consume = boundExchange(
    { key, path: [...path, 'consume'], options: options.consume },
    mainQueue,
    context,
  );
  const directed = usesKeys(consume.type)
    ? bindings(consume.exchange, mainQueue, [context.svcName], {})
    : [];
  const entry = { publish, consume: { ...consume, bindings: [...consume.bindings, ...directed] } };
  return {
    ...entry,
    ...(options.action_prefix === undefined ? {} : { actionPrefix: options.action_prefix }),
    ...(options.class === undefined ? {} : { class: options.class }),
    ...(options.owner === undefined ? {} : { owner: options.owner }),
  };
}

export function replyExchange(
  { path, options }: FileEntry<ReplyExchangeOptions>,
  context: EntryContext,
): ReplyExchange {
  const owned = checkedArguments({ path, options }, { queue: false, binding: false }, context);
  const declared = exchangeAlone(options, context.defaults, owned.exchange);
  return {
    pointer: pointerTo(path),
    exchange: declared.name,
    type: declared.type,
    exchanges: [declared],
    queues: [],
    bindings: [],
  };
}

function boundExchange(
  { path, options }: FileEntry<BoundExchangeOptions>,
  queue: string,
  context: EntryContext,
): NoticeEntry {
  const type = exchangeTypeOf(options, context.defaults);
  const keys = routingKeys(type, options, path, context);
  const owned = checkedArguments({ path, options }, { queue: false, binding: true }, context);
  const declared = exchangeAlone(options, context.defaults, owned.exchange);
  const bound = bindings(options.name, queue, keys, owned.binding);
  return {
    pointer: pointerTo(path),
    exchange: options.name,
    type,
    routingKeys: keys,
    exchanges: [declared],
    queues: [],
    bindings: bound,
  };
}

function queueParts(
  { path, options }: Entry,
  queue: string,
  keys: readonly string[],
  context: EntryContext,
) {
  const owned = checkedArguments({ path, options }, { queue: true, binding: true }, context);
  const own = options.exchange?.arguments;
  const misplaced = argumentsByOwner(own ?? {}, {
    type: exchangeTypeOf(options, context.defaults),
    queue: false,
    binding: false,
  }).misplaced;
  for (const name of misplaced) reportMisplaced(name, [...path, 'exchange'], own, context);
  return {
    exchanges: [exchangeBesideQueue(options, context.defaults, owned.exchange)],
    queues: [checkedQueue(queue, options, path, owned.queue, context)],
    bindings: bindings(options.name, queue, keys, owned.binding),
  };
}

function bindings(
  exchange: string,
  queue: string,
  keys: readonly string[],
  given: Arguments,
): BindingDeclaration[] {
  return keys.map((routingKey) => ({ exchange, queue, routingKey, arguments: given }));
}
