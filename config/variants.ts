/**
 * The older forms of the file that are in use, read into the current form. The program never writes
 * them.
 *
 * - list: `publish` as a list of names stands for a direct exchange and a queue of each name.
 * - one-queue: `consume` as `{queue_name, exchanges}` stands for one queue that is bound to several
 *   exchanges. `queue_name` may stand in `exchanges.main` instead.
 * - old-names: `queue_name` stands for `queue`; `routing_key` is a string or a list.
 * - traceable: each entry keeps its path in the file, so that a problem is reported where its cause
 *   is written.
 */

import type { ConsumeOptions, PublishOptions, QueueAndBindings } from './entry-schemas.ts';
import { isJsonObject } from './json.ts';
import type { Path } from './pointer.ts';
import type { ExchangeConfigFile } from './schema.ts';

/** An entry of the file under its key. */
export interface FileEntry<Options> {
  readonly key: string;
  readonly path: Path;
  readonly options: Options;
}

export type ConsumeForm =
  | { readonly kind: 'entries'; readonly entries: readonly FileEntry<ConsumeOptions>[] }
  | { readonly kind: 'one queue'; readonly queue: QueueAndBindings };

export function publishEntries(
  publish: ExchangeConfigFile['publish'],
): FileEntry<PublishOptions>[] {
  if (Array.isArray(publish))
    return publish.map((name, index) => ({
      key: name,
      path: ['publish', String(index)],
      options: directQueue(name),
    }));
  return fileEntries('publish', publish ?? {});
}

function directQueue(name: string): PublishOptions {
  return { name, type: 'direct', routing_key: name, queue: name };
}

export function consumeForm(consume: ExchangeConfigFile['consume']): ConsumeForm {
  if (isOneQueue(consume)) return { kind: 'one queue', queue: consume };
  return { kind: 'entries', entries: fileEntries('consume', consume ?? {}) };
}

/**
 * `exchanges` may also be the name of an entry. An entry names its exchange with `name`; the key of
 * this form has no `name`.
 */
export function isOneQueue(consume: ExchangeConfigFile['consume']): consume is QueueAndBindings {
  if (typeof consume?.['queue_name'] === 'string') return true;
  const exchanges: unknown = consume?.['exchanges'];
  return isJsonObject(exchanges) && typeof exchanges['name'] !== 'string';
}

export function fileEntries<Options>(
  section: string,
  entries: Readonly<Record<string, Options>>,
): FileEntry<Options>[] {
  return Object.entries(entries).map(([key, options]) => ({ key, path: [section, key], options }));
}

export function queueNameOf(options: {
  readonly queue?: string;
  readonly queue_name?: string;
}): string | undefined {
  return options.queue ?? options.queue_name;
}

/** Each key once. Without a key the list is empty. */
export function routingKeysOf(
  routingKey: string | readonly string[] | undefined,
): readonly string[] {
  if (routingKey === undefined) return [];
  return typeof routingKey === 'string' ? [routingKey] : [...new Set(routingKey)];
}
