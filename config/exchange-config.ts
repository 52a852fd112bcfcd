/**
 * The config of a service as the program uses it: older forms read, defaults filled in, the
 * environment applied.
 *
 * - frozen: the program never changes a config.
 * - spelled out: each entry has all the broker objects that it needs; `topologyOf` only merges
 *   them.
 * - main queue: `consume.main` is the main queue. Subscriptions bind further exchanges to it.
 * - sections: the config has a section only if the file has the section. The sections decide which
 *   actors the service hosts.
 */
import type { BrokerUser } from './broker-user.ts';
import type { JsonObject } from './json.ts';
import type { Retention, Rotation } from './log-rotation.ts';
import type { ProcessSettings } from './process-settings.ts';
import type { Declares, ExchangeType } from './topology.ts';
import type { Trust } from './trust-schema.ts';

/** An exchange to which the service publishes. */
export interface PublishEntry extends Declares {
  readonly exchange: string;
  readonly type: ExchangeType;
  /** `''` if the type of the exchange needs no routing key. */
  readonly routingKey: string;
  /** Facts go out under each key; the first one is `routingKey`. */
  readonly routingKeys: readonly string[];
  /** The queue that the publisher declares, if any. */
  readonly queue?: string;
}

/**
 * A queue that the service reads, and the exchange that it is bound to (the first of several; all
 * are in `bindings`).
 */
export interface ConsumeEntry extends Declares {
  readonly exchange: string;
  readonly type: ExchangeType;
  readonly routingKeys: readonly string[];
  readonly queue: string;
}

/** The exchange from which notices and questions of an entity come. */
export interface NoticeEntry extends Declares {
  readonly exchange: string;
  readonly type: ExchangeType;
  /** The keys of the file. The name of the service is bound too. */
  readonly routingKeys: readonly string[];
}

export interface SubscribeEntry {
  /** The exchange to which `subscribe` is sent. */
  readonly publish: PublishEntry;
  readonly consume: NoticeEntry;
  /** Before the actions of messages to the owner. */
  readonly actionPrefix?: string;
  /** objectClass of the nodes of the entity. */
  readonly class?: string;
  /** The service that owns the entity. */
  readonly owner?: string;
}

export interface ReplyExchange extends Declares {
  readonly exchange: string;
  readonly type: ExchangeType;
}

/** Limits of a message body. A message beyond a limit is refused before it is handled. */
export interface Limits {
  readonly bodyBytes: number;
  readonly depth: number;
  readonly keys: number;
  /** Limits of an answer to a question of this service. */
  readonly answerBytes: number;
  readonly answerKeys: number;
}

/**
 * The effect of the deletion of a referred node on a referring node: the deletion is refused, the
 * referring node is deleted too, or the reference is taken out of the referring node.
 */
export type OnDelete = 'refuse' | 'delete' | 'detach';

export interface Reference {
  /** A key of `subscribe`. */
  readonly entity: string;
  readonly onDelete: OnDelete;
}

/** Links of nodes to nodes of another entity. */
export interface Link {
  readonly entity: string;
  /** objectClass of the linked nodes; absent: that of the entity in `subscribe`. */
  readonly class?: string;
  /** Member of the messages that has the ids of the linked nodes. */
  readonly attribute: string;
}

/** A node whose attributes match the schema is not deleted. */
export type KeepRule = {
  /** A JSON Schema (draft 7). */
  readonly while: JsonObject;
  readonly because?: string;
};

export interface Hierarchy {
  /** cn of the entity's base node; `''`: the entity has none. */
  readonly node: string;
  readonly class: string;
  /**
   * Classes of possible parents. Empty: only the base node is a parent. `any`: the class of the
   * service and the classes of its subscriptions.
   */
  readonly parentClasses: readonly string[] | 'any';
  readonly createSysNode: boolean;
  /** `ldap`: values are text, and names are compared without regard to case. */
  readonly values: 'typed' | 'ldap';
  /** Most nodes in an answer to `read`, and in a page. */
  readonly readNodesMax: number;
  /** By the name of the attribute that has the ids. */
  readonly references: Readonly<Record<string, Reference>>;
  /** By name. */
  readonly links: Readonly<Record<string, Link>>;
  /** A JSON Schema (draft 7) over the attributes that a request gives. */
  readonly attributes?: JsonObject;
  /** Nodes that are not deleted. */
  readonly keep?: KeepRule;
  /** Attributes with URLs of files, which are removed after the node. Absent: none. */
  readonly fileAttributes?: readonly string[];
}

/** Times and sizes of the agreement before a deletion or an update. */
export interface ConsentBounds {
  /** For the answers to all questions; also the longest deadline that a voter accepts. */
  readonly voteDeadlineMs: number;
  /** Between the first refusal and the end of the vote, for further refusals. */
  readonly refusalGraceMs: number;
  /** The largest number of node ids in one message to a voter. */
  readonly questionIdsMax: number;
  /** The services that are asked about every node of this service. */
  readonly alwaysAsk: readonly string[];
}

/** Where HTTP listens, which callers it accepts, and how long a request waits for its answer. */
export interface HttpSettings {
  readonly host: string;
  /** 0: a free port. */
  readonly port: number;
  readonly waitMs: number;
  /** Requests under way at once. */
  readonly requestsMax: number;
  readonly corsOrigins: readonly string[];
  /** By name. */
  readonly callers: Readonly<Record<string, HttpCaller>>;
  readonly jwt?: JwtSettings;
}

/** A caller that is known by a token. */
export interface HttpCaller {
  /** Of the token, in lower case. */
  readonly sha256: string;
  readonly roles: readonly string[];
}

/** How a JSON Web Token is checked: with the keys of one of two files. */
export interface JwtSettings {
  readonly jwksFile?: string;
  readonly publicKeyFile?: string;
  readonly audience: string;
  readonly issuer?: string;
  readonly rolesClaim: string;
}

/** Where the inspector listens, and who may look and act. */
export interface InspectorSettings {
  readonly host: string;
  /** 0: a free port. */
  readonly port: number;
  /** Host names besides those of the loopback address. */
  readonly names: readonly string[];
  /** The SHA-256 of tokens, in lower case, by the name of the person. */
  readonly readers: Readonly<Record<string, string>>;
  readonly operators: Readonly<Record<string, string>>;
}

export type LogLevel = 'CRITICAL' | 'ERROR' | 'WARNING' | 'INFO' | 'DEBUG' | 'TRACE';
export interface LogOptions {
  readonly level: LogLevel;
  readonly fileName?: string;
  readonly retention?: Retention;
  readonly rotation?: Rotation;
}

/**
 * One service's exchange config, checked, with defaults and variants resolved. Made by
 * `parseExchangeConfig`; times in it are milliseconds, sizes bytes.
 */
export interface ExchangeConfig {
  /** Name of the file, as given to the loader. */
  readonly file: string;
  readonly svcName: string;
  readonly publish: Readonly<Record<string, PublishEntry>>;
  readonly consume: Readonly<Record<string, ConsumeEntry>>;
  /** By entity. */
  readonly subscribe: Readonly<Record<string, SubscribeEntry>>;
  /** `<svc_name>_reply` if the service asks questions. */
  readonly replyQueue: string | undefined;
  /** With `trust`: the exchange for answers to the service, which has the name of `replyQueue`. */
  readonly replyExchange: string | undefined;
  readonly replyExchanges: readonly ReplyExchange[];
  /**
   * Broker objects no entry names: the reply queue with its bindings, the dead-letter exchange and
   * queue.
   */
  readonly implied: readonly Declares[];
  /** URLs of the brokers, in the order of connection attempts. */
  readonly brokerUrls?: readonly string[];
  /** In place of the user in `brokerUrls`. */
  readonly brokerUser?: BrokerUser;
  readonly databaseUrl?: string;
  readonly cacheUrl?: string;
  readonly limits: Limits;
  /** Before the actions of messages about the nodes of the service. */
  readonly actionPrefix?: string;
  /** First part of the paths of HTTP, with a slash before it. */
  readonly apiVersion: string;
  /** `lenient`: members of a message that the service does not know are left out, and not refused. */
  readonly compat: 'strict' | 'lenient';
  readonly consent: ConsentBounds;
  readonly hierarchy?: Hierarchy;
  readonly http?: HttpSettings;
  readonly inspector?: InspectorSettings;
  readonly log?: LogOptions;
  /** Resources of the process, which its services share (`sharedSettings`). */
  readonly process: ProcessSettings;
  /** Absent: every user of the broker may send every message. */
  readonly trust?: Trust;
  /** Sections of the actors, by name. */
  readonly sections: Readonly<Record<string, JsonObject>>;
}
