/**
 * The numbers of cards that list a file, in PostgreSQL or PGlite.
 *
 * 1. A statement takes its rows in the order of their digests. So two commits that share files wait
 *    for each other and never in a circle.
 * 2. A statement changes a number relative to the stored number, and never writes back a number
 *    that was read before.
 * 3. A file that no card lists has no row.
 * 4. The cards of a call count one after the other, in the given order, as if each had a call of its
 *    own.
 */
import type { SqlStatements } from '../consent/ledger/sql/sql-statements.ts';
import {
  deleteGiven,
  type FoundRows,
  givenText,
  lockGiven,
  selectGiven,
  updateGiven,
} from '../rows/given-rows.ts';

/** Each card's digests. */
type Digests = readonly (readonly string[])[];
type Counted = { readonly digest: string; readonly cards: number };

/** For each card the digests that other cards list. */
export type ListedByOthers = readonly ReadonlySet<string>[];

export class ListedFiles {
  readonly #statements: SqlStatements;
  readonly #found: FoundRows;

  constructor(statements: SqlStatements, schema: string) {
    this.#statements = statements;
    const given = 'digest text, cards integer';
    this.#found = { table: `${schema}.listed_files`, given, where: 't.digest = given.digest' };
  }

  /** Adds the cards, one after the other. */
  async add(cards: Digests): Promise<ListedByOthers> {
    const counts = countsOf(cards);
    if (counts.size === 0) return cards.map(() => new Set());
    const after = await this.#statements.run<Counted>(
      `insert into ${this.#found.table} as old (digest, cards)
        select digest, cards from jsonb_to_recordset(?::jsonb) as given(${this.#found.given})
        on conflict (digest) do update set cards = old.cards + excluded.cards
        returning digest, cards`,
      [textOf(counts)],
    );
    const others = new Map(
      after.map(({ digest, cards: sum }) => [digest, sum - (counts.get(digest) ?? 0)]),
    );
    return cards.map((digests) => {
      const listed = new Set(digests.filter((digest) => (others.get(digest) ?? 0) > 0));
      for (const digest of digests) others.set(digest, (others.get(digest) ?? 0) + 1);
      return listed;
    });
  }

  /** Takes the cards away, one after the other. */
  async takeAway(cards: Digests): Promise<ListedByOthers> {
    const counts = countsOf(cards);
    if (counts.size === 0) return cards.map(() => new Set());
    const text = textOf(counts);
    await this.#statements.ahead(this.#statements.run(lockGiven(this.#found), [text]));
    const changed = this.#statements.run<Counted>(
      updateGiven('cards = old.cards - given.cards', 'old.digest, old.cards', this.#found),
      [text],
    );
    const unlisted = { ...this.#found, where: `${this.#found.where} and t.cards = 0` };
    await this.#statements.ahead(this.#statements.run(deleteGiven('old.digest', unlisted), [text]));
    const left = new Map(
      (await changed).map(({ digest, cards: sum }) => [digest, sum + (counts.get(digest) ?? 0)]),
    );
    return cards.map((digests) => {
      for (const digest of digests) left.set(digest, (left.get(digest) ?? 0) - 1);
      return new Set(digests.filter((digest) => (left.get(digest) ?? 0) > 0));
    });
  }

  /** Of the digests those that at least so many cards list. */
  async listed(digests: readonly string[], cards: number): Promise<ReadonlySet<string>> {
    const found = await this.#statements.run<Counted>(
      `${selectGiven('found.digest, found.cards', this.#found)} where found.cards >= ?`,
      [textOf(countsOf([digests])), cards],
    );
    return new Set(found.map(({ digest }) => digest));
  }
}

/** How many of the cards list each file. */
function countsOf(cards: Digests): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const digest of cards.flat()) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return counts;
}

function textOf(counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].map(([digest, cards]) => ({ digest, cards }));
  return givenText(rows, 'digest');
}
