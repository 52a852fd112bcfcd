/**
 * The exchange config of one service as the program uses it: variants read, defaults filled in, the
 * environment applied.
 *
 * 1. Deep-frozen; nothing in the program changes it.
 * 2. Entries carry the broker objects they need (`Declares`), fully spelled out; `topologyOf` only
 *    puts them together.
 * 3. `consume.main` is the main queue; it is also bound wherever `subscribe` says.
 * 4. A section is there only when the file has it: it says which actors the service hosts.
 */
import type { JsonObject } from './json.ts';
import type { ExchangeType, Topology } from './topology.ts';

/** What a broker must have for an entry, and where in the file the entry stands. */
export interface Declares extends Topology {
  /** JSON pointer. */
  readonly pointer: string;
}

/** Where messages are published. */
export interface PublishEntry extends Declares {
  readonly exchange: string;
  readonly type: ExchangeType;
  /** `''` where the type of the exchange needs none. */
  readonly routingKey: string;
  /** The queue this publisher declares, if any. */
  readonly queue?: string;
}

/**
 * A queue that is read, and the exchange it is bound to (the first one where there are several; all
 * are in `bindings`).
 */
export interface ConsumeEntry extends Declares {
  readonly exchange: string;
  readonly type: ExchangeType;
  readonly routingKeys: readonly string[];
  readonly queue: string;
}

/** Where notices and questions of an entity come from. */
export interface NoticeEntry extends Declares {
  readonly exchange: string;
  readonly type: ExchangeType;
  /** As in the file; the service's own name is bound beside them. */
  readonly routingKeys: readonly string[];
}

export interface Subscription {
  /** Where `subscribe` is sent. */
  readonly publish: PublishEntry;
  readonly consume: NoticeEntry;
  /** objectClass of the entity's instances. */
  readonly class?: string;
}

export interface ReplyExchange extends Declares {
  readonly exchange: string;
  readonly type: ExchangeType;
}

/** What a message may be before it is refused unread. */
export interface Limits {
  readonly bodyBytes: number;
  readonly depth: number;
  readonly keys: number;
}

export interface Reference {
  /** A key of `subscribe`. */
  readonly entity: string;
  readonly onDelete: 'refuse' | 'delete';
}

export interface Hierarchy {
  /** cn of the entity's base node. */
  readonly node: string;
  readonly class: string;
  /** Empty: instances stand only below the base node. */
  readonly parentClasses: readonly string[];
  readonly createSysNode: boolean;
  /** By the name of the attribute that holds the ids. */
  readonly references: Readonly<Record<string, Reference>>;
}

export type LogLevel = 'CRITICAL' | 'ERROR' | 'WARNING' | 'INFO' | 'DEBUG' | 'TRACE';
export type TimeUnit = 'seconds' | 'minutes' | 'hours' | 'days' | 'weeks' | 'months' | 'years';
export type SizeUnit = 'B' | 'KB' | 'MB' | 'GB';

export interface Quantity<Unit> {
  readonly amount: number;
  readonly unit: Unit;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly fileName?: string;
  /** How long a log file is kept. */
  readonly retention?: Quantity<TimeUnit>;
  /** When a new log file is begun. */
  readonly rotation?: Quantity<TimeUnit | SizeUnit>;
}

/**
 * One service's exchange config, checked, with defaults and variants resolved. Made by
 * `parseExchangeConfig`; times in it are milliseconds, sizes bytes.
 */
export interface ExchangeConfig {
  /** The file as it was named to the loader. */
  readonly file: string;
  readonly svcName: string;
  readonly publish: Readonly<Record<string, PublishEntry>>;
  readonly consume: Readonly<Record<string, ConsumeEntry>>;
  /** By entity. */
  readonly subscribe: Readonly<Record<string, Subscription>>;
  /** `<svc_name>_reply`, when the service asks questions. */
  readonly replyQueue: string | undefined;
  readonly replyExchanges: readonly ReplyExchange[];
  /**
   * Broker objects no entry names: the reply queue with its bindings, the dead-letter exchange and
   * queue.
   */
  readonly implied: readonly Declares[];
  /** Brokers, to be tried in turn. */
  readonly amqpUrls?: readonly string[];
  readonly databaseUrl?: string;
  readonly cacheUrl?: string;
  readonly limits: Limits;
  readonly hierarchy?: Hierarchy;
  readonly log?: LogOptions;
  /** Sections of the actors, by name. */
  readonly sections: Readonly<Record<string, JsonObject>>;
}
