/**
 * The journal on PostgreSQL and PGlite.
 *
 * Invariants:
 * - A batch of turns is one call of `commit_traced_turns` (`commit-function.ts`). With store
 *   writes, one transaction holds the call and then the writes. The call comes first, because it
 *   compares and locks the actors: a turn that is too late is a `Conflict` before its writes are
 *   tried on rows that others have changed.
 * - Few round trips: on a server the call is sent with the beginning of the transaction, and the
 *   statements of the stores behind the call. Only a result that a store looks at is waited for.
 * - Without store writes, the call alone is the transaction. The failpoints of a commit are then
 *   reached before it.
 * - A connection that is lost during a commit leaves unknown whether the commit happened. The call
 *   rejects with `Transient`; the turn is done again and finds its messages in the inbox, or not.
 */
import type { ActorAddress } from '../ports/address.ts';
import { type FailpointName, type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import { heldCommit } from '../ports/held-commit.ts';
import type { Adopted, Journal, Loaded, LoadRequest, OpenCommit } from '../ports/journal.ts';
import type { ProcessState } from '../ports/journal-processes.ts';
import type {
  ActivityId,
  ActivityOutcome,
  ActivityUnderWay,
  ActorRecord,
  AskRow,
  HistoryLine,
  InboxEntry,
  TimerRow,
  TurnCommit,
} from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import { readableIn } from '../ports/store.ts';
import { commitArguments } from './commit-documents.ts';
import type { Database, SqlTransaction } from './database.ts';
import { encodeDocument } from './documents.ts';
import { HeldPacks, mayBePacked, type OutboxPack, PackChanges, unpacked } from './outbox-packs.ts';
import { SqlCommit, withMeaning } from './sql-commit.ts';
import {
  activityOf,
  activityRow,
  messageRow,
  SqlMaintenance,
  type StoredActivity,
  type StoredMessage,
  type StoredTimer,
  timerOf,
} from './sql-maintenance.ts';

export interface SqlJournalOptions {
  readonly database: Database;
  readonly failpoints?: Failpoints;
}

interface LoadedDocument {
  readonly actors:
    | readonly { readonly n: number; readonly version: number; readonly record?: ActorRecord }[]
    | null;
  readonly seen: readonly (InboxEntry & { readonly n: number })[] | null;
}

interface AdoptedMessages {
  readonly messages: readonly StoredMessage[];
  readonly packs: readonly OutboxPack[];
}

/** The journal in an open `Database`. */
export class SqlJournal extends SqlMaintenance implements Journal {
  readonly exclusive: boolean;
  readonly openReads: ReadonlySet<string>;
  readonly #failpoints: Failpoints;
  readonly #packs = new HeldPacks();

  constructor({ database, failpoints = noFailpoints }: SqlJournalOptions) {
    super(database);
    this.exclusive = database.exclusive;
    this.openReads = readableIn(database.stores.values());
    this.#failpoints = failpoints;
  }

  open(): Promise<void> {
    return this.database.migrate();
  }

  /** Closes the database as well. */
  close(): Promise<void> {
    return this.database.close();
  }

  secret(): Promise<string> {
    return this.document(this.statements.secret, []);
  }

  load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]> {
    return this.#loaded(requests, this.database);
  }

  async #loaded(
    requests: readonly LoadRequest[],
    through: Pick<SqlTransaction, 'query'>,
  ): Promise<readonly Loaded[]> {
    if (requests.length === 0) return [];
    const actors = requests.map(({ address, cachedVersion }, n) => ({
      n,
      ...address,
      cached: cachedVersion,
    }));
    const messages = requests.flatMap(({ address, messageIds }, n) =>
      messageIds.map((id) => ({ n, ...address, message_id: id })),
    );
    const parameters = [encodeDocument(actors), encodeDocument(messages)];
    const found = await this.document<LoadedDocument>(this.statements.load, parameters, through);
    return assembled(requests.length, found);
  }

  async commit(
    instance: string,
    turns: readonly TurnCommit[],
    confirmed: readonly string[] = [],
  ): Promise<void> {
    if (turns.length === 0) return this.forget(confirmed);
    const writes = turns.flatMap((turn) => turn.writes);
    const { dropped } = this.#packs.confirmed(confirmed);
    if (writes.length > 0 || dropped.length > 0 || turns.some(mayBePacked)) {
      const packs = new PackChanges(this.#packs);
      await this.database.transaction((transaction) =>
        this.#commitIn(transaction, packs).commit(instance, turns, confirmed, writes),
      );
      return packs.committed();
    }
    this.#reach('commit.before-writes', turns);
    this.#reach('commit.after-writes', turns);
    this.#reach('commit.before-end', turns);
    const { single } = this.#packs.confirmed(confirmed);
    const parameters = commitArguments(instance, turns, single);
    await this.database.query(this.statements.commit, parameters);
  }

  async begin(): Promise<OpenCommit> {
    const packs = new PackChanges(this.#packs);
    return heldCommit<SqlTransaction>(
      async (work) => {
        await this.database.transaction(work);
        packs.committed();
      },
      (transaction) => withMeaning(this.#commitIn(transaction, packs), transaction),
    );
  }

  #commitIn(transaction: SqlTransaction, packs: PackChanges): SqlCommit {
    const ports = {
      database: this.database,
      statements: this.statements,
      packs,
      load: (requests: readonly LoadRequest[]) => this.#loaded(requests, transaction),
      reach: (name: FailpointName, turns: readonly TurnCommit[]) => this.#reach(name, turns),
    };
    return new SqlCommit(ports, transaction);
  }

  #reach(name: FailpointName, turns: readonly TurnCommit[]): void {
    if (this.#failpoints === noFailpoints) return;
    this.#failpoints.reach(name, { addresses: turns.map(({ address }) => address) });
  }

  async forget(outboxIds: readonly string[]): Promise<void> {
    const { single, dropped } = this.#packs.confirmed(outboxIds);
    if (single.length > 0)
      await this.database.query(this.statements.forget, [encodeDocument(single)]);
    if (dropped.length === 0) return;
    await this.database.query(this.statements.dropPacks, [encodeDocument(dropped)]);
    this.#packs.deleted(dropped);
  }

  async findAsks(correlationIds: readonly string[]): Promise<readonly AskRow[]> {
    if (correlationIds.length === 0) return [];
    return this.document(this.statements.findAsks, [encodeDocument(correlationIds)]);
  }

  async dueTimers(
    services: readonly string[],
    untilMs: number,
    limit: number,
  ): Promise<readonly TimerRow[]> {
    const parameters = [encodeDocument(services), untilMs, limit];
    const stored = await this.document<readonly StoredTimer[]>(
      this.statements.dueTimers,
      parameters,
    );
    return stored.map(timerOf);
  }

  async nextTimerAtMs(services: readonly string[], afterMs: number): Promise<number | undefined> {
    const [nextAtMs] = await this.document<readonly number[]>(this.statements.nextTimer, [
      encodeDocument(services),
      afterMs,
    ]);
    return nextAtMs;
  }

  async postponeActivity(
    instance: string,
    address: ActorAddress,
    token: string,
    attempt: number,
    notBeforeMs: number,
  ): Promise<boolean> {
    const parameters = [instance, encodeDocument({ ...address, token }), attempt, notBeforeMs];
    return (await this.document<number>(this.statements.postpone, parameters)) > 0;
  }

  async noteProgress(
    instance: string,
    address: ActorAddress,
    token: string,
    progress: Json,
    atMs: number,
  ): Promise<boolean> {
    const parameters = [
      instance,
      encodeDocument({ ...address, token }),
      encodeDocument(progress),
      atMs,
    ];
    return (await this.document<number>(this.statements.noteProgress, parameters)) > 0;
  }

  async keepOutcome(
    instance: string,
    address: ActorAddress,
    token: string,
    outcome: ActivityOutcome,
  ): Promise<boolean> {
    const parameters = [instance, encodeDocument({ ...address, token }), encodeDocument(outcome)];
    return (await this.document<number>(this.statements.keepOutcome, parameters)) > 0;
  }

  async lostActivities(
    instance: string,
    activities: readonly ActivityId[],
  ): Promise<readonly ActivityId[]> {
    const wanted = activities.map(({ address, token }, position) => ({
      position,
      ...address,
      token,
    }));
    const lost = new Set(
      await this.document<readonly number[]>(this.statements.lostActivities, [
        instance,
        encodeDocument(wanted),
      ]),
    );
    return activities.filter((_, position) => lost.has(position));
  }

  async activitiesOf(address: ActorAddress): Promise<readonly ActivityUnderWay[]> {
    const stored = await this.document<readonly StoredActivity[]>(this.statements.activitiesOf, [
      encodeDocument(address),
    ]);
    return stored.map(activityOf);
  }

  /** An embedded database has the clock of this process. */
  async beat(instance: string, nowMs: number, state?: ProcessState): Promise<number> {
    const databaseMs = await this.document<number>(this.statements.beat, [
      instance,
      nowMs,
      state === undefined ? null : encodeDocument(state),
    ]);
    return this.exclusive ? nowMs : databaseMs;
  }

  async leave(instance: string): Promise<void> {
    await this.database.query(this.statements.leave, [instance]);
  }

  async adopt(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<Adopted> {
    const parameters = [instance, encodeDocument(services), deadBeforeMs, limit];
    const { messages, packs } = await this.document<AdoptedMessages>(
      this.statements.adoptMessages,
      parameters,
    );
    this.#packs.hold(packs);
    this.#failpoints.reach('adopt.half-way');
    const activities = await this.document<readonly StoredActivity[]>(
      this.statements.adoptActivities,
      parameters,
    );
    await this.database.query(this.statements.forgetDead, [deadBeforeMs, instance]);
    return {
      outbox: [...messages.map(messageRow), ...packs.flatMap(unpacked)],
      activities: activities.map(activityRow),
    };
  }

  async inspect(address: ActorAddress): Promise<ActorRecord | undefined> {
    const [loaded] = await this.load([{ address, messageIds: [] }]);
    return loaded?.record;
  }

  history(topic: string): Promise<readonly HistoryLine[]> {
    return this.document(this.statements.history, [encodeDocument([topic])]);
  }

  counts(): ReturnType<Journal['counts']> {
    return this.document(this.statements.counts, []);
  }
}

function assembled(length: number, { actors, seen }: LoadedDocument): Loaded[] {
  const entries = Array.from({ length }, (): InboxEntry[] => []);
  for (const { n, ...entry } of seen ?? []) entries[n]?.push(entry);
  const found = new Map((actors ?? []).map(({ n, ...actor }) => [n, actor]));
  return entries.map((messages, n) => ({ version: 0, ...found.get(n), seen: messages }));
}
