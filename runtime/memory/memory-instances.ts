/** The heartbeats of processes, and the rows that dead processes held. */
import type { ActorAddress } from '../ports/address.ts';
import type { Held } from './actor-rows.ts';

export class MemoryInstances {
  readonly #lastBeatMs = new Map<string, number>();

  beat(instance: string, nowMs: number): void {
    this.#lastBeatMs.set(instance, nowMs);
  }

  leave(instance: string): void {
    this.#lastBeatMs.delete(instance);
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
      if (instance !== asking && this.isDead(instance, deadBeforeMs))
        this.#lastBeatMs.delete(instance);
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
