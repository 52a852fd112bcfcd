/** Ids for what benchmarks make up; the product's own, so that they cost and sort alike on both sides. */
import { systemClock } from '../../runtime/ports/clock.ts';
import { systemIds } from '../../runtime/ports/ids.ts';

const ids = systemIds(systemClock);

export function benchId(): string {
  return ids.next();
}
