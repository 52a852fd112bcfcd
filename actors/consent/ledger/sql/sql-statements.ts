/**
 * The statements of a read, or of the writes of a commit, on one connection.
 *
 * 1. Selections and changes of one moment (`Promise.all`) become one statement, because a round
 *    trip costs more than most of them. They see the same snapshot, and none sees another's change.
 *    The caller must not change a row twice in one moment.
 * 2. Later requests run later. `run` makes a statement of its own, for a lock or for a failure with
 *    a meaning.
 * 3. `isPipelined`: statements are sent without waiting for the former, and a change is only waited
 *    for until it is sent. Its error fails the transaction.
 * 4. `single`: no transaction is open, so all requests must be one statement. A second statement is
 *    a bug and throws.
 */
import { Broken } from '../../../../runtime/ports/errors.ts';

export type SqlParameter = string | number | boolean | null;
/** Runs one statement. Parameters are `?`. */
export type Execute = (sql: string, parameters: readonly SqlParameter[]) => Promise<Rows>;
type Rows = readonly unknown[];

interface Asked {
  readonly kind: 'selection' | 'change';
  readonly sql: string;
  readonly parameters: readonly SqlParameter[];
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: unknown) => void;
}

export interface StatementsOptions {
  readonly single?: boolean;
  readonly isPipelined?: boolean;
}

export class SqlStatements {
  readonly #execute: Execute;
  readonly #single: boolean;
  readonly #isPipelined: boolean;
  #asked: Asked[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #sent = 0;

  constructor(execute: Execute, { single = false, isPipelined = false }: StatementsOptions = {}) {
    this.#execute = execute;
    this.#single = single;
    this.#isPipelined = isPipelined;
  }

  /**
   * The only call of the driver. The caller knows the columns of its selection. Parameters are `?`.
   */
  select<Row>(sql: string, parameters: readonly SqlParameter[]): Promise<Row[]> {
    return this.#ask('selection', sql, parameters) as Promise<Row[]>;
  }

  async change(sql: string, parameters: readonly SqlParameter[]): Promise<void> {
    await this.#ask('change', sql, parameters);
  }

  run<Row = unknown>(sql: string, parameters: readonly SqlParameter[]): Promise<Row[]> {
    this.#sendAsked();
    return this.#send<Row>(sql, parameters);
  }

  /** Waits for a statement whose result is asked for later, unless the statement is sent ahead. */
  async ahead(sent: Promise<unknown>): Promise<void> {
    if (!this.#isPipelined) await sent;
    else sent.catch(() => undefined);
  }

  #ask(kind: Asked['kind'], sql: string, parameters: readonly SqlParameter[]): Promise<Rows> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) queueMicrotask(() => this.#sendAsked());
      this.#asked.push({ kind, sql, parameters, resolve, reject });
    });
  }

  #sendAsked(): void {
    const asked = this.#asked;
    this.#asked = [];
    const [first] = asked;
    if (first === undefined) return;
    if (this.#isPipelined)
      for (const { kind, resolve } of asked) if (kind === 'change') resolve([]);
    const sent =
      asked.length === 1
        ? this.#send(first.sql, first.parameters).then((rows) => [rows])
        : this.#sendTogether(asked);
    sent.then(
      (results) => {
        for (const [index, { resolve }] of asked.entries()) resolve(results[index] ?? []);
      },
      (error: unknown) => {
        for (const { reject } of asked) reject(error);
      },
    );
  }

  async #sendTogether(asked: readonly Asked[]): Promise<readonly Rows[]> {
    const { sql, parameters } = together(asked);
    const [row] = await this.#send<Record<string, Rows>>(sql, parameters);
    return asked.map((_, index) => row?.[`r${index}`] ?? []);
  }

  #send<Row>(sql: string, parameters: readonly SqlParameter[]): Promise<Row[]> {
    this.#sent += 1;
    if (this.#single && this.#sent > 1)
      return Promise.reject(
        new Broken('broken', 'a read of one statement has asked for a second one'),
      );
    const rows = this.#isPipelined
      ? (this.#execute(sql, parameters) as Promise<Row[]>)
      : this.#last.then(async () => (await this.#execute(sql, parameters)) as Row[]);
    this.#last = rows.catch(() => undefined);
    return rows;
  }
}

/** Changes come first, because SQL demands the order; the results of changes are not used. */
function together(asked: readonly Asked[]): Pick<Asked, 'sql' | 'parameters'> {
  const changing: string[] = [];
  const selecting: string[] = [];
  const ofChanges: SqlParameter[] = [];
  const ofSelections: SqlParameter[] = [];
  for (const [index, { kind, sql, parameters }] of asked.entries())
    if (kind === 'change') {
      changing.push(`r${index} as (${sql})`);
      ofChanges.push(...parameters);
    } else {
      selecting.push(`(select coalesce(json_agg(r), '[]'::json) from (${sql}) r) as r${index}`);
      ofSelections.push(...parameters);
    }
  return {
    sql: `${changing.length === 0 ? '' : `with ${changing.join(', ')} `}select ${selecting.join(', ')}`,
    parameters: [...ofChanges, ...ofSelections],
  };
}
