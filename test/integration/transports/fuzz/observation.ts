/** What can be seen of a broker after a step; two brokers agree when they are seen to do the same. */
import type { Headers, HeaderValue } from '../../../../runtime/ports/envelope.ts';

export interface Observation {
  /** What the operation answered: `ok`, an outcome per message, or code and reason of the refusal. */
  readonly result: string;
  /** By slot: every delivery since the script began, as text, and `cancelled` when the broker ended the subscription. */
  readonly received: readonly (readonly string[])[];
  /** By queue: `ready messages/consumers`, or `none` when there is no such queue. */
  readonly queues: Readonly<Record<string, string>>;
}

export interface Seen {
  readonly body: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  readonly headers: Headers | undefined;
}

/** The time of a death is the one thing that may differ. */
function withoutTimes(value: HeaderValue): HeaderValue {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== 'time');
  return Object.fromEntries(
    entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, withoutTimes(inner)]),
  );
}

export function deliveryText({
  body,
  exchange,
  routingKey,
  redelivered,
  headers = {},
}: Seen): string {
  const again = redelivered ? ' again' : '';
  return `${body}${again} through '${exchange}' under '${routingKey}' ${JSON.stringify(withoutTimes({ ...headers }))}`;
}
