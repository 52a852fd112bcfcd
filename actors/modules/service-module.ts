/**
 * The form in which a deployment takes a service that has tables of its own: the stores, known
 * before any database is open, and a function that makes the service once its journal is open.
 *
 * Boundary: types only. `catalog.ts` has the kinds of the package; a user's service is a
 * `ServiceModule`.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { Sections } from '../../config/schema.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Locks } from '../../runtime/ports/locks.ts';
import type { ReadableStore, Store } from '../../runtime/ports/store.ts';
import type { UndoLog } from '../../runtime/ports/undo-log.ts';
import type { SqlStoreModule } from '../../runtime/postgres/store-module.ts';

/** What a deployment hands to a service that it makes. */
export interface ServicePorts {
  /** A store of the service's journal. Throws `Broken('config-invalid')` for any other name. */
  readonly store: (name: string) => ReadableStore;
  readonly locks: Locks;
}

/** One store of a service: its form on a database and its form in memory, under one name. */
export interface ServiceStore {
  readonly sql: SqlStoreModule;
  /** Absent: the store needs a database, embedded or on a server. */
  readonly memory?: () => Store<UndoLog>;
}

/** A kind of service: the stores it needs, and how a config becomes a service over them. */
export interface ServiceKind {
  /**
   * Opened in the journal of the service, so that their writes are part of its commits. None for a
   * gateway.
   */
  readonly stores: readonly ServiceStore[];
  readonly define: (config: ExchangeConfig, ports: ServicePorts) => ServiceDefinition;
}

/** A service of somebody's own as a deployment takes it. */
export interface ServiceModule extends ServiceKind {
  /** The `svc_name` of its config. */
  readonly name: string;
  /** Absent: the deployment is given the config with that `svc_name`. */
  readonly config?: ExchangeConfig;
  /** The schemas of sections of its own that its config file may have, by name. */
  readonly sections?: Sections;
}
