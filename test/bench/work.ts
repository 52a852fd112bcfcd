/** Work done many times, and how quickly: the ways in which the sides of a benchmark are timed. */
import type { Sample } from './contest.ts';

/** Calls a synchronous function `count` times; the value is calls per second. */
export function perSecond(count: number, work: (index: number) => void): Sample {
  const startMs = performance.now();
  for (let index = 0; index < count; index += 1) work(index);
  return { value: (count / (performance.now() - startMs)) * 1_000 };
}

/** Keeps `inFlight` of `count` calls under way; the value is calls per second, with the latency of each. */
export async function inFlight(
  count: number,
  window: number,
  work: (index: number) => Promise<unknown>,
): Promise<Sample> {
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

/** Does it `count` times, one after the other; the value is milliseconds a time. What is prepared is not timed. */
export async function oneByOne<T>(
  count: number,
  prepare: () => Promise<T>,
  work: (prepared: T) => Promise<unknown>,
): Promise<Sample> {
  const latenciesMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const prepared = await prepare();
    const beganMs = performance.now();
    await work(prepared);
    latenciesMs.push(performance.now() - beganMs);
  }
  return { value: latenciesMs.reduce((sum, ms) => sum + ms, 0) / count, latenciesMs };
}
