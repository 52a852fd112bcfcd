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
import { encodeDocument } from './documents.ts';
import { meaningOf } from './driver-errors.ts';
import type { JournalStatements } from './journal-statements.ts';
import { type PackChanges, packRows, withoutPacks } from './outbox-packs.ts';

export interface SqlCommitPorts {
  readonly database: Database;
  readonly statements: Pick<JournalStatements, 'commit' | 'addPacks' | 'dropPacks'>;
  readonly packs: PackChanges;
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
    const { reach } = this.#ports;
    const called = this.#call(instance, turns, confirmed);
    reach('commit.before-writes', turns);
    await allDone([...called, this.write(writes)]);
    reach('commit.after-writes', turns);
    reach('commit.before-end', turns);
  }

  #call(
    instance: string,
    turns: readonly TurnCommit[],
    confirmed: readonly string[],
  ): readonly Promise<unknown>[] {
    const { statements, packs } = this.#ports;
    const { rest, added } = withoutPacks(turns);
    const { single, dropped } = packs.confirmed(confirmed);
    const send = (statement: string, parameters: readonly (string | number | null)[]) =>
      this.#transaction.query(statement, parameters);
    packs.took(added, dropped);
    return [
      send(statements.commit, commitArguments(instance, rest, single)),
      ...(added.length === 0 ? [] : [send(statements.addPacks, [instance, packRows(added)])]),
      ...(dropped.length === 0 ? [] : [send(statements.dropPacks, [encodeDocument(dropped)])]),
    ];
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

/** Rejects when all are over, with the first error in their order. */
async function allDone(works: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((one) => 'reason' in one);
  if (failed !== undefined) throw failed.reason;
}
