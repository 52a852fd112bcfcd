/**
 * The parts of a store whose tables are in the journal's database. The type is structural: a
 * store's adapter has this form and does not import it.
 */
import type { EntityManager, EntitySchema } from '@mikro-orm/sql';
import type { SqlMigration, Store } from '../ports/store.ts';

/** A list is passed as one JSON text: MikroORM has no form for arrays. */
export type SqlParameter = string | number | boolean | null;

/** The access of a store's SQL adapter to the database. */
export interface SqlAccess {
  /** The schema that holds the store's tables and nothing else. */
  readonly schema: string;
  /** A new entity manager for reads outside any commit, with the schema set. */
  read(): EntityManager;
  /**
   * Resolves with the result of reads that see one snapshot: of a read-only transaction at REPEATABLE
   * READ, on a connection of its own.
   */
  snapshot<Result>(reads: (em: EntityManager) => Promise<Result>): Promise<Result>;
  /**
   * Runs a statement with `?` for its parameters in the transaction of `em`; without one, on a
   * connection of its own. The quickest form on this database: prepared on a server. The text must
   * not vary with the data, because a server keeps the statement. Errors are MikroORM's.
   */
  execute(
    em: EntityManager,
    sql: string,
    parameters: readonly SqlParameter[],
  ): Promise<readonly unknown[]>;
  /**
   * As `execute`, for a change whose result does not matter. In a commit on a server the change is sent
   * and not waited for, so a store that only changes costs no round trip of its own. Its error fails
   * the commit as an error of the store.
   */
  change(em: EntityManager, sql: string, parameters: readonly SqlParameter[]): Promise<void>;
  /** Whether statements of a commit are sent without waiting for the former. */
  readonly isPipelined: boolean;
}

/** A store's tables, migrations and adapter; give it to `openDatabase`. */
export interface SqlStoreModule {
  /**
   * Lower case, digits and `-`. Its tables are in the schema `<prefix>_<name>`, with `_` for `-`.
   */
  readonly name: string;
  /** Declared with the schema `*`. */
  readonly entities: readonly EntitySchema[];
  readonly migrations: readonly SqlMigration[];
  /**
   * The entity manager of `apply` is in the commit's transaction. Where the store has entities, the
   * entity manager is flushed after `apply`.
   */
  create(access: SqlAccess): Store<EntityManager>;
}

/**
 * The store of a module. The entity manager of a store without entities is not flushed, because a flush
 * switches on the hooks of `AsyncLocalStorage`, which every promise of a process on Node 20 pays for
 * from then on.
 */
export function storeOf(module: SqlStoreModule, access: SqlAccess): Store<EntityManager> {
  const store = module.create(access);
  if (module.entities.length === 0) return store;
  const apply = store.apply.bind(store);
  store.apply = async (em, writes) => {
    await apply(em, writes);
    await em.flush();
  };
  return store;
}
