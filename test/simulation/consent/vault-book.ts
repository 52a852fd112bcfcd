/**
 * The rows of the vault and the tries of held deletions, derived from commits alone.
 *
 * 1. One pass over each commit. A problem is reported at the moment of its commit.
 */
import type { HoldDeletion } from '../../../actors/delete-saga/held-deletion.ts';
import { parseIsoTime } from '../../../config/iso-time.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import type { UndoLog } from '../../../runtime/ports/undo-log.ts';
import type { Problem } from '../../../testing/simulation/system.ts';
import { sentIn } from './sent.ts';
import { type VaultRow, vaultName, vaultTable } from './vault.ts';

/** The waiting of one held deletion. */
interface Waiting {
  readonly untilMs: number;
  /** The deletion was tried since the waiting began: the next tries belong to the same end. */
  readonly tried: boolean;
}

export class VaultBook {
  readonly rows = new Map<string, VaultRow>();
  readonly store: Store<UndoLog> = vaultTable.memory();
  /** By node. */
  readonly #waiting = new Map<string, Waiting>();
  /** The last moment of a waiting that has an end, by node. */
  readonly #giveUps = new Map<string, number>();
  /** Lifted holds that no early try has used, by node. */
  readonly #lifts = new Map<string, number>();

  /** `isThere`: whether the node is there after the commit. */
  take(turns: readonly TurnCommit[], atMs: number, isThere: (nodeId: string) => boolean): Problem {
    for (const turn of turns) {
      const { address, writes } = turn;
      const problem =
        address.service === vaultName
          ? this.#written(writes, atMs, isThere)
          : address.machine === 'held-deletion' && this.#held(turn, atMs);
      if (typeof problem === 'string') return problem;
    }
    return undefined;
  }

  /** The holds that forbid a deletion. */
  get holds(): readonly VaultRow[] {
    return [...this.rows.values()].filter(({ kind, lifted }) => kind === 'hold' && !lifted);
  }

  #written(writes: readonly Write[], atMs: number, isThere: (nodeId: string) => boolean): Problem {
    for (const { store, op, args } of writes) {
      if (store !== vaultTable.name) continue;
      const { id, data = {} } = args as { readonly id: string; readonly data?: JsonObject };
      const before = this.rows.get(id);
      if (op === 'remove') {
        this.rows.delete(id);
        const problem = before && removedEarly(before, atMs, isThere);
        if (problem !== undefined) return problem;
        continue;
      }
      const row = { ...before, ...data, id } as VaultRow;
      this.rows.set(id, row);
      if (row.lifted && before?.lifted !== true)
        this.#lifts.set(row.nodeId, (this.#lifts.get(row.nodeId) ?? 0) + 1);
    }
    return undefined;
  }

  #held(turn: TurnCommit, atMs: number): Problem {
    const { address, history } = turn;
    const { key } = address;
    const until = history.map(({ line }) => (line as JsonObject)['until']).find(isText);
    const held =
      until === undefined ? undefined : { untilMs: parseIsoTime(until) ?? 0, tried: false };
    // One turn may take the hold and its end: then the try follows the hold.
    const isFirst = held !== undefined && !this.#waiting.has(key);
    if (isFirst) this.#waiting.set(key, held);
    const problem = sentIn(turn).some(({ properties }) => properties.type === 'delete')
      ? this.#tries(key, atMs)
      : undefined;
    if (held !== undefined && !isFirst) this.#waiting.set(key, held);
    const endMs = giveUpAtMs(turn);
    if (endMs !== undefined) this.#giveUps.set(key, endMs);
    const reason = history.map(({ line }) => (line as JsonObject)['reason']).find(isText) ?? '';
    const leftMs = (this.#giveUps.get(key) ?? Number.POSITIVE_INFINITY) - atMs;
    return problem ?? givenUpInSilence(key, reason, leftMs);
  }

  #tries(nodeId: string, atMs: number): Problem {
    const waiting = this.#waiting.get(nodeId);
    if (waiting === undefined) return `the deletion of ${nodeId} is tried and was not held`;
    this.#waiting.set(nodeId, { ...waiting, tried: true });
    if (waiting.tried || atMs >= waiting.untilMs) return undefined;
    const lifts = this.#lifts.get(nodeId) ?? 0;
    if (lifts === 0)
      return `the deletion of ${nodeId} is tried ${waiting.untilMs - atMs} ms before its hold ends`;
    this.#lifts.set(nodeId, lifts - 1);
    return undefined;
  }
}

/** Silence is no refusal: without one, a held deletion is given up at the end of its waiting only. */
function givenUpInSilence(nodeId: string, reason: string, leftMs: number): Problem {
  const isSilence = /is silent|cannot be reached/.test(reason);
  return isSilence && !/says no|cancelled it/.test(reason) && leftMs > 0
    ? `the deletion of ${nodeId} is given up although nobody refuses it: ${reason}`
    : undefined;
}

/** When the waiting ends at the latest. */
function giveUpAtMs({ record }: TurnCommit): number | undefined {
  const { root } = (record?.family ?? {}) as { root?: { context: { held?: HoldDeletion } } };
  return root?.context.held?.giveUpAtMs ?? undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function removedEarly(
  { id, kind, nodeId, until }: VaultRow,
  atMs: number,
  isThere: (nodeId: string) => boolean,
): Problem {
  if (kind === 'hold') return undefined;
  if (isThere(nodeId)) return `the document ${id} is removed, and ${nodeId} is there`;
  const leftMs = (parseIsoTime(until) ?? 0) - atMs;
  return leftMs > 0 ? `the document ${id} is removed ${leftMs} ms before its end` : undefined;
}
