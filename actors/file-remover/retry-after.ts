/** The header `Retry-After`: seconds, or a time that is compared with the answer's own `Date`. */
import type { HttpAnswer } from '../outside/http-exchange.ts';

const delayMaxMs = 3_600_000;

/** Milliseconds, from a second to an hour; undefined without a header that can be read. */
export function retryAfterMs({ header }: Pick<HttpAnswer, 'header'>): number | undefined {
  const text = header('retry-after')?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text)
    ? Number(text) * 1_000
    : Date.parse(text) - Date.parse(header('date') ?? '');
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 1_000), delayMaxMs);
}
