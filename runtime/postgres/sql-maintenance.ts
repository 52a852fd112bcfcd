/**
 * The work of the journal on SQL besides turns: dead letters, surveys and pruning; and how a
 * statement of `journal-statements.ts` is run.
 */
import type { ActorAddress } from '../ports/address.ts';
import type {
  DeadLetter,
  DeadLetterList,
  DeadLetterSelection,
  StoredDeadLetter,
} from '../ports/dead-letter.ts';
import type { Draft } from '../ports/draft.ts';
import { Broken } from '../ports/errors.ts';
import type { Journal } from '../ports/journal.ts';
import type {
  Beating,
  HeldOutbox,
  JournalProcesses,
  ProcessService,
  RunService,
} from '../ports/journal-processes.ts';
import type {
  ActivityRow,
  ActivityUnderWay,
  HistoryLine,
  OutboxRow,
  TimerRow,
} from '../ports/journal-rows.ts';
import {
  type HistoryPosition,
  type JournalSurvey,
  type MachineVersion,
  type StoredActor,
  type StoredVersion,
  type TokenPosition,
  versionId,
} from '../ports/journal-survey.ts';
import type { Json } from '../ports/json.ts';
import type { Prunable } from '../ports/retention.ts';
import type { TraceContext } from '../ports/tracing.ts';
import type { Database, SqlParameter, SqlTransaction } from './database.ts';
import { deadLetterRows, type FoundDeadLetter, storedDeadLetter } from './dead-letter-rows.ts';
import { decodeDocument, encodeDocument } from './documents.ts';
import { type JournalStatements, journalStatements } from './journal-statements.ts';

export type StoredMessage = Pick<OutboxRow, 'id' | 'address'> & {
  readonly message: Omit<OutboxRow, 'id' | 'address'>;
};
type ActivityColumns = 'address' | 'token' | 'attempt' | 'notBeforeMs' | 'progress' | 'outcome';
export type StoredActivity = Pick<
  ActivityUnderWay,
  'address' | 'token' | 'instance' | 'attempt' | 'notBeforeMs'
> & {
  readonly activity: Omit<ActivityRow, ActivityColumns>;
  readonly progress: Json;
  /** Null when there is no progress. */
  readonly progressAtMs: number | null;
  /** Without `output` when the activity gave none; null when no outcome is kept. */
  readonly outcome: { readonly output?: Json } | { readonly error: Json } | null;
};

/** `trace` is null when the timer was started without a tracer. */
export type StoredTimer = Omit<TimerRow, 'trace'> & { readonly trace: TraceContext | null };

export abstract class SqlMaintenance
  implements DeadLetterList, JournalSurvey, JournalProcesses, Pick<Journal, 'prune'>
{
  protected readonly database: Database;
  protected readonly statements: JournalStatements;

  constructor(database: Database) {
    this.database = database;
    this.statements = journalStatements(database.journalSchema);
  }

  /** Runs a statement that returns one row with one JSON text. */
  protected async document<T>(
    sql: string,
    parameters: readonly SqlParameter[],
    through: Pick<SqlTransaction, 'query'> = this.database,
  ): Promise<T> {
    const [row] = await through.query(sql, parameters);
    const text = row?.['document'];
    if (typeof text !== 'string')
      throw new Broken('broken', 'the database answered without a document');
    return decodeDocument<T>(text);
  }

  async addDeadLetter(deadLetter: DeadLetter): Promise<void> {
    await this.database.query(this.statements.addDeadLetter, [
      encodeDocument(deadLetterRows([deadLetter])),
    ]);
  }

  async deadLetters(
    services: readonly string[] | 'all',
    limit: number,
  ): Promise<readonly StoredDeadLetter[]> {
    if (services === 'all') return this.#deadLetters(this.statements.allDeadLetters, [limit]);
    return this.#deadLetters(this.statements.deadLetters, [encodeDocument(services), limit]);
  }

  async deadLetter(id: string): Promise<StoredDeadLetter | undefined> {
    const [found] = await this.#deadLetters(this.statements.deadLetter, [encodeDocument([id])]);
    return found;
  }

  requestReplay(selection: DeadLetterSelection, atMs: number): Promise<number> {
    return this.#count(this.statements.requestReplay, [...selected(selection), atMs]);
  }

  dropDeadLetters(selection: DeadLetterSelection): Promise<number> {
    return this.#count(this.statements.dropDeadLetters, selected(selection));
  }

  takeReplays(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<readonly StoredDeadLetter[]> {
    return this.#deadLetters(this.statements.takeReplays, [
      instance,
      encodeDocument(services),
      deadBeforeMs,
      limit,
    ]);
  }

  async endReplays(deadLetters: readonly Pick<StoredDeadLetter, 'id' | 'count'>[]): Promise<void> {
    if (deadLetters.length === 0) return;
    await this.database.query(this.statements.endReplays, [
      encodeDocument(deadLetters.map(({ id, count }) => ({ id, count }))),
    ]);
  }

  async #deadLetters(
    sql: string,
    parameters: readonly SqlParameter[],
  ): Promise<readonly StoredDeadLetter[]> {
    return (await this.document<readonly FoundDeadLetter[]>(sql, parameters)).map(storedDeadLetter);
  }

  async #count(sql: string, parameters: readonly SqlParameter[]): Promise<number> {
    return this.document<number>(sql, parameters);
  }

  /** Whether the database has the journal's tables. */
  async isMade(): Promise<boolean> {
    const [row] = await this.database.query('select to_regclass($1) is not null as made', [
      `${this.database.journalSchema}.actors`,
    ]);
    return row?.['made'] === true;
  }

  /**
   * Most starts have the versions of the last start, and the first statement finds that out. The
   * others cost PGlite a tenth of a second.
   */
  async registerVersions(
    services: readonly string[],
    known: readonly MachineVersion[],
  ): Promise<readonly StoredVersion[]> {
    const names = encodeDocument(services);
    if (sameVersions(known, await this.document(this.statements.notedVersions, [names]))) return [];
    const document = encodeDocument(
      known.map(({ service, machine, version }) => ({ service, machine, version })),
    );
    const others = await this.document<readonly StoredVersion[]>(this.statements.otherVersions, [
      names,
      document,
    ]);
    const stored = others.filter(({ count }) => count > 0);
    if (stored.length > 0) return stored;
    if (others.length > 0)
      await this.database.query(this.statements.forgetVersions, [encodeDocument(others)]);
    await this.database.query(this.statements.noteVersions, [document]);
    return [];
  }

  async announce(instance: string, services: readonly RunService[]): Promise<void> {
    await this.database.query(this.statements.announce, [instance, encodeDocument(services)]);
  }

  processes(services: readonly string[], aliveSinceMs: number): Promise<readonly ProcessService[]> {
    return this.document(this.statements.processes, [encodeDocument(services), aliveSinceMs]);
  }

  beating(): Promise<readonly Beating[]> {
    return this.document(this.statements.beating, []);
  }

  heldOutboxes(services: readonly string[]): Promise<readonly HeldOutbox[]> {
    return this.document(this.statements.heldOutboxes, [encodeDocument(services)]);
  }

  async releaseVersion(version: MachineVersion): Promise<void> {
    await this.database.query(this.statements.releaseVersion, [encodeDocument([version])]);
  }

  releasedVersions(services: readonly string[]): Promise<readonly MachineVersion[]> {
    return this.document(this.statements.releasedVersions, [encodeDocument(services)]);
  }

  listActors(
    services: readonly string[],
    after: ActorAddress | undefined,
    limit: number,
  ): Promise<readonly StoredActor[]> {
    return this.document(this.statements.listActors, [
      encodeDocument(services),
      position(after),
      limit,
    ]);
  }

  async listTimers(
    services: readonly string[],
    after: TokenPosition | undefined,
    limit: number,
  ): Promise<readonly TimerRow[]> {
    const parameters = [encodeDocument(services), position(after?.address, after?.token), limit];
    const stored = await this.document<readonly StoredTimer[]>(
      this.statements.listTimers,
      parameters,
    );
    return stored.map(timerOf);
  }

  async listActivities(
    services: readonly string[],
    after: TokenPosition | undefined,
    limit: number,
  ): Promise<readonly ActivityRow[]> {
    const parameters = [encodeDocument(services), position(after?.address, after?.token), limit];
    const found = await this.document<
      readonly Omit<StoredActivity, 'progress' | 'progressAtMs' | 'outcome'>[]
    >(this.statements.listActivities, parameters);
    return found.map(({ activity, ...row }) => ({ ...row, ...activity }));
  }

  async listOutbox(
    services: readonly string[],
    afterId: string,
    limit: number,
  ): Promise<readonly OutboxRow[]> {
    const parameters = [encodeDocument(services), encodeDocument([afterId]), limit];
    const found = await this.document<readonly StoredMessage[]>(
      this.statements.listOutbox,
      parameters,
    );
    return found.map(messageRow);
  }

  listHistory(
    what: string,
    { atMs, id }: HistoryPosition,
    limit: number,
    naming = '',
  ): Promise<readonly HistoryLine[]> {
    const after = encodeDocument({ at_ms: atMs, id });
    const texts = [encodeDocument([what]), encodeDocument([JSON.stringify(naming).slice(1, -1)])];
    return this.document(this.statements.listHistory, [
      texts[0] ?? '',
      after,
      limit,
      texts[1] ?? '',
    ]);
  }

  async prune(kind: Prunable, beforeMs: number, limit: number): Promise<number> {
    if (kind === 'tombstones') return this.#pruneStores(beforeMs, limit);
    return this.#count(this.statements.prune[kind], [beforeMs, limit]);
  }

  async #pruneStores(beforeMs: number, limit: number): Promise<number> {
    let pruned = 0;
    for (const store of this.database.stores.values()) {
      if (store.prune === undefined) continue;
      pruned += await this.database.transaction(
        async (transaction) =>
          (await store.prune?.(
            transaction.entityManager(this.database.schemaOf(store.name)),
            beforeMs,
            limit,
          )) ?? 0,
      );
    }
    return pruned;
  }
}

export function activityOf({
  activity,
  progress,
  progressAtMs,
  outcome,
  ...row
}: StoredActivity): ActivityUnderWay {
  const known: Draft<ActivityUnderWay> = { ...row, ...activity };
  if (progressAtMs !== null) Object.assign(known, { progress, progressAtMs });
  if (outcome !== null) known.outcome = 'error' in outcome ? outcome : { output: outcome.output };
  return known;
}

export function timerOf({ trace, ...timer }: StoredTimer): TimerRow {
  return trace === null ? timer : { ...timer, trace };
}

export function activityRow(stored: StoredActivity): ActivityRow {
  const { instance: _holder, progressAtMs: _notedAtMs, ...row } = activityOf(stored);
  return row;
}

export function messageRow({ message, ...row }: StoredMessage): OutboxRow {
  return { ...row, ...message };
}

/** Whether both lists hold the same versions, in any order. */
function sameVersions(one: readonly MachineVersion[], other: readonly MachineVersion[]): boolean {
  const [ones, others] = [new Set(one.map(versionId)), new Set(other.map(versionId))];
  return ones.size === others.size && [...ones].every((id) => others.has(id));
}

/** `$1` and `$2` of the statements for selected dead letters. */
function selected(selection: DeadLetterSelection): readonly SqlParameter[] {
  return 'ids' in selection
    ? [encodeDocument(selection.ids), null]
    : ['[]', encodeDocument([selection.service])];
}

/** `$2` of the statements that list rows. */
function position(address: ActorAddress | undefined, token = ''): string {
  return encodeDocument({ service: '', machine: '', key: '', ...address, token });
}
