/**
 * A store that counts how often each name was written, in memory and on SQL: what was written exactly once stands at one.
 *
 * 1. `add {name}` counts one more; with `expect n` it is a conflict when the name does not stand at n.
 * 2. `claim {name}` is refused when the name was claimed before.
 * 3. `times` reads one name, `all` every name with a prefix.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/sql';
import { Conflict, Refused } from '../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { SerialAccess } from '../../../runtime/ports/serial-access.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import type { SqlStoreModule } from '../../../runtime/postgres/store-module.ts';

export const tallyStore = 'tally';

function nameOf(args: Json): string {
  return String((args as JsonObject)['name']);
}

function checked({ op, args, expect }: Write, times: number): void {
  if (op === 'claim' && times > 0) throw new Refused('name-taken', `${nameOf(args)} is claimed`);
  if (expect !== undefined && times !== expect)
    throw new Conflict('expectation-failed', `${nameOf(args)} stands at ${times}`);
}

export function memoryTally(): Store<UndoLog> {
  const tally = new Map<string, number>();
  const access = new SerialAccess();
  const readIn = (undoLog: UndoLog, op: string, args: Json): Promise<Json> =>
    access.readIn(undoLog, async () =>
      op === 'times'
        ? (tally.get(String(args)) ?? 0)
        : Object.fromEntries([...tally].filter(([name]) => name.startsWith(String(args)))),
    );
  const applyIn = async (undoLog: UndoLog, writes: readonly Write[]): Promise<void> => {
    for (const write of writes) {
      const name = nameOf(write.args);
      checked(write, tally.get(name) ?? 0);
      tally.set(name, (tally.get(name) ?? 0) + 1);
      undoLog.onRollback(() => tally.set(name, (tally.get(name) ?? 0) - 1));
    }
  };
  return {
    name: tallyStore,
    read: (op, args) => readIn(noUndo, op, args),
    readIn,
    apply: (undoLog, writes) => access.runIn(undoLog, () => applyIn(undoLog, writes)),
  };
}

const Tally = defineEntity({
  name: 'Tally',
  tableName: 'tallies',
  schema: '*',
  properties: { name: p.text().primary(), times: p.integer() },
});

async function readSql(entityManager: EntityManager, op: string, args: Json): Promise<Json> {
  if (op === 'times')
    return (await entityManager.findOne(Tally, { name: String(args) }))?.times ?? 0;
  const rows = await entityManager.find(Tally, { name: { $like: `${String(args)}%` } });
  return Object.fromEntries(rows.map(({ name, times }) => [name, times]));
}

async function applySql(
  entityManager: EntityManager,
  schema: string,
  writes: readonly Write[],
): Promise<void> {
  for (const write of writes) {
    const name = nameOf(write.args);
    // The row is locked by its own change, so that what is compared is what is written.
    const [row] = (await entityManager.execute(
      `insert into ${schema}.tallies as t (name, times) values (?, 1) on conflict (name) do update set times = t.times + 1 returning times`,
      [name],
    )) as { times: number }[];
    checked(write, (row?.times ?? 0) - 1);
  }
}

export const sqlTally: SqlStoreModule = {
  name: tallyStore,
  entities: [Tally],
  migrations: [
    {
      name: '001-tallies',
      up: (schema) => [
        `create table ${schema}.tallies (name text primary key, times integer not null)`,
      ],
    },
  ],
  create: ({ schema, read }) => ({
    name: tallyStore,
    read: (op, args) => readSql(read(), op, args),
    readIn: readSql,
    apply: (entityManager, writes) => applySql(entityManager, schema, writes),
  }),
};
