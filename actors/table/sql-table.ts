/**
 * A table in PostgreSQL or PGlite, in the tables of `migrations.ts`.
 *
 * - Sets: successive writes of the same kind share a statement, unless two writes name the same
 *   row. A row that the statement does not return is a row whose expectation does not hold.
 * - No joins: the rows of a statement are looked up by an array of ids, and the given values by a
 *   key of one JSON object. PostgreSQL expects ten elements of an array, whatever its statistics
 *   say, so one row is found by the index, and the costs of many rows are linear.
 * - A list is passed as a JSON text, so the text of a statement does not vary with its length, and
 *   an embedded database gets the list in the text of the statement.
 */
import type { EntityManager } from '@mikro-orm/sql';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { memberText } from './migrations.ts';
import {
  type HadValues,
  rowsInOrder,
  type StoredRow,
  type TableRead,
  type TableWrite,
  tableReadOf,
  tableWriteOf,
  unknownMember,
  unknownOperation,
  type WantedMembers,
  writeProblem,
} from './operations.ts';

/** The access of the table to its database. */
export interface TableAccess {
  /** The schema of the tables; statements name the schema. */
  readonly schema: string;
  read(): EntityManager;
  execute(
    em: EntityManager,
    sql: string,
    parameters: readonly string[],
  ): Promise<readonly unknown[]>;
  /** As `execute`, without rows. A commit need not wait for the change. */
  change(em: EntityManager, sql: string, parameters: readonly string[]): Promise<void>;
}

type Batch = { readonly op: TableWrite['op']; readonly writes: TableWrite[] };

const isOneOf = '= any (array(select jsonb_array_elements_text(?::jsonb)))';
const givenRows = 'with given as materialized (select ?::jsonb as rows)';
const isGiven = 'old.id = any (array(select jsonb_object_keys(rows) from given))';
const isExpected = `${isGiven}
  and old.version = (given.rows->old.id->>'version')::integer`;

export class SqlTable implements Store<EntityManager> {
  readonly name: string;
  readonly #by: ReadonlySet<string>;
  readonly #rows: string;
  readonly #access: TableAccess;

  /** `by`: the members by which rows are found. */
  constructor(name: string, by: readonly string[], access: TableAccess) {
    this.name = name;
    this.#by = new Set(by);
    this.#rows = `${access.schema}.rows`;
    this.#access = access;
  }

  read(op: string, args: Json): Promise<Json> {
    return this.readIn(this.#access.read(), op, args);
  }

  async readIn(em: EntityManager, op: string, args: Json): Promise<Json> {
    const asked = tableReadOf(op, args);
    if (asked.op === 'had') return this.#had(em, asked.args);
    const [where, parameters] = this.#condition(asked);
    const rows = await this.#access.execute(
      em,
      `select id, version, data from ${this.#rows} where ${where}`,
      parameters,
    );
    return rowsInOrder(rows as StoredRow[]);
  }

  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    for (const batch of batchesOf(writes.map(tableWriteOf))) await this.#write(tx, batch);
  }

  /** A look-up for each value, which ends at the first row. */
  async #had(em: EntityManager, { member, values, except }: HadValues): Promise<string[]> {
    const found = await this.#access.execute(
      em,
      `select value from jsonb_array_elements_text(?::jsonb) as given(value)
        where exists (select from ${this.#rows} where ${this.#textOf(member)} = given.value collate "C"
          and id <> all (array(select jsonb_array_elements_text(?::jsonb))))`,
      [JSON.stringify(values), JSON.stringify(except)],
    );
    return (found as { value: string }[]).map(({ value }) => value);
  }

  #textOf(member: string): string {
    if (!this.#by.has(member)) throw unknownMember(this.name, member, [...this.#by]);
    return memberText(member);
  }

  #condition(
    read: Exclude<TableRead, { readonly op: 'had' }>,
  ): [where: string, parameters: string[]] {
    switch (read.op) {
      case 'get':
        return [`id ${isOneOf}`, [JSON.stringify(read.args.ids)]];
      case 'find':
        return this.#fits(read.args.members);
      default:
        throw unknownOperation(this.name, read satisfies never);
    }
  }

  #fits(members: WantedMembers): [where: string, parameters: string[]] {
    const conditions = Object.entries(members).map(([member, values]) => {
      const text = this.#textOf(member);
      const orNull = values.includes(null) ? ` or ${text} is null` : '';
      return `(${text} ${isOneOf}${orNull})`;
    });
    const texts = Object.values(members).map((values) => values.filter((value) => value !== null));
    return [conditions.join(' and ') || 'true', texts.map((list) => JSON.stringify(list))];
  }

  async #write(tx: EntityManager, { op, writes }: Batch): Promise<void> {
    const statement = this.#statement(op);
    const given = Object.fromEntries(writes.map((write) => [write.args.id, parameterOf(write)]));
    const parameters = [JSON.stringify(given)];
    if (op === 'drop') return this.#access.change(tx, statement, parameters);
    const done = await this.#access.execute(tx, statement, parameters);
    const ids = new Set((done as { id: string }[]).map(({ id }) => id));
    const failed = writes.find(({ args }) => !ids.has(args.id));
    if (failed !== undefined) throw writeProblem(this.name, failed);
  }

  #update(condition: string): string {
    return `${givenRows} update ${this.#rows} as old set version = old.version + 1,
      data = (old.data || (given.rows->old.id->'data'))
        - array(select jsonb_array_elements_text(given.rows->old.id->'absent'))
      from given where ${condition} returning old.id`;
  }

  #statement(op: TableWrite['op']): string {
    switch (op) {
      case 'add':
        return `insert into ${this.#rows} (id, version, data)
          select key, 1, value->'data' from jsonb_each(?::jsonb) on conflict (id) do nothing returning id`;
      case 'change':
        return this.#update(isExpected);
      case 'set':
        return this.#update(isGiven);
      case 'drop':
        return `${givenRows} delete from ${this.#rows} as old using given where ${isGiven} returning old.id`;
      case 'expect':
        return `${givenRows} select old.id from ${this.#rows} as old, given where ${isExpected}
          order by old.id for no key update of old`;
      case 'remove':
        return `${givenRows} delete from ${this.#rows} as old using given where ${isExpected} returning old.id`;
      default:
        throw unknownOperation(this.name, { op: op satisfies never });
    }
  }
}

function parameterOf(write: TableWrite): object {
  return 'expect' in write && write.expect !== null
    ? { ...write.args, version: write.expect.version }
    : write.args;
}

/** Neighbours of one kind and of different rows, in order. */
function batchesOf(writes: readonly TableWrite[]): Batch[] {
  const batches: Batch[] = [];
  const ids = new Set<string>();
  for (const write of writes) {
    const last = batches.at(-1);
    if (last?.op === write.op && !ids.has(write.args.id)) last.writes.push(write);
    else {
      batches.push({ op: write.op, writes: [write] });
      ids.clear();
    }
    ids.add(write.args.id);
  }
  return batches;
}
