/**
 * The consent ledger in PostgreSQL or PGlite: the port `LedgerRows`.
 *
 * 1. Plain selections and deletions go through MikroORM; sets of rows go in by one statement each.
 * 2. A link is locked in two steps: the row is made where it is missing, then all are locked in the order of their ids. Whoever
 *    makes the same row at the same time waits in the first step.
 */
import type { EntityManager } from '@mikro-orm/sql';
import { EngagementEntity, LinkEntity, NodeTombstoneEntity, PromiseEntity } from './entity.ts';
import type { Engagement, EngagementSelection, LedgerRows, LinkRow, Tombstone } from './rows.ts';
import { storable, textList } from './sql-parameters.ts';
import type { EngagementState, Hold, PromiseState } from './store.ts';

/** Rows are values here, never managed entities. */
const plain = { disableIdentityMap: true } as const;

export class SqlLedger implements LedgerRows {
  readonly #em: EntityManager;
  readonly #schema: string;

  constructor(em: EntityManager, schema: string) {
    this.#em = em;
    this.#schema = schema;
  }

  async holds(nodeIds: readonly string[]): Promise<Hold[]> {
    if (nodeIds.length === 0) return [];
    return (await this.#em.find(EngagementEntity, { nodeId: { $in: storable(nodeIds) } }, plain)).map(holdOf);
  }

  async engagements(selection: EngagementSelection): Promise<Hold[]> {
    return (await this.#em.find(EngagementEntity, selected(selection), plain)).map(holdOf);
  }

  async engagementsOf(service: string, saga?: string): Promise<Engagement[]> {
    const found = await this.#em.find(EngagementEntity, { service, ...(saga === undefined ? {} : { saga }) }, plain);
    return found.map((row) => ({ ...holdOf(row), through: row.through, actor: row.actor ?? row.saga }));
  }

  async engage(engagements: readonly Engagement[]): Promise<void> {
    await this.#insert(
      'engagements',
      'node_id text, saga text, service text, mode text, state text, through jsonb, actor text, age text',
      engagements.map(engagementRow),
    );
  }

  async advance(selection: EngagementSelection, from: readonly EngagementState[], to: EngagementState): Promise<void> {
    await this.#em.nativeUpdate(EngagementEntity, { ...selected(selection), state: { $in: [...from] } }, { state: to });
  }

  async disengage(selection: EngagementSelection, states: readonly EngagementState[]): Promise<void> {
    await this.#em.nativeDelete(EngagementEntity, { ...selected(selection), state: { $in: [...states] } });
  }

  async tombstones(nodeIds: readonly string[]): Promise<Tombstone[]> {
    if (nodeIds.length === 0) return [];
    const found = await this.#em.find(NodeTombstoneEntity, { nodeId: { $in: storable(nodeIds) } }, plain);
    return found.map(({ nodeId, service, saga, atMs }) => ({ nodeId, service, saga, atMs }));
  }

  async bury(tombstones: readonly Tombstone[]): Promise<void> {
    const rows = tombstones.map(({ nodeId, service, saga, atMs }) => ({ node_id: nodeId, service, saga, at_ms: atMs }));
    await this.#insert('node_tombstones', 'node_id text, service text, saga text, at_ms double precision', rows);
  }

  async pruneTombstones(beforeMs: number, limit: number): Promise<number> {
    const live = (table: string) => `exists (select from ${this.#schema}.${table} r where r.saga = t.saga)`;
    const pruned = await this.#em.execute<object[]>(
      `delete from ${this.#schema}.node_tombstones where ctid = any(array(
         select t.ctid from ${this.#schema}.node_tombstones t
         where t.at_ms < ? and not ${live('engagements')} and not ${live('promises')}
         order by t.at_ms limit ? for update skip locked)) returning 1`,
      [beforeMs, limit],
    );
    return pruned.length;
  }

  async links(service: string, nodeIds: readonly string[]): Promise<LinkRow[]> {
    if (nodeIds.length === 0) return [];
    const found = await this.#em.find(LinkEntity, { service, nodeId: { $in: storable(nodeIds) } }, plain);
    return found.map(({ nodeId, generation, givenUp, version }) => ({ nodeId, generation, givenUp, version }));
  }

  async lockLinks(service: string, nodeIds: readonly string[]): Promise<LinkRow[]> {
    if (nodeIds.length === 0) return [];
    const inOrder = [...new Set(nodeIds)].sort();
    const rows = inOrder.map((nodeId) => ({ service, node_id: nodeId, generation: 0, given_up: 0, version: 0 }));
    await this.#insert('links', 'service text, node_id text, generation integer, given_up integer, version integer', rows);
    return this.#em.execute<LinkRow[]>(
      `select node_id as "nodeId", generation, given_up as "givenUp", version from ${this.#schema}.links
       where service = ? and node_id in (select jsonb_array_elements_text(?::jsonb)) order by node_id for update`,
      [service, textList(inOrder)],
    );
  }

  async raiseLinks(service: string, nodeIds: readonly string[]): Promise<void> {
    if (nodeIds.length === 0) return;
    await this.#em.execute(
      `update ${this.#schema}.links set version = version + 1
       where service = ? and node_id in (select jsonb_array_elements_text(?::jsonb))`,
      [service, textList(nodeIds)],
    );
  }

  async raiseGeneration(service: string, nodeId: string, generation: number): Promise<void> {
    await this.#em.nativeUpdate(LinkEntity, { service, nodeId, generation: { $lt: generation } }, { generation });
  }

  async giveUp(service: string, nodeId: string, generation: number): Promise<void> {
    await this.#em.nativeUpdate(LinkEntity, { service, nodeId, givenUp: { $lt: generation } }, { givenUp: generation });
  }

  async promises(service: string, nodeIds: readonly string[]): Promise<PromiseState[]> {
    if (nodeIds.length === 0) return [];
    return (await this.#em.find(PromiseEntity, { service, nodeId: { $in: storable(nodeIds) } }, plain)).map(promiseOf);
  }

  async promisesOf(service: string, saga?: string): Promise<PromiseState[]> {
    return (await this.#em.find(PromiseEntity, { service, ...(saga === undefined ? {} : { saga }) }, plain)).map(promiseOf);
  }

  async promise(promises: readonly PromiseState[]): Promise<void> {
    const rows = promises.map(({ service, nodeId, saga, mode, state }) => ({ service, node_id: nodeId, saga, mode, state }));
    const raise = "on conflict (service, node_id, saga) do update set state = excluded.state where promises.state = 'collecting'";
    await this.#insert('promises', 'service text, node_id text, saga text, mode text, state text', rows, raise);
  }

  async dropPromises(saga: string, service: string, nodeIds: readonly string[]): Promise<void> {
    if (nodeIds.length > 0) await this.#em.nativeDelete(PromiseEntity, { saga, service, nodeId: { $in: storable(nodeIds) } });
  }

  /** Rows of which each is new once: a repeated key within one statement is left out, the first one counts. */
  async #insert(table: string, columns: string, rows: readonly object[], onConflict = 'on conflict do nothing'): Promise<void> {
    if (rows.length === 0) return;
    const names = columns.replaceAll(/ (?:text|integer|double precision|jsonb)\b/g, '');
    await this.#em.execute(
      `insert into ${this.#schema}.${table} (${names}) select ${names} from jsonb_to_recordset(?::jsonb) as r(${columns}) ${onConflict}`,
      [JSON.stringify(rows)],
    );
  }
}

function selected({ saga, service, nodeIds }: EngagementSelection) {
  return {
    saga,
    ...(service === undefined ? {} : { service }),
    ...(nodeIds === undefined ? {} : { nodeId: { $in: storable(nodeIds) } }),
  };
}

interface StoredHold extends Omit<Hold, 'age'> {
  readonly age?: string | null | undefined;
}

function holdOf({ nodeId, saga, service, mode, state, age }: StoredHold): Hold {
  return { nodeId, saga, service, mode, state, ...(typeof age === 'string' ? { age } : {}) };
}

function promiseOf({ saga, nodeId, service, mode, state }: PromiseState): PromiseState {
  return { saga, nodeId, service, mode, state };
}

function engagementRow({ nodeId, saga, service, mode, state, through, actor, age = saga }: Engagement) {
  return { node_id: nodeId, saga, service, mode, state, through, actor, age: age === saga ? null : age };
}
