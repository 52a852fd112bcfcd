/** The retentions of the ledger in PostgreSQL or PGlite: the port `RetentionRows`. */
import type { RetentionRows } from '../rules/rows.ts';
import type { OpenRetention } from '../store.ts';
import type { SqlStatements } from './sql-statements.ts';
import { SqlTables } from './sql-tables.ts';
import { comparable, isAmongListed, textList } from './text-list.ts';

const ofNodes = `saga = ? and service = ? and ${isAmongListed}`;

export class SqlRetentions implements RetentionRows {
  readonly #statements: SqlStatements;
  readonly #tables: SqlTables;
  readonly #schema: string;

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#tables = new SqlTables(statements, schema);
    this.#schema = schema;
  }

  async rows(saga: string, service: string, nodeIds: readonly string[]): Promise<OpenRetention[]> {
    const columns = 'node_id as "nodeId", service, saga, voter, until, ended';
    return this.#tables.select(columns, 'retentions', ofNodes, [
      comparable(saga),
      service,
      textList(nodeIds),
    ]);
  }

  async add(
    nodeIds: readonly string[],
    { service, saga, voter, until, ended }: Omit<OpenRetention, 'nodeId'>,
  ): Promise<void> {
    const columns = 'service, saga, voter, until, ended';
    await this.#tables.insertForEach(
      nodeIds,
      { table: 'retentions', columns, values: '?, ?, ?, ?, ?::boolean' },
      [service, saga, voter, until, ended],
      `on conflict (node_id, service, saga, voter, until) do update set ended = true
        where excluded.ended and not retentions.ended`,
    );
  }

  async drop(
    nodeIds: readonly string[],
    { service, saga, voter, until }: Omit<OpenRetention, 'nodeId' | 'ended'>,
  ): Promise<void> {
    await this.#statements.change(
      `delete from ${this.#schema}.retentions where ${ofNodes} and voter = ? and until = ?`,
      [comparable(saga), service, textList(nodeIds), voter, until],
    );
  }
}
