/**
 * The form in which a deployment takes a service: its stores, known before any database is open,
 * and a function that makes the service once its journal is open.
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

/** A store of a service: its form on a database and its form in memory, under the same name. */
export interface ServiceStore {
  readonly sql: SqlStoreModule;
  /** Absent: the store needs a database, embedded or on a server. */
  readonly memory?: () => Store<UndoLog>;
}

/** A kind of service: the stores it needs, and how a config becomes a service over the stores. */
export interface ServiceKind {
  /**
   * Opened in the journal of the service, so that the writes of the stores are part of its commits.
   * A gateway has none.
   */
  readonly stores: readonly ServiceStore[];
  /** `configs`: of all services of the deployment. Default: none. */
  readonly define: (
    config: ExchangeConfig,
    ports: ServicePorts,
    configs?: readonly ExchangeConfig[],
  ) => ServiceDefinition;
}

/** A service of somebody's own as a deployment takes it. */
export interface ServiceModule extends ServiceKind {
  /** The `svc_name` of its config. */
  readonly name: string;
  /** Absent: the deployment is given the config with that `svc_name`. */
  readonly config?: ExchangeConfig;
  /** The schemas of the module's own sections in its config file, by name. */
  readonly sections?: Sections;
}
