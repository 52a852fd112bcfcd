/**
 * What a store brings along when its tables live in the journal's database. The type is structural: a store's adapter
 * has this form and does not import it.
 */
import type { EntityManager, EntitySchema } from '@mikro-orm/sql';
import type { SqlMigration, Store } from '../ports/store.ts';

/** What a store's SQL adapter gets of the database. */
export interface SqlAccess {
  /** The schema that holds the store's tables and nothing else. */
  readonly schema: string;
  /** A fresh entity manager for reads outside any commit, with the schema set. */
  read(): EntityManager;
}

/** A store's tables, migrations and adapter; give it to `openDatabase`. */
export interface SqlStoreModule {
  /** Lower case, digits and `-`; its tables live in the schema `<prefix>_<name>`, with `_` for `-`. */
  readonly name: string;
  /** Declared with the schema `*`. */
  readonly entities: readonly EntitySchema[];
  readonly migrations: readonly SqlMigration[];
  /** The entity manager that `apply` gets is in the commit's transaction; what it has not flushed is flushed afterwards. */
  create(access: SqlAccess): Store<EntityManager>;
}
