/**
 * The consent ledger in PostgreSQL or PGlite: the port `LedgerRows`.
 *
 * 1. One statement finds, inserts or changes a whole set of rows.
 */

import { isStorable } from '../../storable.ts';
import type { Engagement, EngagementSelection, LedgerRows } from '../rules/rows.ts';
import type { EngagementState, Hold, PromiseState, Tombstone, UnheldSaga } from '../store.ts';
import { SqlLinks } from './sql-links.ts';
import { SqlLists } from './sql-lists.ts';
import { SqlRetentions } from './sql-retentions.ts';
import type { SqlParameter, SqlStatements } from './sql-statements.ts';
import { SqlTables } from './sql-tables.ts';
import { comparable, isAmongListed, textList } from './text-list.ts';

const holdColumns = 'node_id as "nodeId", saga, service, mode, state, age, hops';
const promiseColumns = 'saga, node_id as "nodeId", service, mode, state';
const unheldColumns =
  'saga, service, state, mode, node_ids as "nodeIds", actor, age, requested_by as "requestedBy", at_ms as "atMs"';

export class SqlLedger implements LedgerRows {
  readonly lists: SqlLists;
  readonly links: SqlLinks;
  readonly retentions: SqlRetentions;
  readonly #statements: SqlStatements;
  readonly #tables: SqlTables;
  readonly #schema: string;

  constructor(statements: SqlStatements, schema: string) {
    this.lists = new SqlLists(statements, schema);
    this.links = new SqlLinks(statements, schema);
    this.retentions = new SqlRetentions(statements, schema);
    this.#statements = statements;
    this.#tables = new SqlTables(statements, schema);
    this.#schema = schema;
  }

  async holds(nodeIds: readonly string[]): Promise<Hold[]> {
    if (nodeIds.length === 0) return [];
    return (await this.#tables.listed<StoredHold>(holdColumns, 'engagements', nodeIds)).map(holdOf);
  }

  async staying(saga: string, nodeIds: readonly string[]): Promise<string[]> {
    if (nodeIds.length === 0) return [];
    // With `limit` the look-up is one of an index for each id, and is never made a join.
    const found = await this.#statements.select<{ readonly id: string }>(
      `select wanted.id from jsonb_array_elements_text(?::jsonb) as wanted(id)
       where (select true from ${this.#schema}.engagements t where t.node_id = wanted.id
         and (t.saga = ? or t.state = 'decided') limit 1) is null`,
      [textList(nodeIds), comparable(saga)],
    );
    // A text that cannot be stored is the id of no engaged node.
    const unstorable = [...new Set(nodeIds)].filter((id) => !isStorable(id));
    return [...unstorable, ...found.map(({ id }) => id)];
  }

  async engagements(selection: EngagementSelection): Promise<Hold[]> {
    const { condition, parameters } = selected(selection);
    return (
      await this.#tables.select<StoredHold>(holdColumns, 'engagements', condition, parameters)
    ).map(holdOf);
  }

  async engagementsOf(service: string, saga?: string): Promise<Engagement[]> {
    const columns = `${holdColumns}, through, coalesce(actor, saga) as actor`;
    const found = await this.#tables.select<StoredHold & Pick<Engagement, 'through' | 'actor'>>(
      columns,
      'engagements',
      ...ofSaga(service, saga),
    );
    return found.map((row) => ({ ...holdOf(row), through: row.through, actor: row.actor }));
  }

  async engage(
    nodeIds: readonly string[],
    { saga, service, mode, state, through, actor, age = saga, hops }: Omit<Engagement, 'nodeId'>,
  ): Promise<void> {
    const columns = 'saga, service, mode, state, through, actor, age, hops';
    const values = '?, ?, ?, ?, ?::jsonb, ?, ?, ?';
    const parameters = [saga, service, mode, state, JSON.stringify(through), actor];
    const raise = `on conflict (node_id, saga) do update set state = excluded.state
      where engagements.state = 'asking' and engagements.service = excluded.service`;
    await this.#tables.insertForEach(
      nodeIds,
      { table: 'engagements', columns, values },
      [...parameters, age === saga ? null : age, hops ?? null],
      state === 'promised' ? raise : 'on conflict do nothing',
    );
  }

  async advance(
    selection: EngagementSelection,
    from: readonly EngagementState[],
    to: EngagementState,
  ): Promise<void> {
    const { condition, parameters } = selected(selection);
    await this.#statements.change(
      `update ${this.#schema}.engagements set state = ? where ${condition} and state in (select jsonb_array_elements_text(?::jsonb))`,
      [to, ...parameters, JSON.stringify(from)],
    );
  }

  async disengage(
    selection: EngagementSelection,
    states: readonly EngagementState[],
  ): Promise<void> {
    const { condition, parameters } = selected(selection);
    await this.#statements.change(
      `delete from ${this.#schema}.engagements where ${condition} and state in (select jsonb_array_elements_text(?::jsonb))`,
      [...parameters, JSON.stringify(states)],
    );
  }

  async tombstones(nodeIds: readonly string[]): Promise<Tombstone[]> {
    if (nodeIds.length === 0) return [];
    return this.#tables.listed(
      'node_id as "nodeId", service, saga, removed, at_ms as "atMs"',
      'tombstones',
      nodeIds,
    );
  }

  async addTombstones(
    nodeIds: readonly string[],
    { service, saga, removed, atMs }: Omit<Tombstone, 'nodeId'>,
  ): Promise<void> {
    const columns = 'service, saga, removed, at_ms';
    await this.#tables.insertForEach(
      nodeIds,
      { table: 'tombstones', columns, values: '?, ?, ?::boolean, ?::double precision' },
      [service, saga, removed, atMs],
      `on conflict (node_id, service, saga) do update set removed = true
        where excluded.removed and not tombstones.removed`,
    );
  }

  pruneTombstones(
    beforeMs: number,
    limit: number,
  ): Promise<Pick<Tombstone, 'service' | 'nodeId' | 'removed'>[]> {
    const live = (table: string) =>
      `exists (select from ${this.#schema}.${table} r where r.saga = t.saga)`;
    return this.#statements.run(
      `delete from ${this.#schema}.tombstones where ctid = any(array(
         select t.ctid from ${this.#schema}.tombstones t
         where t.at_ms < ? and not ${live('engagements')} and not ${live('promises')}
           and not exists (select from ${this.#schema}.retentions r where r.node_id = t.node_id
             and r.service = t.service and r.saga = t.saga)
         order by t.at_ms limit ? for update skip locked)) returning node_id as "nodeId", service, removed`,
      [beforeMs, limit],
    );
  }

  waiting(service: string, saga?: string): Promise<UnheldSaga[]> {
    const { condition, parameters } = unheldIn('waiting', service, saga);
    return this.#tables.select(unheldColumns, 'unheld_sagas', condition, parameters);
  }

  async refused(service: string, saga: string): Promise<UnheldSaga | undefined> {
    const { condition, parameters } = unheldIn('refused', service, saga);
    const [row] = await this.#tables.select<UnheldSaga>(
      unheldColumns,
      'unheld_sagas',
      condition,
      parameters,
    );
    return row;
  }

  async noteUnheld({
    saga,
    service,
    state,
    mode,
    nodeIds,
    actor,
    age,
    requestedBy,
    atMs,
  }: UnheldSaga): Promise<void> {
    const row = {
      saga,
      service,
      state,
      mode,
      node_ids: nodeIds,
      actor,
      age,
      requested_by: requestedBy,
      at_ms: atMs,
    };
    const columns =
      'saga text, service text, state text, mode text, node_ids jsonb, actor text, age text, requested_by text, at_ms double precision';
    const renewed = ['state', 'mode', 'node_ids', 'actor', 'age', 'requested_by', 'at_ms'].map(
      (name) => `${name} = excluded.${name}`,
    );
    await this.#tables.insert(
      'unheld_sagas',
      columns,
      [row],
      `on conflict (saga, service) do update set ${renewed.join(', ')}`,
    );
  }

  async dropWaiting(saga: string, service: string): Promise<void> {
    const { condition, parameters } = unheldIn('waiting', service, saga);
    await this.#statements.change(
      `delete from ${this.#schema}.unheld_sagas where ${condition}`,
      parameters,
    );
  }

  async pruneRefused(beforeMs: number, limit: number): Promise<number> {
    const pruned = await this.#statements.run(
      `delete from ${this.#schema}.unheld_sagas where ctid = any(array(
         select ctid from ${this.#schema}.unheld_sagas where at_ms < ? and state = 'refused'
         order by at_ms limit ? for update skip locked)) returning 1`,
      [beforeMs, limit],
    );
    return pruned.length;
  }

  /** Locks rows for later writes of the commit: lists, lists that may be missing, links of services. */
  async lockAhead(
    lists: readonly string[],
    made: readonly string[],
    links: ReadonlyMap<string, readonly string[]>,
  ): Promise<void> {
    await this.#statements.ahead(this.lists.lock([...made, ...lists]));
    if (made.length > 0) await this.lists.lockAll(made);
    for (const service of [...links.keys()].sort())
      await this.#statements.ahead(this.links.lock(service, links.get(service) ?? []));
  }

  async promises(service: string | null, nodeIds: readonly string[]): Promise<PromiseState[]> {
    if (nodeIds.length === 0) return [];
    return service === null
      ? this.#tables.select(promiseColumns, 'promises', isAmongListed, [textList(nodeIds)])
      : this.#tables.listed(promiseColumns, 'promises', nodeIds, service);
  }

  promisesOf(service: string, saga?: string): Promise<PromiseState[]> {
    return this.#tables.select(promiseColumns, 'promises', ...ofSaga(service, saga));
  }

  async promise(
    nodeIds: readonly string[],
    { service, saga, mode, state }: Omit<PromiseState, 'nodeId'>,
  ): Promise<void> {
    await this.#tables.insertForEach(
      nodeIds,
      { table: 'promises', columns: 'service, saga, mode, state', values: '?, ?, ?, ?' },
      [service, saga, mode, state],
      `on conflict (service, node_id, saga) do update set state = excluded.state
        where promises.state = 'collecting'`,
    );
  }

  async dropPromises(saga: string, service: string, nodeIds: readonly string[]): Promise<void> {
    if (nodeIds.length === 0) return;
    await this.#statements.change(
      `delete from ${this.#schema}.promises where saga = ? and service = ? and ${isAmongListed}`,
      [comparable(saga), service, textList(nodeIds)],
    );
  }
}

function selected({ saga, service, nodeIds }: EngagementSelection): {
  condition: string;
  parameters: readonly SqlParameter[];
} {
  const conditions = [
    'saga = ?',
    service === undefined ? [] : 'service = ?',
    nodeIds === undefined ? [] : isAmongListed,
  ].flat();
  const parameters = [
    comparable(saga),
    service ?? [],
    nodeIds === undefined ? [] : textList(nodeIds),
  ].flat();
  return { condition: conditions.join(' and '), parameters };
}

function ofSaga(
  service: string,
  saga: string | undefined,
): [condition: string, parameters: readonly SqlParameter[]] {
  return saga === undefined
    ? ['service = ?', [service]]
    : ['service = ? and saga = ?', [service, comparable(saga)]];
}

type StoredHold = Omit<Hold, 'age' | 'hops'> & {
  readonly age: string | null;
  readonly hops: number | null;
};

function holdOf({ age, hops, ...hold }: StoredHold): Hold {
  return {
    ...hold,
    ...(age === null ? {} : { age }),
    ...(hops === null ? {} : { hops }),
  };
}

function unheldIn(state: UnheldSaga['state'], service: string, saga?: string) {
  const one = saga === undefined ? '' : ' and saga in (select jsonb_array_elements_text(?::jsonb))';
  const parameters: readonly SqlParameter[] = [
    service,
    ...(saga === undefined ? [] : [textList([saga])]),
  ];
  return { condition: `service = ? and state = '${state}'${one}`, parameters };
}
