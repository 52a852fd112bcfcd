/** All rows of one actor in memory. A part without rows is left out. */
import type { ActorAddress } from '../ports/address.ts';
import type { ActivityUnderWay, ActorRecord, InboxEntry } from '../ports/journal-rows.ts';
import type { IndexedTimer } from './timer-index.ts';

export interface ActorRows {
  readonly address: ActorAddress;
  record?: StoredRecord | undefined;
  /** By message id; messages that were seen last come last. */
  inbox?: Map<string, StoredEntry> | undefined;
  correlationIds?: Set<string> | undefined;
  timers?: Map<string, IndexedTimer>;
  activities?: Map<string, Held<StoredActivity>>;
}

export interface StoredRecord {
  readonly version: number;
  readonly machineVersion: number;
  readonly status: ActorRecord['status'];
  readonly familyText: string;
  readonly changedAtMs: number;
}

export type StoredEntry = InboxEntry & { readonly seenAtMs: number };

export type StoredActivity = Omit<ActivityUnderWay, 'instance'>;

/** A row with the instance that holds it. */
export interface Held<Row> {
  row: Row;
  instance: string;
}

export function recordOf(stored: StoredRecord): ActorRecord {
  return {
    machineVersion: stored.machineVersion,
    status: stored.status,
    family: JSON.parse(stored.familyText),
  };
}

export function isEmpty({ record, inbox, correlationIds, timers, activities }: ActorRows): boolean {
  return !(record || inbox?.size || correlationIds?.size || timers?.size || activities?.size);
}
