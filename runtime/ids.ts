/**
 * The port for identifiers. Ids are UUIDv7 (RFC 9562), so they sort by the time they were made; within one process
 * each is greater than the one before.
 */
import { v7 } from 'uuid';
import type { Clock } from './clock.ts';

export interface Ids {
  next(): string;
}

/** Ids from a clock and the system's randomness. */
export function systemIds(clock: Clock): Ids {
  let lastMs = 0;
  let sequence = 0;
  return {
    next() {
      const nowMs = Math.max(clock.now(), lastMs);
      sequence = nowMs === lastMs ? sequence + 1 : 0;
      lastMs = nowMs;
      return v7({ msecs: nowMs, seq: sequence });
    },
  };
}
