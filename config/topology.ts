/**
 * The topology of a set of services: the exchanges, queues and bindings that a broker must have.
 * Pure.
 *
 * - once: each exchange, queue and binding occurs once, in the order of the configs and of their
 *   entries.
 * - consistent: two entries with the same exchange or queue must describe the object alike, within
 *   a file and across files.
 * - short: no name is longer than AMQP allows.
 * - declare: `declare` is no part of the description. A file may only check an object that another
 *   file creates.
 */
import { ConfigError, type ConfigIssue } from './config-error.ts';
import { shown } from './shown.ts';

export type ExchangeType = 'direct' | 'fanout' | 'topic' | 'headers';

/** AMQP arguments (`x-queue-type`, `x-match`, …). */
export type Arguments = Readonly<Record<string, string | number | boolean>>;

export interface ExchangeDeclaration {
  readonly name: string;
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** false: the exchange must already exist as described. */
  readonly declare: boolean;
  readonly arguments: Arguments;
}

export interface QueueDeclaration {
  readonly name: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly declare: boolean;
  readonly arguments: Arguments;
}

export interface BindingDeclaration {
  readonly exchange: string;
  readonly queue: string;
  readonly routingKey: string;
  readonly arguments: Arguments;
}

/** The objects that a broker must have for a set of services. */
export interface Topology {
  readonly exchanges: readonly ExchangeDeclaration[];
  readonly queues: readonly QueueDeclaration[];
  readonly bindings: readonly BindingDeclaration[];
}

/** The broker objects of an entry, and the JSON pointer to the entry in its file. */
export interface Declares extends Topology {
  readonly pointer: string;
}

/** The parts of a config that declare broker objects. */
export interface DeclaringConfig {
  readonly file: string;
  readonly publish: Readonly<Record<string, Declares>>;
  readonly consume: Readonly<Record<string, Declares>>;
  readonly subscribe: Readonly<
    Record<string, { readonly publish: Declares; readonly consume: Declares }>
  >;
  readonly replyExchanges: readonly Declares[];
  readonly implied: readonly Declares[];
}

/** Throws `ConfigError` when the configs contradict themselves or each other. */
export function topologyOf(configs: readonly DeclaringConfig[]): Topology {
  const issues = topologyIssues(configs);
  if (issues.length > 0) throw new ConfigError(issues);
  const all = configs.flatMap(declaresOf);
  return {
    exchanges: merged(all.flatMap(({ exchanges }) => exchanges)),
    queues: merged(all.flatMap(({ queues }) => queues)),
    bindings: uniqueBindings(all.flatMap(({ bindings }) => bindings)),
  };
}

/** Names and routing keys are short strings in AMQP 0-9-1. Bytes in UTF-8. */
export const shortStringBytesMax = 255;

/** Each exchange and queue that entries describe differently, and each name that is too long. */
export function topologyIssues(configs: readonly DeclaringConfig[]): ConfigIssue[] {
  const occurrences = configs.flatMap((config) =>
    declaresOf(config).map((declares) => ({ file: config.file, declares })),
  );
  const exchanges = occurrences.flatMap(({ file, declares }) =>
    declares.exchanges.map((declared) => ({ file, pointer: declares.pointer, declared })),
  );
  const queues = occurrences.flatMap(({ file, declares }) =>
    declares.queues.map((declared) => ({ file, pointer: declares.pointer, declared })),
  );
  return [
    ...conflicts('exchange', exchanges),
    ...conflicts('queue', queues),
    ...[...exchanges, ...queues].flatMap(lengthIssues),
  ];
}

/** The broker objects of all entries of a config, and the objects that no entry names. */
export function declaresOf(config: DeclaringConfig): readonly Declares[] {
  const notices = Object.values(config.subscribe).flatMap(({ publish, consume }) => [
    publish,
    consume,
  ]);
  return [
    ...Object.values(config.publish),
    ...Object.values(config.consume),
    ...notices,
    ...config.replyExchanges,
    ...config.implied,
  ];
}

type Declared = ExchangeDeclaration | QueueDeclaration;

/** An exchange or a queue, and the entry that describes it. */
interface Occurrence {
  readonly file: string;
  readonly pointer: string;
  readonly declared: Declared;
}

function conflicts(kind: 'exchange' | 'queue', occurrences: readonly Occurrence[]): ConfigIssue[] {
  const first = new Map<string, Occurrence>();
  return occurrences.flatMap((occurrence) => {
    const known = first.get(occurrence.declared.name);
    if (known === undefined) first.set(occurrence.declared.name, occurrence);
    return known === undefined ? [] : conflict(kind, known, occurrence);
  });
}

function conflict(kind: string, known: Occurrence, occurrence: Occurrence): ConfigIssue[] {
  const before = described(known.declared);
  const now = described(occurrence.declared);
  const options = [...new Set([...before.keys(), ...now.keys()])].filter(
    (option) => before.get(option) !== now.get(option),
  );
  if (options.length === 0) return [];
  const list = (from: ReadonlyMap<string, string>) =>
    options.map((option) => `${option} ${from.get(option) ?? 'absent'}`).join(', ');
  const found = `${kind} ${shown(occurrence.declared.name)} with ${list(now)}`;
  return [
    {
      file: occurrence.file,
      pointer: occurrence.pointer,
      found,
      allowed: `${list(before)}, as in ${known.file} ${known.pointer}; or another name`,
    },
  ];
}

function lengthIssues({ file, pointer, declared }: Occurrence): ConfigIssue[] {
  const bytes = Buffer.byteLength(declared.name);
  const found = `${shown(declared.name)} of ${bytes} bytes`;
  return bytes <= shortStringBytesMax
    ? []
    : [
        {
          file,
          pointer,
          found,
          allowed: `a name of at most ${shortStringBytesMax} bytes in UTF-8`,
        },
      ];
}

/** The options in which two descriptions of one name must agree, as the file spells them. */
function described(declared: Declared): ReadonlyMap<string, string> {
  const { durable, autoDelete } = declared;
  const own = 'type' in declared ? { type: declared.type } : { exclusive: declared.exclusive };
  const given = Object.entries(declared.arguments).map(([name, value]) => [
    `arguments.${name}`,
    value,
  ]);
  const options = { ...own, durable, auto_delete: autoDelete, ...Object.fromEntries(given) };
  return new Map(Object.entries(options).map(([option, value]) => [option, JSON.stringify(value)]));
}

function merged<Kind extends Declared>(declared: readonly Kind[]): readonly Kind[] {
  const byName = new Map<string, Kind>();
  for (const each of declared) {
    const known = byName.get(each.name);
    byName.set(
      each.name,
      known === undefined ? each : { ...known, declare: known.declare || each.declare },
    );
  }
  return [...byName.values()];
}

function uniqueBindings(bindings: readonly BindingDeclaration[]): readonly BindingDeclaration[] {
  return [...new Map(bindings.map((binding) => [bindingId(binding), binding])).values()];
}

function bindingId({ exchange, queue, routingKey, arguments: given }: BindingDeclaration): string {
  return JSON.stringify([exchange, queue, routingKey, Object.entries(given).sort()]);
}
