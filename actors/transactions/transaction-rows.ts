/**
 * The rows of the transactions in PostgreSQL or PGlite: one statement changes all of them. A row that
 * the statement does not return is a row whose expectation does not hold.
 */
import type { SqlStatements } from '../consent/ledger/sql/sql-statements.ts';
import { givenKeys, givenRows, givenText, selectGiven, updateGiven } from '../rows/given-rows.ts';
import {
  type Transaction,
  type TransactionFilter,
  type TransactionsWrite,
  transactionChanged,
} from './store.ts';

type StoredTransaction = Omit<Transaction, 'reason'> & { readonly reason: string | null };

const selected = `found.address, found.state, found.card_id as card, found.reason, found.version,
  found.at_ms as "atMs"`;
const given =
  'address text, state text, card_id text, reason text, version integer, at_ms double precision';

export class TransactionRows {
  readonly #statements: SqlStatements;
  readonly #table: string;

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#table = `${schema}.transactions`;
  }

  /** The transactions that are there, by address. */
  async transactions(addresses: readonly string[]): Promise<ReadonlyMap<string, Transaction>> {
    const found = await this.#statements.run<StoredTransaction>(
      selectGiven(selected, {
        table: this.#table,
        given: 'address text',
        where: 't.address = given.address',
      }),
      [givenKeys(addresses, 'address')],
    );
    return new Map(found.map((row) => [row.address, transactionOf(row)]));
  }

  /** The transactions that fit every given member, by address. */
  async fitting({ addresses, card, state }: TransactionFilter): Promise<readonly Transaction[]> {
    const conditions = Object.entries({
      'address = any (array(select jsonb_array_elements_text(?::jsonb)))':
        addresses && JSON.stringify(addresses),
      'card_id = ?': card,
      'state = ?': state,
    }).filter(([, value]) => value !== undefined);
    const where = ['true', ...conditions.map(([condition]) => condition)].join(' and ');
    const found = await this.#statements.run<StoredTransaction>(
      `select ${selected} from ${this.#table} found where ${where} order by address`,
      conditions.map(([, value]) => value ?? null),
    );
    return found.map(transactionOf);
  }

  /** Writes of different transactions. */
  async put(writes: readonly TransactionsWrite[]): Promise<void> {
    const [added, changed] = await Promise.all([
      this.#add(writes.filter(({ expect }) => expect.version === 0)),
      this.#change(writes.filter(({ expect }) => expect.version !== 0)),
    ]);
    const done = new Set([...added, ...changed].map(({ address }) => address));
    for (const { args, expect } of writes)
      if (!done.has(args.address)) throw transactionChanged(args.address, expect.version);
  }

  async #add(writes: readonly TransactionsWrite[]): Promise<readonly Address[]> {
    if (writes.length === 0) return [];
    const names = 'address, state, card_id, reason, at_ms';
    return this.#statements.run<Address>(
      `insert into ${this.#table} (${names}, version) select ${names}, version + 1
        from ${givenRows(given)} on conflict (address) do nothing returning address`,
      [putText(writes)],
    );
  }

  async #change(writes: readonly TransactionsWrite[]): Promise<readonly Address[]> {
    if (writes.length === 0) return [];
    const where = 't.address = given.address and t.version = given.version';
    return this.#statements.run<Address>(
      updateGiven(
        `state = given.state, card_id = given.card_id, reason = given.reason, at_ms = given.at_ms,
          version = given.version + 1`,
        'old.address',
        { table: this.#table, given, where },
      ),
      [putText(writes)],
    );
  }
}

type Address = Pick<Transaction, 'address'>;

function transactionOf({ reason, ...row }: StoredTransaction): Transaction {
  return reason === null ? row : { ...row, reason };
}

function putText(writes: readonly TransactionsWrite[]): string {
  const rows = writes.map(({ args: { address, state, card, reason, atMs }, expect }) => ({
    address,
    state,
    card_id: card,
    reason: reason ?? null,
    at_ms: atMs,
    version: expect.version,
  }));
  return givenText(rows, 'address');
}
