/**
 * Statements over sets of rows of the ledger's tables: each finds or inserts a whole set.
 */
import type { SqlParameter, SqlStatements } from './sql-statements.ts';
import { selectListed, textList } from './text-list.ts';

export class SqlTables {
  readonly #statements: SqlStatements;
  readonly #schema: string;

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#schema = schema;
  }

  /** The rows of the nodes; only of the service, where a service is given. */
  listed<Row>(
    columns: string,
    table: string,
    nodeIds: readonly string[],
    service?: string,
  ): Promise<Row[]> {
    const of = service === undefined ? {} : { and: 't.service = ?' };
    return this.#statements.select(
      selectListed(columns, { table: `${this.#schema}.${table}`, ...of }),
      [textList(nodeIds), service ?? []].flat(),
    );
  }

  select<Row>(
    columns: string,
    table: string,
    condition: string,
    parameters: readonly SqlParameter[],
  ): Promise<Row[]> {
    return this.#statements.select(
      `select ${columns} from ${this.#schema}.${table} where ${condition}`,
      parameters,
    );
  }

  /** Inserts a row for each node; the rows differ in the node alone. */
  async insertForEach(
    nodeIds: readonly string[],
    { table, columns, values }: { table: string; columns: string; values: string },
    parameters: readonly SqlParameter[],
    onConflict: string,
  ): Promise<void> {
    if (nodeIds.length === 0) return;
    await this.#statements.change(
      `insert into ${this.#schema}.${table} (node_id, ${columns})
       select node_id, ${values} from jsonb_array_elements_text(?::jsonb) as wanted(node_id) ${onConflict}`,
      [...parameters, textList(nodeIds)],
    );
  }

  /** Inserts the rows. Of rows with the same key within one statement, the first counts. */
  async insert(
    table: string,
    columns: string,
    rows: readonly object[],
    onConflict = 'on conflict do nothing',
  ): Promise<void> {
    if (rows.length === 0) return;
    const names = columns.replaceAll(/ (?:text|integer|double precision|jsonb|boolean)\b/g, '');
    await this.#statements.change(
      `insert into ${this.#schema}.${table} (${names}) select ${names} from jsonb_to_recordset(?::jsonb) as r(${columns}) ${onConflict}`,
      [JSON.stringify(rows)],
    );
  }
}
