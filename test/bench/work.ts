/** Work done many times, and how quickly: the two ways in which the sides of a benchmark are timed. */
import type { Sample } from './contest.ts';

/** Calls a synchronous function `count` times; the value is calls per second. */
export function perSecond(count: number, work: (index: number) => void): Sample {
  const startMs = performance.now();
  for (let index = 0; index < count; index += 1) work(index);
  return { value: (count / (performance.now() - startMs)) * 1_000 };
}

/** Keeps `inFlight` of `count` calls under way; the value is calls per second, with the latency of each. */
export async function inFlight(count: number, window: number, work: (index: number) => Promise<unknown>): Promise<Sample> {
  const latenciesMs: number[] = [];
  let next = 0;
  const startMs = performance.now();
  const line = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const beganMs = performance.now();
      await work(index);
      latenciesMs.push(performance.now() - beganMs);
    }
  };
  await Promise.all(Array.from({ length: Math.min(window, count) }, line));
  return { value: (count / (performance.now() - startMs)) * 1_000, latenciesMs };
}
