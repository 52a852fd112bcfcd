/**
 * The rows of the receipts in PostgreSQL or PGlite: one statement changes the receipts of all writes
 * of one kind, and does not touch a final receipt.
 */
import type { SqlStatements } from '../consent/ledger/sql/sql-statements.ts';
import {
  type FoundRows,
  givenKeys,
  givenRows,
  givenText,
  selectGiven,
  updateGiven,
} from '../rows/given-rows.ts';
import {
  type FilesReads,
  type FilesWrites,
  queuedReceipt,
  type Receipt,
  type ReceiptFilter,
} from './store.ts';

type Member = keyof Receipt;
type GivenReceipt = Partial<Receipt> & Pick<Receipt, 'id'>;

/** Name and type of the column of each member. */
const columns: Readonly<Record<Member, readonly [name: string, type: string]>> = {
  id: ['id', 'text'],
  url: ['url', 'text'],
  card: ['card_id', 'text'],
  state: ['state', 'text'],
  bytes: ['bytes', 'double precision'],
  sha256: ['sha256', 'text'],
  removedAtMs: ['removed_at_ms', 'double precision'],
  failedAtMs: ['failed_at_ms', 'double precision'],
  attempts: ['attempts', 'integer'],
  note: ['note', 'text'],
  evidence: ['evidence', 'jsonb'],
};
const members = Object.keys(columns) as Member[];
const nameOf = (member: Member): string => columns[member][0];
const selected = members.map((member) => `found.${nameOf(member)} as "${member}"`).join(', ');
const isId = 't.id = given.id';
const isNotFinal = (row: string) => `${row}.state not in ('removed', 'restored')`;

export class ReceiptRows {
  readonly #statements: SqlStatements;
  readonly #table: string;

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#table = `${schema}.receipts`;
  }

  /** The receipts that are there, by id. */
  async receipts(ids: readonly string[]): Promise<ReadonlyMap<string, Receipt>> {
    const found = await this.#statements.run<Receipt>(
      selectGiven(selected, this.#found(['id'], isId)),
      [givenKeys(ids, 'id')],
    );
    return new Map(found.map((receipt) => [receipt.id, receipt]));
  }

  /** The receipts that fit every given member, by id. */
  fitting({ id, card, url }: ReceiptFilter): Promise<readonly Receipt[]> {
    const wanted = Object.entries({ id, card_id: card, url }).filter(
      ([, value]) => value !== undefined,
    );
    const where = ['true', ...wanted.map(([name]) => `found.${name} = ?`)].join(' and ');
    return this.#statements.run<Receipt>(
      `select ${selected} from ${this.#table} found where ${where} order by id`,
      wanted.map(([, value]) => value ?? null),
    );
  }

  page({ after, limit }: FilesReads['page']['args']): Promise<readonly Receipt[]> {
    return this.#statements.run<Receipt>(
      `select ${selected} from ${this.#table} found where id > ? order by id limit ?`,
      [after, limit],
    );
  }

  /** A receipt that is there and not final begins again. */
  async queue(files: readonly FilesWrites['queue']['args'][]): Promise<void> {
    if (files.length === 0) return;
    const names = members.map(nameOf);
    const queued = this.#statements.run(
      `insert into ${this.#table} as old (${names}) select ${names}
        from ${givenRows(typesOf(members))} on conflict (id) do update
        set ${names.map((name) => `${name} = excluded.${name}`)} where ${isNotFinal('old')}`,
      [receiptsText(files.map(queuedReceipt), members)],
    );
    await this.#statements.ahead(queued);
  }

  /** Sets these members of receipts that are there and not final. */
  async change(receipts: readonly GivenReceipt[], set: readonly Member[]): Promise<void> {
    if (receipts.length === 0) return;
    const given: readonly Member[] = ['id', ...set];
    const changed = this.#statements.run(
      updateGiven(
        set.map((member) => `${nameOf(member)} = given.${nameOf(member)}`).join(', '),
        'old.id',
        this.#found(given, `${isId} and ${isNotFinal('t')}`),
      ),
      [receiptsText(receipts, given)],
    );
    await this.#statements.ahead(changed);
  }

  #found(given: readonly Member[], where: string): FoundRows {
    return { table: this.#table, given: typesOf(given), where };
  }
}

function typesOf(given: readonly Member[]): string {
  return given.map((member) => columns[member].join(' ')).join(', ');
}

function receiptsText(receipts: readonly GivenReceipt[], given: readonly Member[]): string {
  const rows = receipts.map((receipt) =>
    Object.fromEntries(given.map((member) => [nameOf(member), receipt[member] ?? null])),
  );
  return givenText(rows, 'id');
}
