/**
 * A timer that is set again and again. At most one call of the clock is pending, at the earliest
 * time that was set. The timer keeps no process alive, as a real broker keeps no client alive.
 */
import type { Clock } from '../../runtime/ports/clock.ts';

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #atMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `atMs`, or earlier if an earlier time is already set. */
  set(atMs: number): void {
    if (atMs >= this.#atMs) return;
    this.clear();
    this.#atMs = atMs;
    const ring = (): void => {
      this.#atMs = Number.POSITIVE_INFINITY;
      this.#cancel = undefined;
      this.#ring();
    };
    this.#cancel = this.#clock.after(Math.max(0, atMs - this.#clock.now()), ring, 'background');
  }

  clear(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
