/** What stands on the shelves, in the order of their addresses, batch by batch. */
import type { ActorAddress } from '../ports/address.ts';
import type { ActivityRow, TimerRow } from '../ports/journal-rows.ts';
import {
  keysShown,
  type MachineVersion,
  type StoredActor,
  type StoredVersion,
  type TokenPosition,
} from '../ports/journal-survey.ts';
import { recordOf, type Shelf } from './shelf.ts';

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byAddress(a: ActorAddress, b: ActorAddress): number {
  return compared(a.service, b.service) || compared(a.machine, b.machine) || compared(a.key, b.key);
}

function byPlace(a: TokenPosition, b: TokenPosition): number {
  return byAddress(a.address, b.address) || compared(a.token, b.token);
}

function batch<Row, Place>(
  rows: Row[],
  order: (a: Row | Place, b: Row | Place) => number,
  after: Place | undefined,
  limit: number,
): readonly Row[] {
  const rest = after === undefined ? rows : rows.filter((row) => order(row, after) > 0);
  return rest.sort(order).slice(0, limit);
}

export function actorsAfter(
  shelves: readonly Shelf[],
  after: ActorAddress | undefined,
  limit: number,
): readonly StoredActor[] {
  const living = shelves.filter(({ record }) => record?.status === 'active');
  const found = batch<
    { readonly address: ActorAddress; readonly shelf?: Shelf },
    { readonly address: ActorAddress }
  >(
    living.map((shelf) => ({ address: shelf.address, shelf })),
    (a, b) => byAddress(a.address, b.address),
    after && { address: after },
    limit,
  );
  return found.flatMap(({ address, shelf }) =>
    shelf?.record === undefined ? [] : [{ address, record: recordOf(shelf.record) }],
  );
}

export function timersAfter(
  shelves: readonly Shelf[],
  after: TokenPosition | undefined,
  limit: number,
): readonly TimerRow[] {
  const rows = shelves.flatMap(({ timers }) => [...(timers?.values() ?? [])].map(({ row }) => row));
  return batch<TimerRow, TokenPosition>(rows, byPlace, after, limit);
}

export function activitiesAfter(
  shelves: readonly Shelf[],
  after: TokenPosition | undefined,
  limit: number,
): readonly ActivityRow[] {
  const rows = shelves.flatMap(({ activities }) =>
    [...(activities?.values() ?? [])].map(
      ({ row: { progressAtMs: _at, progress: _progress, ...row } }) => row,
    ),
  );
  return batch<ActivityRow, TokenPosition>(rows, byPlace, after, limit);
}

/** Whether, how many and which actors that have not ended are stored in this version. */
export function storedIn(version: MachineVersion, shelves: readonly Shelf[]): StoredVersion {
  const living = shelves.filter(
    ({ address, record }) =>
      record?.status === 'active' &&
      record.machineVersion === version.version &&
      address.service === version.service &&
      address.machine === version.machine,
  );
  const keys = living.map(({ address }) => address.key).sort(compared);
  return { ...version, count: keys.length, keys: keys.slice(0, keysShown) };
}
