/**
 * The links between nodes in PostgreSQL or PGlite: the port `NodeLinks`.
 */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { SqlStatements } from '../../consent/ledger/sql/sql-statements.ts';
import type { NodeLinks } from '../rules/rows.ts';
import type { LinkedNode } from '../store.ts';
import { uuidList } from './uuid-list.ts';

export class SqlNodeLinks implements NodeLinks {
  readonly #statements: SqlStatements;
  readonly #links: string;

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#links = `${schema}.links`;
  }

  async rows(nodeId: string, name: string): Promise<LinkedNode[]> {
    return this.#statements.select(
      `select l.linked_id as id, l.attributes from ${this.#links} l where l.node_id = any(?::uuid[]) and l.name = ?`,
      [uuidList([nodeId]), name],
    );
  }

  async put(
    nodeId: string,
    name: string,
    to: readonly string[],
    attributes: JsonObject,
  ): Promise<void> {
    await this.#statements.change(
      `insert into ${this.#links} (node_id, name, linked_id, attributes)
         select ?::uuid, ?, linked.id, ?::jsonb from unnest(?::uuid[]) as linked(id) order by linked.id
       on conflict (node_id, name, linked_id) do update set attributes = excluded.attributes`,
      [nodeId, name, JSON.stringify(attributes), uuidList(to)],
    );
  }

  async drop(nodeId: string, name: string, to: readonly string[]): Promise<void> {
    await this.#statements.change(
      `delete from ${this.#links} where node_id = ?::uuid and name = ? and linked_id = any(?::uuid[])`,
      [nodeId, name, uuidList(to)],
    );
  }
}
