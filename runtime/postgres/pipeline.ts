/**
 * The statements of one transaction, sent without waiting for each other: as many round trips as
 * there are results that somebody waits for.
 *
 * Invariants:
 * - One order: the server runs the statements in the order in which they were sent, each with a
 *   snapshot of its own.
 * - The first failure counts: after a failed statement PostgreSQL refuses every later statement of the
 *   transaction, and a commit rolls back. So each later statement rejects with the first failure, and
 *   `settled` does too.
 */
import type { Writable } from 'node:stream';
import type { EntityManager, Transaction } from '@mikro-orm/sql';
import { Broken } from '../ports/errors.ts';
import { type Row, run } from './sql-client.ts';
import type { SqlParameter } from './store-module.ts';

/** The methods of a `pg` client that matter here. The types of `pg` stay with its package. */
export interface ServerClient {
  query(statement: unknown, values?: unknown, callback?: unknown): unknown;
  /** Its stream is another one after the connection has been encrypted. */
  readonly connection?: { readonly stream: Pick<Writable, 'cork' | 'uncork'> };
}

/** No statement: the connection answers the text itself, with its client. */
const connectionQuestion = 'which connection is this?';
const beginning = /^(begin|start transaction)\b/;
const ending = /^(commit|rollback)$/;
const noRows = { rows: [] };

/**
 * Changes the client in place. The beginning of a transaction is sent with the first statement of the
 * transaction, and a transaction without a statement is not sent at all.
 */
export function holdBeginnings(client: ServerClient): void {
  const query = client.query.bind(client);
  let held: string | undefined;
  client.query = (statement, values, callback) => {
    if (statement === connectionQuestion) return Promise.resolve({ rows: [{ client }] });
    if (typeof statement === 'string' && beginning.test(statement)) {
      held = statement;
      return Promise.resolve(noRows);
    }
    const begin = held;
    held = undefined;
    if (begin === undefined) return query(statement, values, callback);
    if (typeof statement === 'string' && ending.test(statement)) return Promise.resolve(noRows);
    // A connection that is lost here fails the next statement, which somebody waits for.
    Promise.resolve(query(begin)).catch(() => undefined);
    return query(statement, values, callback);
  };
}

export interface PipelineFailure {
  readonly error: unknown;
  /** The schema of the store whose statement has failed; undefined: a statement of the journal. */
  readonly schema: string | undefined;
}

export class Pipeline {
  /** The schema of the store that the next statements belong to. */
  schema: string | undefined;
  readonly #client: ServerClient;
  #failure: PipelineFailure | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(client: ServerClient) {
    this.#client = client;
  }

  get failure(): PipelineFailure | undefined {
    return this.#failure;
  }

  /** `named`: makes the error that the caller knows of the error of the driver. */
  query(
    sql: string,
    parameters: readonly SqlParameter[],
    named: (error: unknown) => unknown = (error) => error,
  ): Promise<readonly Row[]> {
    if (this.#isOver)
      return Promise.reject(new Broken('broken', 'a statement comes after its transaction'));
    const { schema } = this;
    const sent = this.#client.query(sql, [...parameters]) as Promise<{ rows: readonly Row[] }>;
    const rows = sent.then(
      (result) => result.rows,
      (error: unknown) => {
        this.#failure ??= { error: named(error), schema };
        throw this.#failure.error;
      },
    );
    this.#last = rows.catch(() => undefined);
    return rows;
  }

  /** The transaction ends: no statement may follow. */
  end(): void {
    this.#isOver = true;
  }

  /** Resolves when all statements have run. Rejects with the first failure. */
  async settled(): Promise<void> {
    await this.#last;
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

const pipelines = new WeakMap<object, Pipeline>();

/** The pipeline of an entity manager inside a transaction; undefined: its statements are awaited. */
export function pipelineOf(em: EntityManager): Pipeline | undefined {
  const context: object | undefined = em.getTransactionContext();
  return context && pipelines.get(context);
}

/** The pipeline of a transaction that has just begun, on a connection of `holdBeginnings`. */
export async function openPipeline(context: Transaction): Promise<Pipeline> {
  const [row] = await run(context, connectionQuestion, []);
  const pipeline = new Pipeline(row?.['client'] as ServerClient);
  pipelines.set(context, pipeline);
  return pipeline;
}
