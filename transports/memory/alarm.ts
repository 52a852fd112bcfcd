/**
 * One timer that is set again and again: at most one is pending, at the earliest time asked for. What a broker has still to do keeps no
 * process alive: a real one is none of its clients.
 */
import type { Clock } from '../../runtime/ports/clock.ts';

export class Alarm {
  private readonly clock: Clock;
  private readonly ring: () => void;
  private atMs = Number.POSITIVE_INFINITY;
  private cancel: (() => void) | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.clock = clock;
    this.ring = ring;
  }

  /** Rings at `atMs`, or earlier if an earlier time is already set. */
  set(atMs: number): void {
    if (atMs >= this.atMs) return;
    this.clear();
    this.atMs = atMs;
    const ring = (): void => {
      this.atMs = Number.POSITIVE_INFINITY;
      this.cancel = undefined;
      this.ring();
    };
    this.cancel = this.clock.after(Math.max(0, atMs - this.clock.now()), ring, 'background');
  }

  clear(): void {
    if (this.cancel === undefined) return;
    this.cancel();
    this.cancel = undefined;
    this.atMs = Number.POSITIVE_INFINITY;
  }
}
