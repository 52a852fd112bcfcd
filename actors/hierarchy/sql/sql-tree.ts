/**
 * The nodes of the hierarchy in PostgreSQL or PGlite: the port `TreeRows`.
 *
 * 1. Every call is a few statements over whole sets of any size.
 * 2. Under READ COMMITTED a statement sees the commits before its start. So a lock is taken in an
 *    earlier statement than the read ("lock before look" in `rows.ts`).
 */
import { UniqueConstraintViolationException } from '@mikro-orm/sql';
import { Broken } from '../../../runtime/ports/errors.ts';
import { LockedRows } from '../../consent/ledger/sql/locked-rows.ts';
import type { SqlParameter, SqlStatements } from '../../consent/ledger/sql/sql-statements.ts';
import { textList } from '../../consent/ledger/sql/text-list.ts';
import type { ForeignNode } from '../../consent/nodes.ts';
import { isStorable } from '../../consent/storable.ts';
import { folded } from '../rules/name-fold.ts';
import type { SearchWindow, SiblingFacts, TreeRows } from '../rules/rows.ts';
import { type NewNode, type NodeHead, sortIndexOf, type TreeNode } from '../rules/tree-node.ts';
import { attributeValues, foldHash } from './migrations.ts';
import { foreignColumns, headColumns, nodeColumns, ofClass } from './node-columns.ts';
import { SqlNodeLinks } from './sql-node-links.ts';
import { searchSql } from './sql-search.ts';
import { SqlWalks } from './sql-walks.ts';
import { idList, listedHolders, listedNodes, uuidList } from './uuid-list.ts';

export class SqlTree implements TreeRows {
  readonly walks: SqlWalks;
  readonly links: SqlNodeLinks;
  readonly #statements: SqlStatements;
  readonly #nodes: string;
  readonly #moves: string;
  readonly #locked = new LockedRows<NodeHead>(({ id }) => id);
  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#nodes = `${schema}.nodes`;
    this.walks = new SqlWalks(statements, this.#nodes);
    this.links = new SqlNodeLinks(statements, schema);
    this.#moves = `moves in ${schema}`;
  }

  async nodes(ids: readonly string[]): Promise<TreeNode[]> {
    if (ids.length === 0) return [];
    return this.#rows(`select ${nodeColumns} from ${listedNodes(this.#nodes)}`, [idList(ids)]);
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
    return this.#rows(`select ${headColumns} from ${listedNodes(this.#nodes)}`, [idList(ids)]);
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

  async entitiesBelow(parentIds: readonly string[]): Promise<ForeignNode[]> {
    if (parentIds.length === 0) return [];
    return this.#rows(
      `select ${foreignColumns} from ${this.#nodes} n where n.parent_id = any(?::uuid[]) and n.kind = 'entity'`,
      [uuidList(parentIds)],
    );
  }

  async ofService(service: string): Promise<TreeNode[]> {
    return isStorable(service) ? this.#where('n.service = ?', [service]) : [];
  }

  async referrers(ids: readonly string[], objectClass: string): Promise<TreeNode[]> {
    if (ids.length === 0) return [];
    return this.#rows(
      `select distinct on (n.id) ${nodeColumns} from ${listedHolders(this.#nodes)} where ${ofClass}`,
      [textList(ids), objectClass],
    );
  }

  async mentions(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await this.#rows<{ text: string }>(
      `select distinct mentioned.text from ${listedNodes(this.#nodes)} cross join lateral (
         select n.parent_id::text as text where n.parent_id is not null
         union all
         select value #>> '{}' from jsonb_path_query(n.attributes, '$.*[*]') as value
           where jsonb_typeof(value) = 'string') mentioned`,
      [idList(ids)],
    );
    return rows.map(({ text }) => text);
  }

  async holders(texts: readonly string[]): Promise<TreeNode[]> {
    const wanted = texts.filter(isStorable);
    if (wanted.length === 0) return [];
    return this.#rows(
      `select distinct on (n.id) ${nodeColumns} from ${listedHolders(this.#nodes)}
       where n.kind = 'entity'`,
      [textList(wanted)],
    );
  }

  async dependedOn(
    service: string,
    ids: readonly string[],
    except: readonly string[],
  ): Promise<string[]> {
    if (ids.length === 0) return [];
    const other = (condition: string) =>
      `exists (select from ${this.#nodes} n where ${condition} and n.service = ? and n.id not in (select unnest(?::uuid[])))`;
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

  /** The links of the nodes go with them. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.#locked.forget();
    await this.#statements.change(`delete from ${this.#nodes} where id = any(?::uuid[])`, [
      uuidList(ids),
    ]);
  }

  #where(condition: string, parameters: readonly SqlParameter[]): Promise<TreeNode[]> {
    return this.#rows(`select ${nodeColumns} from ${this.#nodes} n where ${condition}`, parameters);
  }

  #rows<Row>(sql: string, parameters: readonly SqlParameter[]): Promise<Row[]> {
    return this.#statements.select(sql, parameters);
  }
}
