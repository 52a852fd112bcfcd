/**
 * The numbers of cards that list a file, in PostgreSQL or PGlite.
 *
 * 1. A statement takes its rows in the order of their digests. So two commits that share files wait
 *    for each other and never in a circle.
 * 2. A statement changes a number relative to the stored number, and never writes back a number
 *    that was read before.
 * 3. A file that no card lists has no row.
 */
import type { EntityManager } from '@mikro-orm/sql';

const given = 'select value from jsonb_array_elements_text(?::jsonb)';

export class ListedFiles {
  readonly #rows: string;

  constructor(schema: string) {
    this.#rows = `${schema}.listed_files`;
  }

  async add(tx: EntityManager, digests: readonly string[]): Promise<void> {
    await tx.execute(
      `insert into ${this.#rows} as old (digest, cards) select value, 1
        from jsonb_array_elements_text(?::jsonb) order by value
        on conflict (digest) do update set cards = old.cards + 1`,
      [JSON.stringify(digests)],
    );
  }

  /** Takes one card away. Resolves to the digests of the files that other cards still list. */
  async takeAway(tx: EntityManager, digests: readonly string[]): Promise<ReadonlySet<string>> {
    const list = JSON.stringify(digests);
    const left: { digest: string; cards: number }[] = await tx.execute(
      `with locked as (select digest from ${this.#rows} where digest in (${given})
          order by digest for update)
        update ${this.#rows} as old set cards = old.cards - 1 from locked
        where old.digest = locked.digest returning old.digest, old.cards`,
      [list],
    );
    await tx.execute(`delete from ${this.#rows} where digest in (${given}) and cards = 0`, [list]);
    return new Set(left.filter(({ cards }) => cards > 0).map(({ digest }) => digest));
  }

  /** The digests of the files that at least so many cards list. */
  async listed(
    em: EntityManager,
    digests: readonly string[],
    cards: number,
  ): Promise<ReadonlySet<string>> {
    const found: { digest: string }[] = await em.execute(
      `select digest from ${this.#rows} where digest in (${given}) and cards >= ?`,
      [JSON.stringify(digests), cards],
    );
    return new Set(found.map(({ digest }) => digest));
  }
}
