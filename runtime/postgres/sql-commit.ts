/**
 * The work of one commit within its transaction. The call of `commit_traced_turns` goes before the
 * writes that come with it; writes of an open commit were applied before.
 */
import type { EntityManager } from '@mikro-orm/sql';
import { Broken } from '../ports/errors.ts';
import type { FailpointName } from '../ports/failpoints.ts';
import type { CommitWork } from '../ports/held-commit.ts';
import type { Loaded, LoadRequest } from '../ports/journal.ts';
import type { TurnCommit } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import { type Store, type Write, writeFailure, writesByStore } from '../ports/store.ts';
import { commitArguments } from './commit-documents.ts';
import type { Database, SqlTransaction } from './database.ts';
import { meaningOf } from './driver-errors.ts';

export interface SqlCommitPorts {
  readonly database: Database;
  /** The call of `commit_traced_turns`. */
  readonly statement: string;
  readonly load: CommitWork['load'];
  readonly reach: (name: FailpointName, turns: readonly TurnCommit[]) => void;
}

export class SqlCommit implements CommitWork {
  readonly #ports: SqlCommitPorts;
  readonly #transaction: SqlTransaction;

  constructor(ports: SqlCommitPorts, transaction: SqlTransaction) {
    this.#ports = ports;
    this.#transaction = transaction;
  }

  load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]> {
    return this.#ports.load(requests);
  }

  async write(writes: readonly Write[]): Promise<void> {
    const { database } = this.#ports;
    for (const [name, ofStore] of writesByStore(writes)) {
      const store = this.#store(name);
      const entityManager = this.#transaction.entityManager(database.schemaOf(name));
      try {
        await store.apply(entityManager, ofStore);
      } catch (error) {
        throw writeFailure(name, meaningOf(error, database.journalSchema));
      }
    }
  }

  async read(name: string, op: string, args: Json): Promise<Json> {
    const { database } = this.#ports;
    const store = this.#store(name);
    if (store.readIn === undefined) throw unreadable(name);
    const entityManager = this.#transaction.entityManager(database.schemaOf(name));
    try {
      return await store.readIn(entityManager, op, args);
    } catch (error) {
      throw meaningOf(error, database.journalSchema);
    }
  }

  async commit(
    instance: string,
    turns: readonly TurnCommit[],
    confirmed: readonly string[],
    writes: readonly Write[],
  ): Promise<void> {
    const { statement, reach } = this.#ports;
    const called = this.#transaction.query(statement, commitArguments(instance, turns, confirmed));
    reach('commit.before-writes', turns);
    await bothDone(called, this.write(writes));
    reach('commit.after-writes', turns);
    reach('commit.before-end', turns);
  }

  #store(name: string): Store<EntityManager> {
    const store = this.#ports.database.stores.get(name);
    if (store === undefined) throw new Broken('broken', `there is no store named ${name}`);
    return store;
  }
}

/** The same work, whose errors are known to its caller before the end of the transaction. */
export function withMeaning(work: CommitWork, transaction: SqlTransaction): CommitWork {
  const meant = <Result>(done: Promise<Result>): Promise<Result> =>
    done.catch((error: unknown) => {
      throw transaction.meaningOf(error);
    });
  return {
    load: (requests) => meant(work.load(requests)),
    write: (writes) => meant(work.write(writes)),
    read: (store, op, args) => meant(work.read(store, op, args)),
    commit: (...commit) => meant(work.commit(...commit)),
  };
}

function unreadable(name: string): Broken {
  return new Broken('broken', `the store '${name}' cannot be read within a commit`);
}

/** Rejects when both are over, with the error of the first where it has one. */
async function bothDone(first: Promise<unknown>, second: Promise<unknown>): Promise<void> {
  const failed = (await Promise.allSettled([first, second])).find((one) => 'reason' in one);
  if (failed !== undefined) throw failed.reason;
}
