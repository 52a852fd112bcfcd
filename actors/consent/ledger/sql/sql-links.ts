/**
 * The links of voters in PostgreSQL or PGlite: the port `LinkRows`.
 *
 * 1. Links are locked in the order of their ids. Missing links are inserted first, and all links
 *    are locked again: a concurrent insert of the same row waits there.
 */
import type { LinkGeneration, LinkRow, LinkRows } from '../rules/rows.ts';
import type { Tombstone } from '../store.ts';
import { LockedRows } from './locked-rows.ts';
import type { SqlStatements } from './sql-statements.ts';
import { SqlTables } from './sql-tables.ts';
import { isAmongListed, lockListed, textList, updateListed } from './text-list.ts';

const columns = 'node_id as "nodeId", entity, generation, given_up as "givenUp", version';

export class SqlLinks implements LinkRows {
  readonly #statements: SqlStatements;
  readonly #tables: SqlTables;
  readonly #links: string;
  readonly #promises: string;
  /** By service. */
  readonly #locked = new Map<string, LockedRows<LinkRow>>();

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#tables = new SqlTables(statements, schema);
    this.#links = `${schema}.links`;
    this.#promises = `${schema}.promises`;
  }

  async rows(service: string, nodeIds: readonly string[]): Promise<LinkRow[]> {
    if (nodeIds.length === 0) return [];
    return this.#tables.listed(columns, 'links', nodeIds, service);
  }

  async lock(service: string, nodeIds: readonly string[]): Promise<LinkRow[]> {
    if (nodeIds.length === 0) return [];
    const inOrder = [...new Set(nodeIds)].sort();
    const there = await this.#lock(service, inOrder);
    if (there.length === inOrder.length) return there;
    const rows = inOrder.map((nodeId) => ({
      service,
      node_id: nodeId,
      generation: 0,
      given_up: 0,
      version: 0,
    }));
    await this.#tables.insert(
      'links',
      'service text, node_id text, generation integer, given_up integer, version integer',
      rows,
    );
    return this.#lock(service, inOrder);
  }

  #lock(service: string, nodeIds: readonly string[]): Promise<LinkRow[]> {
    const locked = this.#locked.get(service) ?? new LockedRows<LinkRow>(({ nodeId }) => nodeId);
    this.#locked.set(service, locked);
    return locked.lock(nodeIds, (wanted) =>
      this.#statements.run(lockListed(columns, { table: this.#links, and: 't.service = ?' }), [
        textList(wanted),
        service,
      ]),
    );
  }

  async raise(service: string, nodeIds: readonly string[]): Promise<void> {
    if (nodeIds.length === 0) return;
    this.#locked.clear();
    await this.#statements.change(
      updateListed('version = version + 1', {
        table: this.#links,
        and: 't.service = ?',
      }),
      [textList(nodeIds), service],
    );
  }

  async raiseGenerations(service: string, raised: readonly LinkGeneration[]): Promise<void> {
    if (raised.length === 0) return;
    this.#locked.clear();
    const rows = raised.map(({ nodeId, generation, entity }) => ({
      node_id: nodeId,
      generation,
      entity,
    }));
    await this.#statements.change(
      `update ${this.#links} as link set generation = greatest(link.generation, r.generation),
         entity = coalesce(r.entity, link.entity), version = link.version + 1, given_up_at_ms = null
       from jsonb_to_recordset(?::jsonb) as r(node_id text, generation integer, entity text)
       where link.service = ? and link.node_id = r.node_id`,
      [JSON.stringify(rows), service],
    );
  }

  async giveUp(service: string, nodeId: string, generation: number, atMs: number): Promise<void> {
    this.#locked.clear();
    await this.#statements.change(
      `update ${this.#links} set given_up = greatest(given_up, ?), version = version + 1,
         given_up_at_ms = case when generation <= greatest(given_up, ?) then ?::double precision end
       where service = ? and ${isAmongListed}`,
      [generation, generation, atMs, service, textList([nodeId])],
    );
  }

  async drop(links: readonly Pick<Tombstone, 'service' | 'nodeId'>[]): Promise<void> {
    if (links.length === 0) return;
    this.#locked.clear();
    await this.#statements.change(
      `delete from ${this.#links} where ctid = any(array(
         select l.ctid from ${this.#links} l
         join jsonb_to_recordset(?::jsonb) as gone("nodeId" text, service text) on l.node_id = gone."nodeId" and l.service = gone.service
         where not ${this.#promised('l')}
         order by l.node_id for update of l))`,
      [JSON.stringify(links.map(({ nodeId, service }) => ({ nodeId, service })))],
    );
  }

  async dropTo(nodeIds: readonly string[]): Promise<void> {
    if (nodeIds.length === 0) return;
    this.#locked.clear();
    await this.#statements.change(
      `delete from ${this.#links} where ctid = any(array(
         select l.ctid from ${this.#links} l
         where ${isAmongListed} and not ${this.#promised('l')} order by l.node_id for update of l))`,
      [textList(nodeIds)],
    );
  }

  async pruneGivenUp(beforeMs: number, limit: number): Promise<number> {
    const pruned = await this.#statements.run(
      `delete from ${this.#links} where ctid = any(array(
         select l.ctid from ${this.#links} l
         where l.given_up_at_ms < ? and not ${this.#promised('l')}
         order by l.given_up_at_ms limit ? for update of l skip locked)) returning 1`,
      [beforeMs, limit],
    );
    return pruned.length;
  }

  #promised(link: string): string {
    return `exists (select from ${this.#promises} p where p.service = ${link}.service and p.node_id = ${link}.node_id)`;
  }
}
