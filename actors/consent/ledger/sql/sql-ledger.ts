/**
 * The consent ledger in PostgreSQL or PGlite: the port `LedgerRows`.
 *
 * 1. One statement finds, inserts or changes a whole set of rows.
 * 2. Links are locked in the order of their ids. Missing links are inserted first, and all links
 *    are locked again: a concurrent insert of the same row waits there.
 */
import type {
  Engagement,
  EngagementSelection,
  LedgerRows,
  LinkGeneration,
  LinkRow,
} from '../rules/rows.ts';
import type { EngagementState, Hold, PromiseState, Tombstone, UnheldSaga } from '../store.ts';
import { LockedRows } from './locked-rows.ts';
import { SqlLists } from './sql-lists.ts';
import type { SqlParameter, SqlStatements } from './sql-statements.ts';
import {
  comparable,
  isAmongListed,
  lockListed,
  selectListed,
  textList,
  updateListed,
} from './text-list.ts';

const holdColumns = 'node_id as "nodeId", saga, service, mode, state, age';
const promiseColumns = 'saga, node_id as "nodeId", service, mode, state';
const unheldColumns =
  'saga, service, state, mode, node_ids as "nodeIds", actor, age, requested_by as "requestedBy", at_ms as "atMs"';
const linkColumns = 'node_id as "nodeId", entity, generation, given_up as "givenUp", version';

export class SqlLedger implements LedgerRows {
  readonly lists: SqlLists;
  readonly #statements: SqlStatements;
  readonly #schema: string;
  /** Links by service. */
  readonly #locked = new Map<string, LockedRows<LinkRow>>();

  constructor(statements: SqlStatements, schema: string) {
    this.lists = new SqlLists(statements, schema);
    this.#statements = statements;
    this.#schema = schema;
  }

  async holds(nodeIds: readonly string[]): Promise<Hold[]> {
    if (nodeIds.length === 0) return [];
    return (await this.#listed<StoredHold>(holdColumns, 'engagements', nodeIds)).map(holdOf);
  }

  async engagements(selection: EngagementSelection): Promise<Hold[]> {
    const { condition, parameters } = selected(selection);
    return (await this.#select<StoredHold>(holdColumns, 'engagements', condition, parameters)).map(
      holdOf,
    );
  }

  async engagementsOf(service: string, saga?: string): Promise<Engagement[]> {
    const columns = `${holdColumns}, through, coalesce(actor, saga) as actor`;
    const found = await this.#select<StoredHold & Pick<Engagement, 'through' | 'actor'>>(
      columns,
      'engagements',
      ...ofSaga(service, saga),
    );
    return found.map((row) => ({ ...holdOf(row), through: row.through, actor: row.actor }));
  }

  async engage(
    nodeIds: readonly string[],
    { saga, service, mode, state, through, actor, age = saga }: Omit<Engagement, 'nodeId'>,
  ): Promise<void> {
    const columns = 'saga, service, mode, state, through, actor, age';
    const values = '?, ?, ?, ?, ?::jsonb, ?, ?';
    const parameters = [saga, service, mode, state, JSON.stringify(through), actor];
    const raise = `on conflict (node_id, saga) do update set state = excluded.state
      where engagements.state = 'asking' and engagements.service = excluded.service`;
    await this.#insertForEach(
      nodeIds,
      { table: 'engagements', columns, values },
      [...parameters, age === saga ? null : age],
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
    return this.#listed(
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
    await this.#insertForEach(
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
         order by t.at_ms limit ? for update skip locked)) returning node_id as "nodeId", service, removed`,
      [beforeMs, limit],
    );
  }

  waiting(service: string, saga?: string): Promise<UnheldSaga[]> {
    const { condition, parameters } = unheldIn('waiting', service, saga);
    return this.#select(unheldColumns, 'unheld_sagas', condition, parameters);
  }

  async refused(service: string, saga: string): Promise<UnheldSaga | undefined> {
    const { condition, parameters } = unheldIn('refused', service, saga);
    const [row] = await this.#select<UnheldSaga>(
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
    await this.#insert(
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

  async links(service: string, nodeIds: readonly string[]): Promise<LinkRow[]> {
    if (nodeIds.length === 0) return [];
    return this.#listed(linkColumns, 'links', nodeIds, service);
  }

  async lockLinks(service: string, nodeIds: readonly string[]): Promise<LinkRow[]> {
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
    await this.#insert(
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
      this.#statements.run(
        lockListed(linkColumns, { table: `${this.#schema}.links`, and: 't.service = ?' }),
        [textList(wanted), service],
      ),
    );
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
      await this.#statements.ahead(this.lockLinks(service, links.get(service) ?? []));
  }

  async raiseLinks(service: string, nodeIds: readonly string[]): Promise<void> {
    if (nodeIds.length === 0) return;
    this.#locked.clear();
    await this.#statements.change(
      updateListed('version = version + 1', {
        table: `${this.#schema}.links`,
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
      `update ${this.#schema}.links as link set generation = greatest(link.generation, r.generation),
         entity = coalesce(r.entity, link.entity), version = link.version + 1, given_up_at_ms = null
       from jsonb_to_recordset(?::jsonb) as r(node_id text, generation integer, entity text)
       where link.service = ? and link.node_id = r.node_id`,
      [JSON.stringify(rows), service],
    );
  }

  async giveUp(service: string, nodeId: string, generation: number, atMs: number): Promise<void> {
    this.#locked.clear();
    await this.#statements.change(
      `update ${this.#schema}.links set given_up = greatest(given_up, ?), version = version + 1,
         given_up_at_ms = case when generation <= greatest(given_up, ?) then ?::double precision end
       where service = ? and ${isAmongListed}`,
      [generation, generation, atMs, service, textList([nodeId])],
    );
  }

  async dropLinksTo(nodeIds: readonly string[]): Promise<void> {
    if (nodeIds.length === 0) return;
    this.#locked.clear();
    await this.#statements.change(
      `delete from ${this.#schema}.links where ctid = any(array(
         select l.ctid from ${this.#schema}.links l
         where ${isAmongListed} and not ${this.#promised('l')} order by l.node_id for update of l))`,
      [textList(nodeIds)],
    );
  }

  async pruneGivenUp(beforeMs: number, limit: number): Promise<number> {
    const pruned = await this.#statements.run(
      `delete from ${this.#schema}.links where ctid = any(array(
         select l.ctid from ${this.#schema}.links l
         where l.given_up_at_ms < ? and not ${this.#promised('l')}
         order by l.given_up_at_ms limit ? for update of l skip locked)) returning 1`,
      [beforeMs, limit],
    );
    return pruned.length;
  }

  #promised(link: string): string {
    return `exists (select from ${this.#schema}.promises p where p.service = ${link}.service and p.node_id = ${link}.node_id)`;
  }

  async dropLinks(links: readonly Pick<Tombstone, 'service' | 'nodeId'>[]): Promise<void> {
    if (links.length === 0) return;
    this.#locked.clear();
    await this.#statements.change(
      `delete from ${this.#schema}.links where ctid = any(array(
         select l.ctid from ${this.#schema}.links l
         join jsonb_to_recordset(?::jsonb) as gone("nodeId" text, service text) on l.node_id = gone."nodeId" and l.service = gone.service
         where not ${this.#promised('l')}
         order by l.node_id for update of l))`,
      [JSON.stringify(links.map(({ nodeId, service }) => ({ nodeId, service })))],
    );
  }

  async promises(service: string | null, nodeIds: readonly string[]): Promise<PromiseState[]> {
    if (nodeIds.length === 0) return [];
    return service === null
      ? this.#select(promiseColumns, 'promises', isAmongListed, [textList(nodeIds)])
      : this.#listed(promiseColumns, 'promises', nodeIds, service);
  }

  promisesOf(service: string, saga?: string): Promise<PromiseState[]> {
    return this.#select(promiseColumns, 'promises', ...ofSaga(service, saga));
  }

  async promise(
    nodeIds: readonly string[],
    { service, saga, mode, state }: Omit<PromiseState, 'nodeId'>,
  ): Promise<void> {
    await this.#insertForEach(
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

  /** The rows of the nodes; only of the service, where a service is given. */
  #listed<Row>(
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

  #select<Row>(
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
  async #insertForEach(
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
  async #insert(
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

type StoredHold = Omit<Hold, 'age'> & {
  readonly age: string | null;
};

function holdOf({ nodeId, saga, service, mode, state, age }: StoredHold): Hold {
  return { nodeId, saga, service, mode, state, ...(age === null ? {} : { age }) };
}

function unheldIn(state: UnheldSaga['state'], service: string, saga?: string) {
  const one = saga === undefined ? '' : ' and saga in (select jsonb_array_elements_text(?::jsonb))';
  const parameters: readonly SqlParameter[] = [
    service,
    ...(saga === undefined ? [] : [textList([saga])]),
  ];
  return { condition: `service = ? and state = '${state}'${one}`, parameters };
}
