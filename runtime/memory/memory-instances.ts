/** The heartbeats of processes, and the rows that dead processes held. */
import type { ActorAddress } from '../ports/address.ts';
import type { Beating, ProcessState } from '../ports/journal-processes.ts';
import type { Held } from './actor-rows.ts';

export class MemoryInstances {
  readonly #lastBeatMs = new Map<string, number>();
  readonly #states = new Map<string, ProcessState>();

  beat(instance: string, nowMs: number, state?: ProcessState): void {
    this.#lastBeatMs.set(instance, nowMs);
    if (state === undefined) this.#states.delete(instance);
    else this.#states.set(instance, state);
  }

  leave(instance: string): void {
    this.#lastBeatMs.delete(instance);
    this.#states.delete(instance);
  }

  /** By instance. */
  get all(): Beating[] {
    const newestMs = Math.max(...this.#lastBeatMs.values());
    return [...this.#lastBeatMs]
      .map(([instance, beatenAtMs]) => ({
        instance,
        beatenAtMs,
        quietMs: newestMs - beatenAtMs,
        state: this.#states.get(instance) ?? null,
      }))
      .sort((a, b) => (a.instance < b.instance ? -1 : 1));
  }

  /** Undefined for an instance that has left or has never beaten. */
  lastBeatMs(instance: string): number | undefined {
    return this.#lastBeatMs.get(instance);
  }

  /** An unknown instance is dead as well. */
  isDead(instance: string, deadBeforeMs: number): boolean {
    return (this.#lastBeatMs.get(instance) ?? Number.NEGATIVE_INFINITY) < deadBeforeMs;
  }

  /** `asking` is alive, although its last beat may be before `deadBeforeMs`. */
  forgetDead(deadBeforeMs: number, asking: string): void {
    for (const instance of [...this.#lastBeatMs.keys()])
      if (instance !== asking && this.isDead(instance, deadBeforeMs)) this.leave(instance);
  }

  /** The rows of these services that a dead instance other than `instance` holds. */
  orphans<Row extends { readonly address: ActorAddress }>(
    rows: Iterable<Held<Row>>,
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
  ): Held<Row>[] {
    const wanted = new Set(services);
    return [...rows].filter(
      (held) =>
        held.instance !== instance &&
        wanted.has(held.row.address.service) &&
        this.isDead(held.instance, deadBeforeMs),
    );
  }
}

/** Gives the rows to `instance`. */
export function adopted<Row>(instance: string, orphans: readonly Held<Row>[]): Row[] {
  return orphans.map((held) => {
    held.instance = instance;
    return held.row;
  });
}
