/**
 * The rules of an entry that a schema cannot express, because the entry contradicts itself.
 *
 * - reported: every broken rule is reported and none throws. A result with a reported problem is
 *   used for further checks only.
 * - routing keys: a direct or topic exchange needs a routing key; a binding to a headers exchange
 *   needs `x-match`.
 */
import { argumentsByOwner, type EntryObjects, type OwnedArguments } from './argument-owners.ts';
import {
  argumentsOf,
  type EntryOptions,
  exchangeTypeOf,
  type QueueOptions,
  queueDeclaration,
} from './broker-objects.ts';
import type { ConsumeOptions, DefaultOptions, PublishOptions } from './entry-schemas.ts';
import type { Path } from './pointer.ts';
import { shown } from './shown.ts';
import {
  type Arguments,
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

export type Entry = Pick<FileEntry<EntryOptions>, 'path' | 'options'>;

const matchModes: readonly unknown[] = ['all', 'any', 'all-with-x', 'any-with-x'];

/** Whether an exchange of this type uses routing keys. */
export function usesKeys(type: ExchangeType): boolean {
  return type === 'direct' || type === 'topic';
}

/** At least one key; `['']` for an exchange that uses no routing keys. */
export function routingKeys(
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

export function checkedQueueName(
  options: PublishOptions,
  path: Path,
  { report }: EntryContext,
): string | undefined {
  if (options.queue !== undefined && options.queue_name !== undefined)
    report([...path, 'queue_name'], 'both queue and queue_name', 'one of the two');
  return queueNameOf(options);
}

export function checkNoQueueOptions(
  options: EntryOptions,
  path: Path,
  { report }: EntryContext,
): void {
  for (const option of ['exclusive', 'queue_type', 'exchange'] as const) {
    const value = options[option];
    if (value !== undefined)
      report([...path, option], shown(value), `${option} only in an entry with a queue`);
  }
}

export function checkedArguments(
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

export function reportMisplaced(
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

export function queueDefaults(defaults: DefaultOptions): Arguments {
  return argumentsByOwner(defaults.arguments ?? {}, { type: 'direct', queue: true, binding: false })
    .queue;
}

export function checkedQueue(
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
