/**
 * The port to what is stored, looked at as a whole: which versions of machines have actors, and every actor, timer, activity and message
 * in batches. For whoever compares it with the code.
 *
 * 1. Batches come in the order of their addresses; `after` is the last one of the batch before, left out for the first.
 * 2. Nothing is locked: what changes while one looks may be seen as it was or as it is.
 */
import type { ActorAddress } from './address.ts';
import type { ActivityRow, ActorRecord, OutboxRow, TimerRow } from './journal.ts';

/** A machine of a service in one of its versions. */
export interface MachineVersion {
  readonly service: string;
  readonly machine: string;
  readonly version: number;
}

/** A version that actors are stored in which have not ended. */
export interface StoredVersion extends MachineVersion {
  /** How many there are. */
  readonly count: number;
  /** Keys of some of them. */
  readonly keys: readonly string[];
}

export interface StoredActor {
  readonly address: ActorAddress;
  readonly record: ActorRecord;
}

/** The place of a timer or an activity in the order. */
export type TokenPlace = Pick<TimerRow, 'address' | 'token'>;

/** Keys that are named of a version. */
export const keysShown = 5;

/** One string for a version, for maps. */
export function versionId({ service, machine, version }: MachineVersion): string {
  return `${service}/${machine}/${version}`;
}

export interface JournalSurvey {
  /**
   * Notes that these versions may be stored from now on. When there are actors that have not ended in a version of these services that
   * was noted before and is not among `known`: says which, and notes nothing.
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
    after: TokenPlace | undefined,
    limit: number,
  ): Promise<readonly TimerRow[]>;
  /** Without their progress. */
  listActivities(
    services: readonly string[],
    after: TokenPlace | undefined,
    limit: number,
  ): Promise<readonly ActivityRow[]>;
  /** By id; `afterId` is `''` for the first batch. */
  listOutbox(
    services: readonly string[],
    afterId: string,
    limit: number,
  ): Promise<readonly OutboxRow[]>;
}
