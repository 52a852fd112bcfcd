/**
 * The port for identifiers. Ids are UUIDv7 (RFC 9562), so they sort by the time at which they were
 * made. Within a process each id is greater than the id before.
 */
import { v7 } from 'uuid';
import type { Clock } from './clock.ts';

/** Gives a new UUIDv7 at every call. */
export interface Ids {
  next(): string;
}

/** Hexadecimal digits at the end of an id that are counted up. */
const countedDigits = 4;
const countMax = 16 ** countedDigits - 1;

/**
 * Ids from a clock and the system's random numbers. A whole id is drawn once a millisecond; later
 * ids of the same millisecond count up from it (RFC 9562 §6.2, method 2). A turn takes several ids,
 * and drawing each one anew costs six times as much.
 */
export function systemIds(clock: Clock): Ids {
  let lastMs = Number.NEGATIVE_INFINITY;
  let drawn = '';
  let count = 0;
  const draw = (nowMs: number): void => {
    const id = v7({ msecs: nowMs });
    lastMs = nowMs;
    drawn = id.slice(0, -countedDigits);
    // The count begins in the lower half, so there is room to count up.
    count = Number.parseInt(id.slice(-countedDigits), 16) >>> 1;
  };
  return {
    next() {
      const nowMs = clock.now();
      if (nowMs > lastMs) draw(nowMs);
      else if (count === countMax) draw(lastMs + 1);
      else count += 1;
      return drawn + count.toString(16).padStart(countedDigits, '0');
    },
  };
}
