/** The rows of actors in memory, in the order of their addresses, batch by batch. */
import type { ActorAddress } from '../ports/address.ts';
import type { ActivityRow, TimerRow } from '../ports/journal-rows.ts';
import {
  keysShown,
  type MachineVersion,
  type StoredActor,
  type StoredVersion,
  type TokenPosition,
} from '../ports/journal-survey.ts';
import { type ActorRows, recordOf } from './actor-rows.ts';

export function actorsAfter(
  actors: readonly ActorRows[],
  after: ActorAddress | undefined,
  limit: number,
): readonly StoredActor[] {
  const living = actors.flatMap(({ address, record }) =>
    record?.status === 'active' ? [{ address, record }] : [],
  );
  const found = batch(living, ({ address }) => address, byAddress, after, limit);
  return found.map(({ address, record }) => ({ address, record: recordOf(record) }));
}

export function timersAfter(
  actors: readonly ActorRows[],
  after: TokenPosition | undefined,
  limit: number,
): readonly TimerRow[] {
  const rows = actors.flatMap(({ timers }) => [...(timers?.values() ?? [])].map(({ row }) => row));
  return batch(rows, (row) => row, byToken, after, limit);
}

export function activitiesAfter(
  actors: readonly ActorRows[],
  after: TokenPosition | undefined,
  limit: number,
): readonly ActivityRow[] {
  const rows = actors.flatMap(({ activities }) =>
    [...(activities?.values() ?? [])].map(
      ({ row: { progressAtMs: _at, progress: _progress, ...row } }) => row,
    ),
  );
  return batch(rows, (row) => row, byToken, after, limit);
}

/** The number and some keys of the actors that are stored in this version and have not ended. */
export function storedIn(version: MachineVersion, actors: readonly ActorRows[]): StoredVersion {
  const living = actors.filter(
    ({ address, record }) =>
      record?.status === 'active' &&
      record.machineVersion === version.version &&
      address.service === version.service &&
      address.machine === version.machine,
  );
  const keys = living.map(({ address }) => address.key).sort(compared);
  return { ...version, count: keys.length, keys: keys.slice(0, keysShown) };
}

/** The first rows after a position. */
function batch<Row, Position>(
  rows: Row[],
  positionOf: (row: Row) => Position,
  order: (a: Position, b: Position) => number,
  after: Position | undefined,
  limit: number,
): readonly Row[] {
  const rest = after === undefined ? rows : rows.filter((row) => order(positionOf(row), after) > 0);
  return rest.sort((a, b) => order(positionOf(a), positionOf(b))).slice(0, limit);
}

function byToken(a: TokenPosition, b: TokenPosition): number {
  return byAddress(a.address, b.address) || compared(a.token, b.token);
}

function byAddress(a: ActorAddress, b: ActorAddress): number {
  return compared(a.service, b.service) || compared(a.machine, b.machine) || compared(a.key, b.key);
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
