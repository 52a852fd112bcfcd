/**
 * Walks through the tree in PostgreSQL or PGlite: the port `TreeWalks`, one recursive statement a walk.
 */
import type { SqlParameter, SqlStatements } from '../../consent/ledger/sql/sql-statements.ts';
import { textList } from '../../consent/ledger/sql/text-list.ts';
import type { Reached, TreeWalks } from '../rules/rows.ts';
import { foreignNodeOf, type PathStep, type TreeNode } from '../rules/tree-node.ts';
import { headColumns, nodeColumns, ofClass, stepColumns } from './node-columns.ts';
import {
  idList,
  listedBelow,
  listedHolders,
  listedNodes,
  nodesBelow,
  uuidList,
} from './uuid-list.ts';

export class SqlWalks implements TreeWalks {
  readonly #statements: SqlStatements;
  readonly #nodes: string;
  /** The nodes with the ids of the parameter. */
  readonly #named: string;
  /** The nodes directly below the row `reached`. */
  readonly #below: string;

  constructor(statements: SqlStatements, nodes: string) {
    this.#statements = statements;
    this.#nodes = nodes;
    this.#named = listedNodes(nodes);
    this.#below = nodesBelow(nodes, 'reached.id');
  }

  async atPath(path: readonly string[]): Promise<TreeNode | undefined> {
    const [node] = await this.#statements.select<TreeNode>(
      `with recursive path(steps) as (select ?::jsonb), walk(id, depth) as (
         select n.id, 1 from path, ${this.#nodes} n where n.parent_id is null and n.cn = path.steps ->> 0
         union all
         select n.id, walk.depth + 1 from path, walk join ${this.#nodes} n on n.parent_id = walk.id where n.cn = path.steps ->> walk.depth)
       select ${nodeColumns} from walk join ${this.#nodes} n using (id) where walk.depth = ?`,
      [JSON.stringify(path), path.length],
    );
    return node;
  }

  async contiguous(ids: readonly string[], objectClass: string): Promise<Reached> {
    const start = `select n.id from ${this.#named} where ${ofClass}`;
    return this.#ofClass(start, [idList(ids), objectClass], objectClass);
  }

  async dependants(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
    except: readonly string[],
  ): Promise<Reached> {
    const [start, parameters] = this.#dependantIds(ids, objectClass, deleting);
    return this.#ofClass(start, parameters, objectClass, except);
  }

  async attachments(ids: readonly string[]): Promise<PathStep[]> {
    if (ids.length === 0) return [];
    const attached = "n.kind in ('system', 'alias')";
    const start = `select n.id from ${this.#nodes} n where n.parent_id = any(?::uuid[]) and ${attached}`;
    return this.#reached(stepColumns, start, attached, [uuidList(ids)]);
  }

  async lineage(ids: readonly string[]): Promise<PathStep[]> {
    if (ids.length === 0) return [];
    // `offset 0`: as in `nodesBelow`.
    return this.#statements.select(
      `with recursive up(id, parent_id, cn, alias_of) as (
         select n.id, n.parent_id, n.cn, n.alias_of from ${this.#named}
         union select above.* from up cross join lateral (
           (select n.id, n.parent_id, n.cn, n.alias_of from ${this.#nodes} n where n.id = up.parent_id offset 0)
           union all
           (select n.id, n.parent_id, n.cn, n.alias_of from ${this.#nodes} n where n.id = up.alias_of offset 0)) above)
       select id, parent_id as "parentId", cn from up`,
      [idList(ids)],
    );
  }

  /** The ids of the children, and of the nodes that refer to one of the ids in these attributes. */
  #dependantIds(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
  ): [start: string, parameters: readonly SqlParameter[]] {
    const children = `select n.id from ${listedBelow(this.#nodes)} where ${ofClass}`;
    const parameters = [idList(ids), objectClass];
    if (deleting.length === 0) return [children, parameters];
    const refers = 'n.attributes -> deleting.name @> jsonb_build_array(wanted.id)';
    return [
      `select n.id from (${children} union select n.id from ${listedHolders(this.#nodes)}
         where ${ofClass} and exists (select from jsonb_array_elements_text(?::jsonb) as deleting(name) where ${refers})) n`,
      [...parameters, textList(ids), objectClass, textList(deleting)],
    ];
  }

  /**
   * The nodes of the class that `start` leads to, and the nodes directly below; none, when every
   * node of the class is in `except`. One walk finds both, and reads each row once.
   */
  async #ofClass(
    start: string,
    parameters: readonly SqlParameter[],
    objectClass: string,
    except?: readonly string[],
  ): Promise<Reached> {
    const attributes = 'case when reached.own then n.attributes end as attributes';
    const wanted =
      'where exists (select from reached where own and id not in (select unnest(?::uuid[])))';
    const found = await this.#statements.select<TreeNode>(
      `with recursive reached(id, own) as (
         select n.id, true from (${start}) n
         union select n.id, n.object_class = ? from reached
           cross join ${this.#below} where reached.own and n.kind = 'entity')
       select ${headColumns}, n.kind, n.service, ${attributes}, n.alias_of as "aliasOf" from reached
         cross join lateral (select * from ${this.#nodes} n where n.id = reached.id offset 0) n
         ${except === undefined ? '' : wanted}`,
      [...parameters, objectClass, except === undefined ? [] : uuidList(except)].flat(),
    );
    return {
      own: found.filter((node) => node.objectClass === objectClass),
      beneath: found.filter((node) => node.objectClass !== objectClass).map(foreignNodeOf),
    };
  }

  /** The nodes that `start` finds, and the nodes below that the condition takes, at every level. */
  #reached<Row>(
    columns: string,
    start: string,
    condition: string,
    parameters: readonly SqlParameter[],
  ): Promise<Row[]> {
    return this.#statements.select(
      `with recursive reached(id) as (
         ${start} union
         select n.id from reached cross join ${this.#below} where ${condition})
       select ${columns} from reached
         cross join lateral (select * from ${this.#nodes} n where n.id = reached.id offset 0) n`,
      parameters,
    );
  }
}
