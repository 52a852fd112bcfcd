/**
 * The queues of the locks, in PostgreSQL or PGlite.
 *
 * 1. A ticket is drawn under the row of its lock; the row stays locked until the commit. So a later
 *    commit has a higher ticket, and no ticket appears in front of a ticket that was first. Cards that
 *    join in one commit have tickets in the given order.
 * 2. A ticket ends only by its owner, never by the clock. So a paused deletion keeps its place.
 */
import type { SqlStatements } from '../consent/ledger/sql/sql-statements.ts';
import { deleteGiven, givenRows, givenText, lockGiven, selectGiven } from '../rows/given-rows.ts';
import { notFirst, type Turn } from './store.ts';

type Joining = { readonly id: string; readonly lock: string };
type Fenced = { readonly id: string; readonly ticket: number };
type OwnTurn = { readonly id: string; readonly ticket: string; readonly first: string };

export class LockQueue {
  readonly #statements: SqlStatements;
  readonly #schema: string;

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    this.#schema = schema;
  }

  /** Changes nothing for a card with a ticket. */
  async join(cards: readonly Joining[]): Promise<void> {
    if (cards.length === 0) return;
    const next = `nextval('${this.#schema}.tickets')`;
    const locked = this.#statements.run(
      `insert into ${this.#schema}.locks as old (name, last) select name, ${next}
        from ${givenRows('name text')} on conflict (name) do update set last = ${next}`,
      [namesText(cards.map(({ lock }) => lock))],
    );
    await this.#statements.ahead(locked);
    const queued = this.#statements.run(
      `insert into ${this.#schema}.queue (card_id, lock, ticket) select id, lock, ${next}
        from ${givenRows('id text, lock text')} on conflict (card_id) do nothing`,
      [JSON.stringify(cards)],
    );
    await this.#statements.ahead(queued);
  }

  /** The turns of cards with a ticket, by card. */
  async turns(ids: readonly string[]): Promise<ReadonlyMap<string, Turn>> {
    const found = await this.#statements.run<OwnTurn>(
      selectGiven(
        `given.id, found.ticket, (select card_id from ${this.#schema}.queue as other
          where other.lock = found.lock order by other.ticket limit 1) as first`,
        this.#own,
      ),
      [
        givenText(
          ids.map((id) => ({ id })),
          'id',
        ),
      ],
    );
    return new Map(
      found.map(({ id, ticket, first }) => [
        id,
        { ticket: Number(ticket), ahead: first === id ? null : first },
      ]),
    );
  }

  /** @throws Conflict unless each ticket is its card's and the first of its queue */
  async requireFirst(cards: readonly Fenced[]): Promise<void> {
    if (cards.length === 0) return;
    const turns = await this.turns(cards.map(({ id }) => id));
    for (const { id, ticket } of cards) {
      const turn = turns.get(id);
      if (turn?.ticket !== ticket || turn.ahead !== null) throw notFirst(id, ticket);
    }
  }

  /** The row of a lock goes with the last ticket. */
  async leave(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const left = await this.#statements.run<{ readonly lock: string }>(
      deleteGiven('old.lock', this.#own),
      [
        givenText(
          ids.map((id) => ({ id })),
          'id',
        ),
      ],
    );
    if (left.length === 0) return;
    const names = namesText(left.map(({ lock }) => lock));
    const own = {
      table: `${this.#schema}.locks`,
      given: 'name text',
      where: 't.name = given.name',
    };
    await this.#statements.ahead(this.#statements.run(lockGiven(own), [names]));
    const isEmpty = `not exists (select from ${this.#schema}.queue where lock = t.name)`;
    const unused = { ...own, where: `${own.where} and ${isEmpty}` };
    await this.#statements.ahead(this.#statements.run(deleteGiven('old.name', unused), [names]));
  }

  get #own() {
    const table = `${this.#schema}.queue`;
    return { table, given: 'id text', where: 't.card_id = given.id' };
  }
}

function namesText(names: readonly string[]): string {
  return givenText(
    [...new Set(names)].map((name) => ({ name })),
    'name',
  );
}
