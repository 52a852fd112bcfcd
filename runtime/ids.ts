/**
 * The port for identifiers. Ids are UUIDv7 (RFC 9562), so they sort by the time they were made; within one process
 * each is greater than the one before.
 */
import { v7 } from 'uuid';
import type { Clock } from './clock.ts';

/** Gives a new UUIDv7 at every call. */
export interface Ids {
  next(): string;
}

/** UUIDv7 takes its random part from sixteen bytes. */
const drawBytes = 16;
/** Asking the system costs as much as the rest of an id: it is asked for many at once. */
const blockBytes = 256 * drawBytes;

/** Ids from a clock and the system's randomness. */
export function systemIds(clock: Clock): Ids {
  const draw = systemRandomness();
  let lastMs = 0;
  let sequence = 0;
  return {
    next() {
      const nowMs = Math.max(clock.now(), lastMs);
      sequence = nowMs === lastMs ? sequence + 1 : 0;
      lastMs = nowMs;
      return v7({ msecs: nowMs, seq: sequence, random: draw() });
    },
  };
}

/** Sixteen bytes at a time, none given twice. */
function systemRandomness(): () => Uint8Array {
  const block = new Uint8Array(blockBytes);
  let next = blockBytes;
  return () => {
    if (next === blockBytes) {
      crypto.getRandomValues(block);
      next = 0;
    }
    next += drawBytes;
    return block.subarray(next - drawBytes, next);
  };
}
