/**
 * The port to look at a whole journal: the stored versions of machines, and every actor, timer,
 * activity and message in batches. `machines check` and the start of a runtime compare these with
 * the code.
 *
 * Invariants:
 * - In order: batches come in the order of their addresses. `after` is the last row of the batch
 *   before; it is undefined for the first batch.
 * - Nothing is locked: a row that changes meanwhile is seen in its old or in its new state.
 */
import type { ActorAddress } from './address.ts';
import { identityOf } from './identity.ts';
import type { ActivityRow, ActorRecord, HistoryLine, OutboxRow, TimerRow } from './journal-rows.ts';

/** A machine of a service in one of its versions. */
export type MachineVersion = {
  readonly service: string;
  readonly machine: string;
  readonly version: number;
};

/** A version in which actors are stored that have not ended. */
export type StoredVersion = MachineVersion & {
  /** Number of those actors. */
  readonly count: number;
  /** Keys of some of them. */
  readonly keys: readonly string[];
};

export type StoredActor = {
  readonly address: ActorAddress;
  readonly record: ActorRecord;
};

/** The position of a timer or an activity in the order. */
export type TokenPosition = Pick<TimerRow, 'address' | 'token'>;

/** Most keys that `StoredVersion` names. */
export const keysShown = 5;

/** The position of a line in the history: by time, then by id. */
export type HistoryPosition = Pick<HistoryLine, 'atMs' | 'id'>;

/** One string for a version, for maps. */
export function versionId({ service, machine, version }: MachineVersion): string {
  return identityOf(service, machine, String(version));
}

export interface JournalSurvey {
  /**
   * Notes the versions that may be stored from now on. If actors of these services that have not
   * ended are stored in versions outside `known`, nothing is noted, and the promise resolves to
   * those versions.
   */
  registerVersions(
    services: readonly string[],
    known: readonly MachineVersion[],
  ): Promise<readonly StoredVersion[]>;
  /** Actors of these services that have not ended. */
  listActors(
    services: readonly string[],
    after: ActorAddress | undefined,
    limit: number,
  ): Promise<readonly StoredActor[]>;
  listTimers(
    services: readonly string[],
    after: TokenPosition | undefined,
    limit: number,
  ): Promise<readonly TimerRow[]>;
  /** Without their progress. */
  listActivities(
    services: readonly string[],
    after: TokenPosition | undefined,
    limit: number,
  ): Promise<readonly ActivityRow[]>;
  /** By id. `afterId` is `''` for the first batch. */
  listOutbox(
    services: readonly string[],
    afterId: string,
    limit: number,
  ): Promise<readonly OutboxRow[]>;
  /**
   * Lines of all topics whose member `what` is this text, by time. `after`: the last line before;
   * with the id `''`, every line from that moment on. `naming`: only lines with this text
   * somewhere, for a closer reader.
   */
  listHistory(
    what: string,
    after: HistoryPosition,
    limit: number,
    naming?: string,
  ): Promise<readonly HistoryLine[]>;
}
