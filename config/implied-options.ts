/**
 * The types and flags of exchanges and queues that the entries of a file do not name, with the values
 * that the program uses. Pure.
 *
 * - queue-first: in an entry with a queue, the flags are those of the queue.
 */
import type { ExchangeConfig } from './exchange-config.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { type Path, pathOf, valueAt } from './pointer.ts';
import { type Declares, declaresOf } from './topology.ts';

type Option = { readonly path: Path; readonly value: Json };

/** `document`: the content of the file, with the environment. */
export function impliedOptions(config: ExchangeConfig, document: JsonObject): readonly Option[] {
  return declaresOf(config).flatMap((declares) => optionsOf(declares, document));
}

function optionsOf(declares: Declares, document: JsonObject): readonly Option[] {
  const path = pathOf(declares.pointer);
  const entry = valueAt(document, path);
  const [exchange] = declares.exchanges;
  const [queue] = declares.queues;
  const object = queue ?? exchange;
  if (path.length === 0 || !isJsonObject(entry) || object === undefined) return [];
  const isExchange = Object.hasOwn(entry, 'name');
  const options = {
    ...(isExchange && exchange !== undefined ? { type: exchange.type } : {}),
    durable: object.durable,
    auto_delete: object.autoDelete,
    ...(queue === undefined ? {} : { exclusive: queue.exclusive }),
    declare: object.declare,
  };
  return Object.entries(options)
    .filter(([key]) => !Object.hasOwn(entry, key))
    .map(([key, value]) => ({ path: [...path, key], value }));
}
