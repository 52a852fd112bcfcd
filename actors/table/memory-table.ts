/**
 * A table in memory: for tests, the simulation and services that need no database.
 *
 * - Serial: reads and applies run one after another (`SerialAccess`), so a read sees committed rows.
 * - Undone by the journal: a failed apply undoes nothing itself. The journal undoes the whole commit.
 */
import type { Json } from '../../runtime/ports/json.ts';
import { SerialAccess } from '../../runtime/ports/serial-access.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { noUndo, UndoableTable, type UndoLog } from '../../runtime/ports/undo-log.ts';
import { copyOf } from '../../runtime/step/json-copy.ts';
import { MemberIndex } from './member-index.ts';
import {
  type Change,
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

export class MemoryTable implements Store<UndoLog> {
  readonly name: string;
  readonly #indexes: ReadonlyMap<string, MemberIndex>;
  readonly #access = new SerialAccess();
  readonly #rows = new UndoableTable<StoredRow>((before, after) => {
    for (const index of this.#indexes.values()) index.change(before, after);
  });

  /** `by`: the members by which rows are found. */
  constructor(name: string, by: readonly string[]) {
    this.name = name;
    this.#indexes = new Map(by.map((member) => [member, new MemberIndex(member)]));
  }

  read(op: string, args: Json): Promise<Json> {
    return this.readIn(noUndo, op, args);
  }

  async readIn(tx: UndoLog, op: string, args: Json): Promise<Json> {
    const asked = tableReadOf(op, args);
    return this.#access.readIn(tx, async () =>
      asked.op === 'had' ? this.#had(asked.args) : copyOf(rowsInOrder(this.#found(asked))),
    );
  }

  apply(tx: UndoLog, writes: readonly Write[]): Promise<void> {
    return this.#access.runIn(tx, async () => {
      // A copy, so that a later change of the arguments by the caller does not reach the rows.
      for (const write of writes)
        this.#write(tx, tableWriteOf({ ...write, args: copyOf(write.args) }));
    });
  }

  #had({ member, values, except }: HadValues): string[] {
    const left = new Set(except);
    const index = this.#indexOf(member);
    return values.filter((value) => [...index.idsOf([value])].some((id) => !left.has(id)));
  }

  #indexOf(member: string): MemberIndex {
    const index = this.#indexes.get(member);
    if (index === undefined) throw unknownMember(this.name, member, [...this.#indexes.keys()]);
    return index;
  }

  #found(read: Exclude<TableRead, { readonly op: 'had' }>): readonly StoredRow[] {
    switch (read.op) {
      case 'get':
        return this.#present(new Set(read.args.ids));
      case 'find':
        return this.#fitting(read.args.members);
      default:
        throw unknownOperation(this.name, read satisfies never);
    }
  }

  #present(ids: ReadonlySet<string>): StoredRow[] {
    return [...ids].flatMap((id) => this.#rows.get(id) ?? []);
  }

  #fitting(members: WantedMembers): readonly StoredRow[] {
    const sets = Object.entries(members).map(([member, values]) =>
      this.#indexOf(member).idsOf(values),
    );
    const [first, ...others] = sets.sort((a, b) => a.size - b.size);
    if (first === undefined) return [...this.#rows.values()];
    return this.#present(first).filter(({ id }) => others.every((ids) => ids.has(id)));
  }

  #write(tx: UndoLog, write: TableWrite): void {
    switch (write.op) {
      case 'add':
        if (this.#rows.get(write.args.id) !== undefined) throw writeProblem(this.name, write);
        this.#rows.put(tx, write.args.id, { ...write.args, version: 1 });
        break;
      case 'change':
        this.#change(tx, write, this.#expected(write));
        break;
      case 'set':
        this.#change(tx, write, this.#there(write));
        break;
      case 'drop':
        this.#rows.drop(tx, write.args.id);
        break;
      case 'expect':
        this.#expected(write);
        break;
      case 'remove':
        this.#expected(write);
        this.#rows.drop(tx, write.args.id);
        break;
      default:
        throw unknownOperation(this.name, write satisfies never);
    }
  }

  #change(tx: UndoLog, { args }: { readonly args: Change }, row: StoredRow): void {
    const { id, data, absent } = args;
    const kept = Object.entries({ ...row.data, ...data }).filter(([key]) => !absent.includes(key));
    this.#rows.put(tx, id, { id, version: row.version + 1, data: Object.fromEntries(kept) });
  }

  #there(write: TableWrite): StoredRow {
    const row = this.#rows.get(write.args.id);
    if (row === undefined) throw writeProblem(this.name, write);
    return row;
  }

  #expected(write: TableWrite & { readonly op: 'change' | 'remove' | 'expect' }): StoredRow {
    const row = this.#there(write);
    if (row.version !== write.expect.version) throw writeProblem(this.name, write);
    return row;
  }
}
