/** The time of the process, counted on by the page between two answers. */
import { useEffect, useState } from 'preact/hooks';

const everyMs = 500;

/** `nowMs`: the time of the process when it answered. */
export function useClock(nowMs: number): number {
  const [passedMs, setPassedMs] = useState(0);
  useEffect(() => {
    const begin = performance.now();
    setPassedMs(0);
    const timer = setInterval(() => setPassedMs(performance.now() - begin), everyMs);
    return () => clearInterval(timer);
  }, [nowMs]);
  return nowMs + passedMs;
}
