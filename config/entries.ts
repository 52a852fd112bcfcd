/**
 * The entries of a file as the program uses them: names, routing keys, and the broker objects of
 * each entry.
 *
 * Job: apply defaults, and check the rules that a schema cannot express because an entry
 * contradicts itself. Boundary: one entry at a time; contradictions between entries are found in
 * `topology.ts`.
 *
 * - reported: every broken rule is reported and none throws. A result with a reported problem is
 *   used for further checks only.
 * - routing keys: a direct or topic exchange needs a routing key; a binding to a headers exchange
 *   needs `x-match`.
 * - directed: for each subscription the main queue is bound under the routing keys of the file and,
 *   on a direct or topic exchange, under the name of the service, so that questions can be directed
 *   to this service.
 */
import { argumentsByOwner, type EntryObjects, type OwnedArguments } from './argument-owners.ts';
import {
  argumentsOf,
  type EntryOptions,
  exchangeAlone,
  exchangeBesideQueue,
  exchangeTypeOf,
  type QueueOptions,
  queueDeclaration,
} from './broker-objects.ts';
import type {
  BoundExchangeOptions,
  ConsumeOptions,
  DefaultOptions,
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
import type { Path } from './pointer.ts';
import { pointerTo } from './pointer.ts';
import { shown } from './shown.ts';
import {
  type Arguments,
  type BindingDeclaration,
  type ExchangeType,
  type QueueDeclaration,
  shortStringBytesMax,
} from './topology.ts';
import { type FileEntry, queueNameOf, routingKeysOf } from './variants.ts';

export interface EntryContext {
  readonly svcName: string;
  readonly defaults: DefaultOptions;
  /** Reports a rule that is broken at `path`. */
  readonly report: (path: Path, found: string, allowed: string) => void;
}

const matchModes: readonly unknown[] = ['all', 'any', 'all-with-x', 'any-with-x'];

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

/** The one name of the queue; each other name, and a missing one, is reported. */
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

type Entry = Pick<FileEntry<EntryOptions>, 'path' | 'options'>;

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

/** Whether an exchange of this type uses routing keys. */
function usesKeys(type: ExchangeType): boolean {
  return type === 'direct' || type === 'topic';
}

/** At least one key; `['']` for an exchange that uses no routing keys. */
function routingKeys(
  type: ExchangeType,
  options: Pick<ConsumeOptions, 'name' | 'routing_key'>,
  path: Path,
  { report }: EntryContext,
): readonly string[] {
  const keys = routingKeysOf(options.routing_key);
  const allowed = `a routing key, because ${shown(options.name)} is a ${type} exchange`;
  if (usesKeys(type) && keys.length === 0) report([...path, 'routing_key'], 'nothing', allowed);
  for (const key of keys.filter((each) => Buffer.byteLength(each) > shortStringBytesMax)) {
    report(
      [...path, 'routing_key'],
      shown(key),
      `a routing key of at most ${shortStringBytesMax} bytes in UTF-8`,
    );
  }
  if (usesKeys(type) && keys.includes(''))
    report([...path, 'routing_key'], shown(options.routing_key ?? ''), allowed);
  return keys.length === 0 ? [''] : keys;
}

function checkedQueueName(
  options: PublishOptions,
  path: Path,
  { report }: EntryContext,
): string | undefined {
  if (options.queue !== undefined && options.queue_name !== undefined)
    report([...path, 'queue_name'], 'both queue and queue_name', 'one of the two');
  return queueNameOf(options);
}

function checkNoQueueOptions(options: EntryOptions, path: Path, { report }: EntryContext): void {
  for (const option of ['exclusive', 'queue_type', 'exchange'] as const) {
    const value = options[option];
    if (value !== undefined)
      report([...path, option], shown(value), `${option} only in an entry with a queue`);
  }
}

function checkedArguments(
  { path, options }: Entry,
  has: Omit<EntryObjects, 'type'>,
  context: EntryContext,
): OwnedArguments {
  const owned = argumentsOf(options, context.defaults, has);
  for (const name of owned.misplaced) reportMisplaced(name, path, options.arguments, context);
  const mode = owned.binding['x-match'];
  if (
    has.binding &&
    exchangeTypeOf(options, context.defaults) === 'headers' &&
    !matchModes.includes(mode)
  ) {
    const found = mode === undefined ? 'nothing' : shown(mode);
    context.report(
      [...path, 'arguments', 'x-match'],
      found,
      `one of ${matchModes.join(', ')}, because a binding to a headers exchange needs a mode`,
    );
  }
  return owned;
}

function reportMisplaced(
  name: string,
  path: Path,
  given: Arguments | undefined,
  { report }: EntryContext,
): void {
  report(
    [...path, 'arguments', name],
    shown(given?.[name] ?? null),
    'only arguments for the exchange, the queue or the binding that this entry has',
  );
}

function queueDefaults(defaults: DefaultOptions): Arguments {
  return argumentsByOwner(defaults.arguments ?? {}, { type: 'direct', queue: true, binding: false })
    .queue;
}

function checkedQueue(
  name: string,
  options: QueueOptions,
  path: Path,
  given: Arguments,
  context: EntryContext,
): QueueDeclaration {
  const queue = queueDeclaration(name, options, context.defaults, given, context.svcName);
  const argument = options.arguments?.['x-queue-type'];
  if (
    argument !== undefined &&
    options.queue_type !== undefined &&
    argument !== options.queue_type
  ) {
    context.report(
      [...path, 'arguments', 'x-queue-type'],
      shown(argument),
      `${shown(options.queue_type)}, the same as queue_type`,
    );
  }
  const isLasting = queue.durable && !queue.exclusive && !queue.autoDelete;
  if (!isLasting && (options.queue_type ?? argument) === 'quorum') {
    const option =
      options.queue_type === undefined ? ['arguments', 'x-queue-type'] : ['queue_type'];
    context.report(
      [...path, ...option],
      '"quorum"',
      '"classic", because a quorum queue is durable, not exclusive and not auto-delete',
    );
  }
  return queue;
}
