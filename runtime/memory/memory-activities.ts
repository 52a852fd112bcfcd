/**
 * The activities of all actors in memory, oldest first, with the instances that hold them. The
 * activities of one actor also stand in its rows.
 */
import type { ActivityRow, TurnCommit } from '../ports/journal-rows.ts';
import type { ActorRows, Held, StoredActivity } from './actor-rows.ts';
import { adopted, type MemoryInstances } from './memory-instances.ts';

export class MemoryActivities {
  readonly #activities = new Set<Held<StoredActivity>>();
  readonly #instances: MemoryInstances;

  constructor(instances: MemoryInstances) {
    this.#instances = instances;
  }

  get size(): number {
    return this.#activities.size;
  }

  put(rows: ActorRows, { activities, activitiesEnded }: TurnCommit, instance: string): void {
    for (const row of activities) {
      const held: Held<StoredActivity> = { row, instance };
      rows.activities ??= new Map();
      rows.activities.set(row.token, held);
      this.#activities.add(held);
    }
    for (const token of activitiesEnded) {
      const held = rows.activities?.get(token);
      if (held !== undefined) this.#activities.delete(held);
      rows.activities?.delete(token);
    }
  }

  adopt(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): ActivityRow[] {
    const orphans = this.#instances.orphans(this.#activities, instance, services, deadBeforeMs);
    const taken = orphans.slice(0, limit);
    for (const held of taken) this.#countTry(held);
    return adopted(instance, taken).map(({ progressAtMs: _progressAtMs, ...row }) => row);
  }

  /** Counts the try that was under way when its process died. */
  #countTry(held: Held<StoredActivity>): void {
    const { attempt, notBeforeMs } = held.row;
    const lastBeatMs = this.#instances.lastBeatMs(held.instance);
    if (lastBeatMs === undefined || (attempt > 0 && notBeforeMs > lastBeatMs)) return;
    held.row = { ...held.row, attempt: attempt + 1 };
  }
}
