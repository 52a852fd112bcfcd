/** All that is stored of one actor; a part that is empty is left out. */
import type { ActorAddress } from '../ports/address.ts';
import type { ActivityUnderWay, ActorRecord, InboxEntry } from '../ports/journal-rows.ts';
import type { IndexedTimer } from './timer-index.ts';

export interface StoredRecord {
  readonly version: number;
  readonly machineVersion: number;
  readonly status: ActorRecord['status'];
  readonly familyText: string;
  readonly changedAtMs: number;
}

export interface StoredEntry extends InboxEntry {
  readonly seenAtMs: number;
}

export type NotedActivity = Omit<ActivityUnderWay, 'instance'>;

export interface Held<Row> {
  row: Row;
  instance: string;
}

export interface Shelf {
  readonly address: ActorAddress;
  record?: StoredRecord | undefined;
  /** Those last seen come last. */
  inbox?: Map<string, StoredEntry> | undefined;
  correlationIds?: Set<string> | undefined;
  timers?: Map<string, IndexedTimer>;
  activities?: Map<string, Held<NotedActivity>>;
}

export function recordOf(stored: StoredRecord): ActorRecord {
  return {
    machineVersion: stored.machineVersion,
    status: stored.status,
    family: JSON.parse(stored.familyText),
  };
}

export function isBare({ record, inbox, correlationIds, timers, activities }: Shelf): boolean {
  return !(record || inbox?.size || correlationIds?.size || timers?.size || activities?.size);
}
