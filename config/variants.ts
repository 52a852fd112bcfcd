/**
 * The forms of the file that exist in the field, read into one; nothing writes them.
 *
 * 1. `publish` as a list of names: a direct exchange and a queue each, of that name.
 * 2. `consume` as `{queue_name, exchanges}`: one queue bound to several exchanges.
 * 3. `queue_name` for `queue`; `routing_key` as a string or a list.
 * 4. Each entry keeps the place where it stands, so that a problem is reported where its cause is written.
 */
import type { Path } from './pointer.ts';
import type {
  ConsumeOptions,
  ExchangeConfigFile,
  PublishOptions,
  QueueAndBindings,
} from './schema.ts';

export interface Placed<Options> {
  readonly key: string;
  readonly path: Path;
  readonly options: Options;
}

export type ConsumeForm =
  | { readonly kind: 'entries'; readonly entries: readonly Placed<ConsumeOptions>[] }
  | { readonly kind: 'one queue'; readonly queue: QueueAndBindings };

export function publishEntries(publish: ExchangeConfigFile['publish']): Placed<PublishOptions>[] {
  if (Array.isArray(publish))
    return publish.map((name, index) => ({
      key: name,
      path: ['publish', String(index)],
      options: directQueue(name),
    }));
  return placed('publish', publish ?? {});
}

function directQueue(name: string): PublishOptions {
  return { name, type: 'direct', routing_key: name, queue: name };
}

export function consumeForm(consume: ExchangeConfigFile['consume']): ConsumeForm {
  if (isOneQueue(consume)) return { kind: 'one queue', queue: consume };
  return { kind: 'entries', entries: placed('consume', consume ?? {}) };
}

export function isOneQueue(consume: ExchangeConfigFile['consume']): consume is QueueAndBindings {
  return typeof consume?.['queue_name'] === 'string';
}

export function placed<Options>(
  section: string,
  entries: Readonly<Record<string, Options>>,
): Placed<Options>[] {
  return Object.entries(entries).map(([key, options]) => ({ key, path: [section, key], options }));
}

export function queueNameOf(options: {
  readonly queue?: string;
  readonly queue_name?: string;
}): string | undefined {
  return options.queue ?? options.queue_name;
}

/** No key at all is an empty list. */
export function routingKeysOf(
  routingKey: string | readonly string[] | undefined,
): readonly string[] {
  if (routingKey === undefined) return [];
  return typeof routingKey === 'string' ? [routingKey] : [...new Set(routingKey)];
}
