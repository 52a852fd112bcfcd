/**
 * The lists of subscribers in PostgreSQL or PGlite: the port `ListRows`.
 *
 * 1. Lists are locked in the order of their ids. Missing lists are inserted first, and all lists
 *    are locked again: a concurrent insert of the same row waits there.
 */
import type { ListedSubscription, ListRow, ListRows } from '../rules/rows.ts';
import type { StandingSubscription, Subscription } from '../store.ts';
import { LockedRows } from './locked-rows.ts';
import type { SqlStatements } from './sql-statements.ts';
import {
  deleteListed,
  lockListed,
  selectListed,
  storable,
  textList,
  updateListed,
} from './text-list.ts';

const columns =
  'node_id as "nodeId", subscriber as service, routing_key as "routingKey", generation, consent';

type Stored<Given extends Subscription> = Omit<Given, 'routingKey'> & {
  readonly routingKey: string | null;
};

export class SqlLists implements ListRows {
  readonly #statements: SqlStatements;
  readonly #lists: string;
  readonly #subscriptions: string;
  readonly #locked = new LockedRows<ListRow>(({ nodeId }) => nodeId);

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#lists = `${schema}.lists`;
    this.#subscriptions = `${schema}.subscriptions`;
  }

  async changed(nodeIds: readonly string[]): Promise<ListRow[]> {
    if (nodeIds.length === 0) return [];
    return this.#statements.select(
      selectListed('node_id as "nodeId", epoch', { table: this.#lists, and: 't.epoch > 0' }),
      [textList(nodeIds)],
    );
  }

  lock(nodeIds: readonly string[]): Promise<ListRow[]> {
    return this.#locked.lock(nodeIds, (wanted) =>
      this.#statements.run(lockListed('node_id as "nodeId", epoch', { table: this.#lists }), [
        textList(wanted),
      ]),
    );
  }

  async lockAll(nodeIds: readonly string[]): Promise<ListRow[]> {
    const wanted = [...new Set(nodeIds)];
    const there = this.#locked.hasMissed(wanted) ? [] : await this.lock(wanted);
    if (there.length === wanted.length) return there;
    // A row that another transaction inserts meanwhile is waited for, locked and returned.
    return this.#locked.take(
      wanted,
      this.#statements.run<ListRow>(
        `insert into ${this.#lists} as list (node_id, epoch)
         select node_id, 0 from jsonb_array_elements_text(?::jsonb) as wanted(node_id) order by node_id collate "C"
         on conflict (node_id) do update set epoch = list.epoch returning node_id as "nodeId", epoch`,
        [textList(wanted)],
      ),
    );
  }

  async raise(nodeIds: readonly string[]): Promise<void> {
    if (nodeIds.length === 0) return;
    this.#locked.forget();
    await this.#statements.change(updateListed('epoch = epoch + 1', { table: this.#lists }), [
      textList(nodeIds),
    ]);
  }

  async drop(nodeIds: readonly string[]): Promise<void> {
    if (nodeIds.length === 0) return;
    this.#locked.forget();
    const parameters = [textList(nodeIds)];
    await Promise.all(
      [this.#subscriptions, this.#lists].map((table) =>
        this.#statements.change(deleteListed({ table }), parameters),
      ),
    );
  }

  async subscriptions(nodeIds: readonly string[]): Promise<Subscription[]> {
    if (nodeIds.length === 0) return [];
    const found = await this.#statements.select<Stored<Subscription>>(
      selectListed(columns, { table: this.#subscriptions }),
      [textList(nodeIds)],
    );
    return found.map(({ routingKey, ...subscription }) => ({
      ...subscription,
      ...(routingKey === null ? {} : { routingKey }),
    }));
  }

  async standing(nodeIds: readonly string[]): Promise<StandingSubscription[]> {
    if (nodeIds.length === 0) return [];
    const since = '(extract(epoch from since) * 1000)::double precision as "sinceMs"';
    const found = await this.#statements.select<Stored<StandingSubscription>>(
      selectListed(`${columns}, owner, ${since}`, { table: this.#subscriptions }),
      [textList(nodeIds)],
    );
    return found.map(({ routingKey, ...subscription }) => ({
      ...subscription,
      ...(routingKey === null ? {} : { routingKey }),
    }));
  }

  async put(subscriptions: readonly ListedSubscription[]): Promise<void> {
    if (subscriptions.length === 0) return;
    const rows = subscriptions.map(
      ({ nodeId, service, owner, routingKey, generation, consent }) => ({
        node_id: nodeId,
        subscriber: service,
        owner,
        routing_key: routingKey ?? null,
        generation,
        consent,
      }),
    );
    await this.#statements.change(
      `insert into ${this.#subscriptions} (node_id, subscriber, owner, routing_key, generation, consent)
       select node_id, subscriber, owner, routing_key, generation, consent from jsonb_to_recordset(?::jsonb)
         as r(node_id text, subscriber text, owner text, routing_key text, generation integer, consent boolean)
       on conflict (node_id, subscriber) do update set owner = excluded.owner, routing_key = excluded.routing_key,
         generation = excluded.generation, consent = excluded.consent`,
      [JSON.stringify(rows)],
    );
  }

  async hand(nodeIds: readonly string[], owner: string): Promise<void> {
    if (nodeIds.length === 0) return;
    await this.#statements.change(updateListed('owner = ?', { table: this.#subscriptions }), [
      owner,
      textList(nodeIds),
    ]);
  }

  async dropSubscriptions(nodeIds: readonly string[], subscriber: string): Promise<void> {
    if (nodeIds.length === 0 || storable([subscriber]).length === 0) return;
    await this.#statements.change(
      deleteListed({ table: this.#subscriptions, and: 't.subscriber = ?' }),
      [textList(nodeIds), subscriber],
    );
  }

  async subscribedTo(owner: string | null, subscriber: string): Promise<string[]> {
    if (storable([subscriber]).length === 0) return [];
    const found = await this.#statements.select<{ readonly nodeId: string }>(
      `select node_id as "nodeId" from ${this.#subscriptions}
       where subscriber = ?${owner === null ? '' : ' and owner = ?'}`,
      owner === null ? [subscriber] : [subscriber, owner],
    );
    return found.map(({ nodeId }) => nodeId);
  }
}
