/**
 * The nodes of the hierarchy in PostgreSQL or PGlite: the port `TreeRows`.
 *
 * 1. Every call is a few statements over whole sets of any size. Recursive statements walk paths.
 * 2. Under READ COMMITTED a statement sees the commits before its start. So a lock is taken in an
 *    earlier statement than the read ("lock before look" in `rows.ts`).
 */
import { UniqueConstraintViolationException } from '@mikro-orm/sql';
import { Broken } from '../../../runtime/ports/errors.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { LockedRows } from '../../consent/ledger/sql/locked-rows.ts';
import type { SqlParameter, SqlStatements } from '../../consent/ledger/sql/sql-statements.ts';
import { textList } from '../../consent/ledger/sql/text-list.ts';
import type { ForeignNode } from '../../consent/nodes.ts';
import { isStorable } from '../../consent/storable.ts';
import { folded } from '../rules/name-fold.ts';
import type { SearchWindow, SiblingFacts, TreeRows } from '../rules/rows.ts';
import {
  type NewNode,
  type NodeHead,
  type PathStep,
  sortIndexOf,
  type TreeNode,
} from '../rules/tree-node.ts';
import type { LinkedNode } from '../store.ts';
import { attributeValues, foldHash } from './migrations.ts';
import { searchSql } from './sql-search.ts';
import { uuidList } from './uuid-list.ts';

/** A row as a `TreeNode`. */
export const nodeColumns = `n.id, n.parent_id as "parentId", n.cn, n.object_class as "objectClass", n.kind, n.service, n.attributes,
  n.is_default as "isDefault", n.alias_of as "aliasOf", n.version, n.seq::double precision as seq`;

/** A row as a `NodeHead`. */
const headColumns = `n.id, n.parent_id as "parentId", n.cn, n.object_class as "objectClass",
  n.is_default as "isDefault", n.version, n.seq::double precision as seq`;

const stepColumns = 'n.id, n.parent_id as "parentId", n.cn';

const foreignColumns = `n.id, n.cn, n.object_class as "objectClass", coalesce(n.service, '') as service, n.parent_id as "parentId"`;

const ofClass = "n.kind = 'entity' and n.object_class = ?";

export class SqlTree implements TreeRows {
  readonly #statements: SqlStatements;
  readonly #nodes: string;
  readonly #links: string;
  readonly #moves: string;
  readonly #locked = new LockedRows<NodeHead>(({ id }) => id);
  /** The nodes with the ids of the parameter. */
  readonly #named: string;
  /**
   * The nodes directly below the row `reached`. `offset 0` keeps one look-up of the index of parents
   * for each row. Without it a join, or the index of classes, may read all nodes of the class for
   * each row, where the statistics of the table are old.
   */
  readonly #below: string;

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#nodes = `${schema}.nodes`;
    this.#links = `${schema}.links`;
    this.#moves = `moves in ${schema}`;
    this.#named = `select * from ${this.#nodes} n where n.id = any(?::uuid[]) offset 0`;
    this.#below = `select * from ${this.#nodes} n where n.parent_id = reached.id offset 0`;
  }

  async nodes(ids: readonly string[]): Promise<TreeNode[]> {
    if (ids.length === 0) return [];
    return this.#where('n.id = any(?::uuid[])', [uuidList(ids)]);
  }

  async lockNodes(ids: readonly string[]): Promise<TreeNode[]> {
    if (ids.length === 0) return [];
    return this.#locked.take(
      ids,
      this.#statements.run<TreeNode>(
        `select ${nodeColumns} from ${this.#nodes} n where n.id = any(?::uuid[]) order by n.id for update`,
        [uuidList(ids)],
      ),
    );
  }

  async heads(ids: readonly string[]): Promise<NodeHead[]> {
    if (ids.length === 0) return [];
    const held = await this.#locked.all(ids);
    if (held !== undefined) return held;
    return this.#rows(`select ${headColumns} from ${this.#nodes} n where n.id = any(?::uuid[])`, [
      uuidList(ids),
    ]);
  }

  lockHeads(ids: readonly string[]): Promise<NodeHead[]> {
    return this.#locked.lock(ids, (wanted) =>
      this.#statements.run(
        `select ${headColumns} from ${this.#nodes} n where n.id = any(?::uuid[]) order by n.id for update`,
        [uuidList(wanted)],
      ),
    );
  }

  /** Locks the rows for later writes of the commit. */
  lockAhead(ids: readonly string[]): Promise<void> {
    return this.#statements.ahead(this.lockHeads(ids));
  }

  async lockMoves(): Promise<void> {
    await this.#statements.run('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
      this.#moves,
    ]);
  }

  async named(parentId: string | null, cn: string): Promise<TreeNode | undefined> {
    if (!isStorable(cn)) return undefined;
    const below = parentId === null ? 'n.parent_id is null' : 'n.parent_id = ?::uuid';
    const [node] = await this.#where(
      `n.cn = ? and ${below}`,
      parentId === null ? [cn] : [cn, parentId],
    );
    return node;
  }

  async namedAmong(parentIds: readonly string[], names: readonly string[]): Promise<TreeNode[]> {
    if (parentIds.length === 0) return [];
    return this.#where(
      'n.parent_id = any(?::uuid[]) and n.cn = any(array(select jsonb_array_elements_text(?::jsonb)))',
      [uuidList(parentIds), textList(names)],
    );
  }

  async namedInAnyCase(parentId: string | null, cn: string): Promise<TreeNode | undefined> {
    if (!isStorable(cn)) return undefined;
    const below = parentId === null ? 'n.parent_id is null' : 'n.parent_id = ?::uuid';
    const name = folded(cn);
    const [node] = await this.#where(
      `${foldHash('n.folded')} = ${foldHash('?')} and n.folded = ? and ${below} order by n.cn = ? desc, n.seq limit 1`,
      [name, name, ...(parentId === null ? [] : [parentId]), cn],
    );
    return node;
  }

  async atPath(path: readonly string[]): Promise<TreeNode | undefined> {
    const [node] = await this.#rows<TreeNode>(
      `with recursive path(steps) as (select ?::jsonb), walk(id, depth) as (
         select n.id, 1 from path, ${this.#nodes} n where n.parent_id is null and n.cn = path.steps ->> 0
         union all
         select n.id, walk.depth + 1 from path, walk join ${this.#nodes} n on n.parent_id = walk.id where n.cn = path.steps ->> walk.depth)
       select ${nodeColumns} from walk join ${this.#nodes} n using (id) where walk.depth = ?`,
      [JSON.stringify(path), path.length],
    );
    return node;
  }

  async children(parentIds: readonly string[], objectClass: string): Promise<NodeHead[]> {
    if (parentIds.length === 0) return [];
    return this.#rows(
      `select ${headColumns} from ${this.#nodes} n where n.parent_id = any(?::uuid[]) and ${ofClass}`,
      [uuidList(parentIds), objectClass],
    );
  }

  async contiguous(ids: readonly string[], objectClass: string): Promise<TreeNode[]> {
    if (ids.length === 0) return [];
    const start = `select n.id from (${this.#named}) n where ${ofClass}`;
    return this.#reached(nodeColumns, start, ofClass, [uuidList(ids), objectClass, objectClass]);
  }

  async entitiesBelow(parentIds: readonly string[]): Promise<ForeignNode[]> {
    if (parentIds.length === 0) return [];
    return this.#rows(
      `select ${foreignColumns} from ${this.#nodes} n where n.parent_id = any(?::uuid[]) and n.kind = 'entity'`,
      [uuidList(parentIds)],
    );
  }

  async beneath(ids: readonly string[], objectClass: string): Promise<ForeignNode[]> {
    if (ids.length === 0) return [];
    const start = `select n.id from (${this.#named}) n where ${ofClass}`;
    return this.#beneathReached(start, [uuidList(ids), objectClass], objectClass);
  }

  async dependants(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
  ): Promise<TreeNode[]> {
    if (ids.length === 0) return [];
    const [start, parameters] = this.#dependantIds(ids, objectClass, deleting);
    return this.#reached(nodeColumns, start, ofClass, [...parameters, objectClass]);
  }

  async beneathDependants(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
  ): Promise<ForeignNode[]> {
    if (ids.length === 0) return [];
    const [start, parameters] = this.#dependantIds(ids, objectClass, deleting);
    return this.#beneathReached(start, parameters, objectClass);
  }

  async ofService(service: string): Promise<TreeNode[]> {
    return isStorable(service) ? this.#where('n.service = ?', [service]) : [];
  }

  async attachments(ids: readonly string[]): Promise<PathStep[]> {
    if (ids.length === 0) return [];
    const attached = "n.kind in ('system', 'alias')";
    const start = `select n.id from ${this.#nodes} n where n.parent_id = any(?::uuid[]) and ${attached}`;
    return this.#reached(stepColumns, start, attached, [uuidList(ids)]);
  }

  async lineage(ids: readonly string[]): Promise<PathStep[]> {
    if (ids.length === 0) return [];
    // `offset 0`: as in `#below`.
    return this.#rows(
      `with recursive up(id, parent_id, cn, alias_of) as (
         select n.id, n.parent_id, n.cn, n.alias_of from ${this.#nodes} n where n.id = any(?::uuid[])
         union select above.* from up cross join lateral (
           (select n.id, n.parent_id, n.cn, n.alias_of from ${this.#nodes} n where n.id = up.parent_id offset 0)
           union all
           (select n.id, n.parent_id, n.cn, n.alias_of from ${this.#nodes} n where n.id = up.alias_of offset 0)) above)
       select id, parent_id as "parentId", cn from up`,
      [uuidList(ids)],
    );
  }

  async referrers(ids: readonly string[], objectClass: string): Promise<TreeNode[]> {
    if (ids.length === 0) return [];
    return this.#rows(
      `select distinct on (n.id) ${nodeColumns} from jsonb_array_elements_text(?::jsonb) as wanted(id)
         join ${this.#nodes} n on ${attributeValues('n')} @> jsonb_build_array(wanted.id)
       where ${ofClass}`,
      [textList(ids), objectClass],
    );
  }

  async dependedOn(
    service: string,
    ids: readonly string[],
    except: readonly string[],
  ): Promise<string[]> {
    if (ids.length === 0) return [];
    const other = (condition: string) =>
      `exists (select from ${this.#nodes} n where ${condition} and n.service = ? and n.id <> all(?::uuid[]))`;
    const otherParameters = [service, uuidList(except)];
    const rows = await this.#rows<{ id: string }>(
      `select parent.id::text as id from unnest(?::uuid[]) as parent(id) where ${other('n.parent_id = parent.id')}
       union
       select wanted.id from jsonb_array_elements_text(?::jsonb) as wanted(id)
         where ${other(`${attributeValues('n')} @> jsonb_build_array(wanted.id)`)}`,
      [uuidList(ids), ...otherParameters, textList(ids), ...otherParameters],
    );
    return rows.map((row) => row.id);
  }

  async countChildren(parentId: string): Promise<number> {
    const [row] = await this.#rows<{ readonly count: number }>(
      `select count(*)::integer as count from ${this.#nodes} where parent_id = ?::uuid`,
      [parentId],
    );
    return row?.count ?? 0;
  }

  search(window: SearchWindow): Promise<TreeNode[]> {
    const { sql, parameters } = searchSql(this.#nodes, nodeColumns, window);
    return this.#rows(sql, parameters);
  }

  async siblings(parentId: string, objectClass: string): Promise<SiblingFacts> {
    const sorted =
      "n.kind = 'entity' and n.sort_index is not null order by n.sort_index desc limit 1";
    const [facts] = await this.#rows<SiblingFacts>(
      `select (select n.sort_index from ${this.#nodes} n where n.parent_id = ?::uuid and ${sorted}) as "maxIndex",
         exists (select from ${this.#nodes} n where n.parent_id = ?::uuid and n.object_class = ? and n.is_default) as "hasDefault"`,
      [parentId, parentId, objectClass],
    );
    return facts ?? { maxIndex: null, hasDefault: false };
  }

  async insert(nodes: readonly NewNode[]): Promise<void> {
    try {
      await this.#insert(nodes, '');
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException)
        throw new Broken('broken', 'a node is there already', { cause: error });
      throw error;
    }
  }

  async ensureRoot(node: NewNode): Promise<TreeNode> {
    const root = await this.named(null, node.cn);
    if (root !== undefined) return root;
    await this.#insert([node], 'on conflict do nothing');
    const made = await this.named(null, node.cn);
    if (made === undefined)
      throw new Broken('broken', `node ${node.id} exists and is not the root`);
    return made;
  }

  async #insert(nodes: readonly NewNode[], onConflict: string): Promise<void> {
    this.#locked.forget();
    await this.#statements.run(
      `insert into ${this.#nodes} (id, parent_id, cn, folded, object_class, kind, service, attributes, sort_index, is_default, alias_of, version)
       select r.id, r."parentId", r.cn, r.folded, r."objectClass", r.kind, r.service, r.attributes, r."sortIndex", r."isDefault", r."aliasOf", 1
       from jsonb_to_recordset(?::jsonb) as r(at integer, id uuid, "parentId" uuid, cn text, folded text, "objectClass" text, kind text, service text,
         attributes jsonb, "sortIndex" double precision, "isDefault" boolean, "aliasOf" uuid)
       order by r.at ${onConflict}`,
      [
        JSON.stringify(
          nodes.map((node, at) => ({
            at,
            ...node,
            folded: folded(node.cn),
            sortIndex: sortIndexOf(node.attributes),
          })),
        ),
      ],
    );
  }

  async replace({ id, parentId, cn, attributes, isDefault }: TreeNode): Promise<void> {
    this.#locked.forget();
    await this.#statements.change(
      `update ${this.#nodes} set parent_id = ?::uuid, cn = ?, folded = ?, attributes = ?::jsonb, sort_index = ?, is_default = ?, version = version + 1
       where id = ?::uuid`,
      [
        parentId,
        cn,
        folded(cn),
        JSON.stringify(attributes),
        sortIndexOf(attributes),
        isDefault,
        id,
      ],
    );
  }

  async replaceAttributes(nodes: readonly Pick<TreeNode, 'id' | 'attributes'>[]): Promise<void> {
    if (nodes.length === 0) return;
    this.#locked.forget();
    await this.#statements.change(
      `update ${this.#nodes} n set attributes = r.attributes, sort_index = r."sortIndex", version = n.version + 1
       from jsonb_to_recordset(?::jsonb) as r(id uuid, attributes jsonb, "sortIndex" double precision)
       where n.id = r.id`,
      [
        JSON.stringify(
          nodes.map(({ id, attributes }) => ({
            id,
            attributes,
            sortIndex: sortIndexOf(attributes),
          })),
        ),
      ],
    );
  }

  async hand(ids: readonly string[], service: string, objectClass: string): Promise<void> {
    if (ids.length === 0) return;
    this.#locked.forget();
    await this.#statements.change(
      `update ${this.#nodes} set service = ?, object_class = ?, is_default = is_default and object_class = ?, version = version + 1
       where id = any(?::uuid[])`,
      [service, objectClass, objectClass, uuidList(ids)],
    );
  }

  async raiseVersions(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.#locked.forget();
    await this.#statements.change(
      `update ${this.#nodes} set version = version + 1 where id = any(?::uuid[])`,
      [uuidList(ids)],
    );
  }

  async clearDefault(parentId: string, objectClass: string): Promise<void> {
    this.#locked.forget();
    await this.#statements.change(
      `update ${this.#nodes} set is_default = false, version = version + 1 where parent_id = ?::uuid and object_class = ? and is_default`,
      [parentId, objectClass],
    );
  }

  async promoteDefaults(parentIds: readonly string[]): Promise<void> {
    if (parentIds.length === 0) return;
    this.#locked.forget();
    await this.#statements.change(
      `update ${this.#nodes} set is_default = true, version = version + 1 where id in (
         select first.id from (select distinct on (n.parent_id, n.object_class) n.id, n.is_default from ${this.#nodes} n
           where n.parent_id = any(?::uuid[]) and n.kind = 'entity'
           order by n.parent_id, n.object_class, n.is_default desc, n.seq) first
         where not first.is_default)`,
      [uuidList(parentIds)],
    );
  }

  async links(nodeId: string, name: string): Promise<LinkedNode[]> {
    return this.#rows(
      `select l.linked_id as id, l.attributes from ${this.#links} l where l.node_id = any(?::uuid[]) and l.name = ?`,
      [uuidList([nodeId]), name],
    );
  }

  async putLinks(
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

  async dropLinks(nodeId: string, name: string, to: readonly string[]): Promise<void> {
    await this.#statements.change(
      `delete from ${this.#links} where node_id = ?::uuid and name = ? and linked_id = any(?::uuid[])`,
      [nodeId, name, uuidList(to)],
    );
  }

  /** The links of the nodes go with them. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.#locked.forget();
    await this.#statements.change(`delete from ${this.#nodes} where id = any(?::uuid[])`, [
      uuidList(ids),
    ]);
  }

  /** The ids of the children, and of the nodes that refer to one of the ids in these attributes. */
  #dependantIds(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
  ): [start: string, parameters: readonly SqlParameter[]] {
    const children = `select n.id from ${this.#nodes} n where n.parent_id = any(?::uuid[]) and ${ofClass}`;
    const parameters = [uuidList(ids), objectClass];
    if (deleting.length === 0) return [children, parameters];
    const refers = 'n.attributes -> deleting.name @> jsonb_build_array(wanted.id)';
    return [
      `select n.id from (${children} union select n.id from jsonb_array_elements_text(?::jsonb) as wanted(id)
         join ${this.#nodes} n on ${attributeValues('n')} @> jsonb_build_array(wanted.id)
         where ${ofClass} and exists (select from jsonb_array_elements_text(?::jsonb) as deleting(name) where ${refers})) n`,
      [...parameters, textList(ids), objectClass, textList(deleting)],
    ];
  }

  /** The nodes of other classes directly below the nodes that `start` leads to. */
  #beneathReached(
    start: string,
    parameters: readonly SqlParameter[],
    objectClass: string,
  ): Promise<ForeignNode[]> {
    return this.#rows(
      `with recursive reached(id) as (
         ${start}
         union select n.id from reached cross join lateral (${this.#below}) n where ${ofClass})
       select ${foreignColumns} from reached cross join lateral (${this.#below}) n
       where n.kind = 'entity' and n.object_class <> ?`,
      [...parameters, objectClass, objectClass],
    );
  }

  /** The nodes that `start` finds, and the nodes below that the condition takes, at every level. */
  #reached<Row>(
    columns: string,
    start: string,
    condition: string,
    parameters: readonly SqlParameter[],
  ): Promise<Row[]> {
    return this.#rows(
      `with recursive reached(id) as (
         ${start} union
         select n.id from reached cross join lateral (${this.#below}) n where ${condition})
       select ${columns} from reached
         cross join lateral (select * from ${this.#nodes} n where n.id = reached.id offset 0) n`,
      parameters,
    );
  }

  #where(condition: string, parameters: readonly SqlParameter[]): Promise<TreeNode[]> {
    return this.#rows(`select ${nodeColumns} from ${this.#nodes} n where ${condition}`, parameters);
  }

  #rows<Row>(sql: string, parameters: readonly SqlParameter[]): Promise<Row[]> {
    return this.#statements.select(sql, parameters);
  }
}
