/**
 * The messages between a host (a process that runs services, `host.ts`) and the process that
 * started it, over Node's IPC channel.
 *
 * - numbered: requests may overlap; the answer to a request carries the request's number.
 */
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { Json } from '../../runtime/ports/json.ts';

/** The moment at which a host ends itself with SIGKILL. */
export type KillPoint =
  /**
   * When a deletion of this service is decided and committed, and nothing else has happened yet.
   */
  | { readonly kind: 'decision'; readonly service: string }
  /** At the n-th failpoint that the host reaches from now on, whichever failpoint that is. */
  | { readonly kind: 'failpoint'; readonly n: number };

export interface HostedServices {
  /** Names of the services to run. Default: all services of the package. */
  readonly services?: readonly string[];
  /** The environment that the configs are read with. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder of the configs. Default: the package's. */
  readonly configs?: string;
  /** Used by services whose environment names no database. */
  readonly databaseUrl?: string;
  /** Milliseconds. */
  readonly leaseMs?: number;
  /** Whether the host serves HTTP, on a free port of the loopback address. Default: no. */
  readonly http?: boolean;
}

/** A service as its callers know it. */
export interface ServiceEntry {
  readonly service: string;
  /** The exchange and the routing key of the service's main queue. */
  readonly exchange: string;
  readonly routingKey: string;
  /**
   * For a service that owns nodes: the class of the nodes, and the entity after which its base node
   * and its gateway are named.
   */
  readonly nodes?: { readonly objectClass: string; readonly entity: string };
  /** For a service with routes: their path over HTTP. */
  readonly path?: string;
}

export interface StartedHost {
  /** An entry for each service of the package, hosted here or not. */
  readonly entries: readonly ServiceEntry[];
  /** Of HTTP, for a host that serves HTTP. */
  readonly url?: string;
}

/** Rows by table. */
export type RowCounts = Readonly<Record<string, number>>;

export type HostRequest =
  | { readonly kind: 'start'; readonly hosted: HostedServices }
  | {
      readonly kind: 'send';
      readonly exchange: string;
      readonly routingKey: string;
      readonly action: string;
      readonly data: Json;
    }
  | { readonly kind: 'history'; readonly topic: string }
  | { readonly kind: 'counts' }
  | { readonly kind: 'kill-at'; readonly point: KillPoint | null }
  | { readonly kind: 'stop' };

/** The answer to each kind of request. */
export interface HostAnswers {
  readonly start: StartedHost;
  /** The answer of the service. */
  readonly send: Json;
  readonly history: readonly HistoryLine[];
  readonly counts: RowCounts;
  /** Number of failpoints reached since the previous request of this kind. */
  readonly 'kill-at': number;
  readonly stop: null;
}

export type RequestKind = HostRequest['kind'];

export interface NumberedRequest {
  readonly number: number;
  readonly request: HostRequest;
}

/** From a host to the process that started it. `loaded` comes first, and once. */
export type HostMessage =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'history'; readonly lines: readonly HistoryLine[] }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly number: number; readonly message: string };
