/**
 * A store as small as one can be, for the journal's contract: names, each once, in memory and on SQL.
 *
 * 1. `add {name}` refuses a name that is there; with `expect {absent}` it is a conflict when that name is there.
 * 2. `explode` changes something and then throws an error of no known kind.
 *    `strike` takes a name out and keeps that it was struck, until it is pruned.
 * 3. The SQL form leaves its entity to be flushed by the journal: what `apply` did through the entity manager counts.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/sql';
import { Conflict, Refused } from '../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { SerialAccess } from '../../../runtime/ports/serial-access.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import type { SqlStoreModule } from '../../../runtime/postgres/store-module.ts';

export function add(name: string, expect?: JsonObject): Write {
  return {
    store: 'ledger',
    op: 'add',
    args: { name },
    ...(expect === undefined ? {} : { expect }),
  };
}

export const explode: Write = { store: 'ledger', op: 'explode', args: { name: 'half-done' } };

function nameIn(json: Json | undefined, field: string): string | undefined {
  const value =
    json !== null && typeof json === 'object' && !Array.isArray(json)
      ? (json as JsonObject)[field]
      : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Adds what the writes say to whatever keeps the names. */
async function applyTo(
  writes: readonly Write[],
  has: (name: string) => Promise<boolean>,
  insert: (name: string) => void,
  strike: (name: string) => Promise<void>,
): Promise<void> {
  for (const { op, args, expect } of writes) {
    const absent = nameIn(expect, 'absent');
    if (absent !== undefined && (await has(absent)))
      throw new Conflict('expectation-failed', `${absent} is there`);
    const name = nameIn(args, 'name') ?? '';
    if (op === 'strike') {
      await strike(name);
      continue;
    }
    if (await has(name)) throw new Refused('name-taken', `${name} is taken`);
    insert(name);
    if (op === 'explode') throw new TypeError('the store broke');
  }
}

export function memoryLedger(): Store<UndoLog> {
  const names = new Set<string>();
  const struck = new Set<string>();
  const access = new SerialAccess();
  const readIn = (undoLog: UndoLog): Promise<Json> =>
    access.readIn(undoLog, async () => [...names].sort());
  return {
    name: 'ledger',
    read: () => readIn(noUndo),
    readIn,
    apply: (undoLog, writes) =>
      access.runIn(undoLog, () =>
        applyTo(
          writes,
          async (name) => names.has(name),
          (name) => {
            names.add(name);
            undoLog.onRollback(() => names.delete(name));
          },
          async (name) => {
            names.delete(name);
            struck.add(name);
          },
        ),
      ),
    prune: async (_undoLog, _beforeMs, limit) => {
      const old = [...struck].slice(0, limit);
      for (const name of old) struck.delete(name);
      return old.length;
    },
  };
}

const Struck = defineEntity({
  name: 'LedgerStruck',
  tableName: 'struck',
  schema: '*',
  properties: { name: p.text().primary() },
});
const LedgerEntry = defineEntity({
  name: 'LedgerEntry',
  tableName: 'entries',
  schema: '*',
  properties: { name: p.text().primary() },
});

async function sqlNames(entityManager: EntityManager): Promise<Json> {
  const found = await entityManager.find(LedgerEntry, {}, { orderBy: { name: 'asc' } });
  return found.map(({ name }) => name);
}

function sqlApply(entityManager: EntityManager, writes: readonly Write[]): Promise<void> {
  return applyTo(
    writes,
    async (name) => (await entityManager.count(LedgerEntry, { name })) > 0,
    (name) => void entityManager.persist(entityManager.create(LedgerEntry, { name })),
    async (name) => {
      await entityManager.nativeDelete(LedgerEntry, { name });
      await entityManager.insert(Struck, { name });
    },
  );
}

export const sqlLedger: SqlStoreModule = {
  name: 'ledger',
  entities: [LedgerEntry, Struck],
  migrations: [
    {
      name: '001-entries',
      up: (schema) => [
        `create table ${schema}.entries (name text primary key)`,
        `create table ${schema}.struck (name text primary key)`,
      ],
    },
  ],
  create: ({ read }) => ({
    name: 'ledger',
    read: () => sqlNames(read()),
    readIn: sqlNames,
    apply: sqlApply,
    prune: async (entityManager, _beforeMs, limit) => {
      const old = await entityManager.find(Struck, {}, { limit });
      return entityManager.nativeDelete(Struck, { name: { $in: old.map(({ name }) => name) } });
    },
  }),
};
