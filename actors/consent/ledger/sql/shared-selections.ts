/**
 * Selections with the same text, asked for by several reads in one moment, as one statement.
 *
 * Invariants:
 * - As one by one: each read gets the rows of its own parameters, in the order of its own selection.
 *   The reads share a snapshot.
 * - Own errors: when the statement fails, each selection is sent alone, so that an error reaches only
 *   the read that causes the error.
 */
import type { Execute, SqlParameter } from './sql-statements.ts';

type Rows = readonly unknown[];

interface Asked {
  readonly sql: string;
  readonly parameters: readonly SqlParameter[];
  readonly resolve: (rows: Rows | Promise<Rows>) => void;
}

/** The column with the position of a read in the statement. No selection has this column. */
const position = '#';

export class SharedSelections {
  readonly #execute: Execute;
  /** By the types of the parameters and the text. */
  readonly #asked = new Map<string, Asked[]>();

  constructor(execute: Execute) {
    this.#execute = execute;
  }

  /** Parameters are `?`; only a text or null has a cast behind its `?`. */
  readonly select: Execute = (sql, parameters) =>
    new Promise((resolve) => {
      if (this.#asked.size === 0) queueMicrotask(() => this.#sendAsked());
      const key = parameters.map(castOf).join() + sql;
      const same = this.#asked.get(key);
      if (same === undefined) this.#asked.set(key, [{ sql, parameters, resolve }]);
      else same.push({ sql, parameters, resolve });
    });

  #sendAsked(): void {
    const all = [...this.#asked.values()];
    this.#asked.clear();
    for (const asked of all) this.#send(asked);
  }

  #send(asked: readonly Asked[]): void {
    const [first, second] = asked;
    if (first === undefined || second === undefined) {
      this.#sendAlone(asked);
      return;
    }
    this.#execute(sharedText(first), [
      JSON.stringify(asked.map(({ parameters }) => parameters.map(asJson))),
    ]).then(
      (rows) => {
        const found = byPosition(rows, asked.length);
        for (const [index, { resolve }] of asked.entries()) resolve(found[index] ?? []);
      },
      () => this.#sendAlone(asked),
    );
  }

  #sendAlone(asked: readonly Asked[]): void {
    for (const { sql, parameters, resolve } of asked) resolve(this.#execute(sql, parameters));
  }
}

/** The selection for each element of a list of parameters. */
function sharedText({ sql, parameters }: Asked): string {
  let index = 0;
  const selection = sql.replaceAll('?', () => {
    const type = castOf(parameters[index] ?? null);
    index += 1;
    return `(asked.parameters ->> ${index - 1})${type}`;
  });
  return `select asked."${position}", answer.*
    from jsonb_array_elements(?::jsonb) with ordinality as asked(parameters, "${position}")
    cross join lateral (${selection}) answer`;
}

/** JSON has no `NaN` and no infinity; each would become null. */
function asJson(parameter: SqlParameter): SqlParameter {
  return typeof parameter === 'number' ? String(parameter) : parameter;
}

function castOf(parameter: SqlParameter): string {
  if (typeof parameter === 'number') return '::double precision';
  return typeof parameter === 'boolean' ? '::boolean' : '';
}

function byPosition(rows: Rows, count: number): Rows[] {
  const found: unknown[][] = Array.from({ length: count }, () => []);
  for (const { [position]: at, ...row } of rows as readonly Record<string, unknown>[])
    found[Number(at) - 1]?.push(row);
  return found;
}
