/**
 * The queues of the locks, in PostgreSQL or PGlite.
 *
 * 1. A ticket is drawn under the row of its lock; the row stays locked until the commit. So a later
 *    commit has a higher ticket, and no ticket appears in front of a ticket that was first.
 * 2. A ticket ends only by its owner, never by the clock. So a paused deletion keeps its place.
 */
import type { EntityManager } from '@mikro-orm/sql';
import { notFirst, type Turn } from './store.ts';

export class LockQueue {
  readonly #schema: string;

  constructor(schema: string) {
    this.#schema = schema;
  }

  /** Changes nothing for a card with a ticket. */
  async join(tx: EntityManager, id: string, lock: string): Promise<void> {
    const schema = this.#schema;
    const [{ last }]: [{ last: string }] = await tx.execute(
      `insert into ${schema}.locks as old (name, last) values (?, nextval('${schema}.tickets'))
        on conflict (name) do update set last = nextval('${schema}.tickets') returning last`,
      [lock],
    );
    await tx.execute(
      `insert into ${schema}.queue (card_id, lock, ticket) values (?, ?, ?::bigint)
        on conflict (card_id) do nothing`,
      [id, lock, String(last)],
    );
  }

  async turn(em: EntityManager, id: string): Promise<Turn> {
    const [own]: { ticket: string; first: string }[] = await em.execute(
      `select own.ticket, (select card_id from ${this.#schema}.queue as other
          where other.lock = own.lock order by other.ticket limit 1) as first
        from ${this.#schema}.queue as own where own.card_id = ?`,
      [id],
    );
    if (own === undefined) return { ticket: null, ahead: null };
    return { ticket: Number(own.ticket), ahead: own.first === id ? null : own.first };
  }

  /** @throws Conflict unless the ticket is the card's and the first of its queue */
  async requireFirst(tx: EntityManager, id: string, ticket: number): Promise<void> {
    const turn = await this.turn(tx, id);
    if (turn.ticket !== ticket || turn.ahead !== null) throw notFirst(id, ticket);
  }

  /** The row of the lock goes with the last ticket. */
  async leave(tx: EntityManager, id: string): Promise<void> {
    const left: { lock: string }[] = await tx.execute(
      `delete from ${this.#schema}.queue where card_id = ? returning lock`,
      [id],
    );
    for (const { lock } of left) {
      await tx.execute(`select from ${this.#schema}.locks where name = ? for update`, [lock]);
      await tx.execute(
        `delete from ${this.#schema}.locks where name = ?
          and not exists (select from ${this.#schema}.queue where lock = ?)`,
        [lock, lock],
      );
    }
  }
}
