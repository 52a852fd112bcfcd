/**
 * The dead letter of a message: its headers, and the queues that must not take the dead letter.
 *
 * - `x-death` has one entry for each queue and reason, with a count; the newest entry stands first.
 *   `x-first-death-*` never change.
 * - The time to live moves from the properties to `x-death`. Otherwise the dead letter would expire
 *   at once.
 * - A dead letter never returns to an earlier queue of its way, unless a consumer has rejected the
 *   message on the way. A cycle without a consumer would never end.
 */
import type { Headers, HeaderValue, MessageProperties } from '../../runtime/ports/envelope.ts';
import type { StoredMessage } from './stored-message.ts';

export type DeathReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

export interface Death {
  readonly queue: string;
  readonly reason: DeathReason;
  readonly atMs: number;
  /** Publish to this exchange … */
  readonly exchange: string;
  /** … under this key. Undefined: under the key of the message. */
  readonly routingKey: string | undefined;
}

type DeathEntry = Readonly<Record<string, HeaderValue>>;

function isEntry(value: HeaderValue): value is { [key: string]: HeaderValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function deathsOf(headers: Headers | undefined): readonly DeathEntry[] {
  const deaths = headers?.['x-death'];
  return Array.isArray(deaths) ? deaths.filter(isEntry) : [];
}

function newEntry(message: StoredMessage, death: Death): DeathEntry {
  const expirationMs = message.properties.expirationMs;
  return {
    count: 1,
    reason: death.reason,
    queue: death.queue,
    time: Math.floor(death.atMs / 1000) * 1000,
    exchange: message.exchange,
    'routing-keys': [message.routingKey],
    ...(expirationMs === undefined ? {} : { 'original-expiration': String(expirationMs) }),
  };
}

function deathsWith(message: StoredMessage, death: Death): DeathEntry[] {
  const deaths = deathsOf(message.properties.headers);
  const known = deaths.find(
    (entry) => entry['queue'] === death.queue && entry['reason'] === death.reason,
  );
  if (known === undefined) return [newEntry(message, death), ...deaths];
  return [
    { ...known, count: Number(known['count']) + 1 },
    ...deaths.filter((entry) => entry !== known),
  ];
}

function headersAfter(message: StoredMessage, death: Death): Headers {
  const headers = message.properties.headers ?? {};
  const first =
    headers['x-death'] === undefined
      ? {
          'x-first-death-reason': death.reason,
          'x-first-death-queue': death.queue,
          'x-first-death-exchange': message.exchange,
        }
      : {};
  return { ...headers, ...first, 'x-death': deathsWith(message, death) };
}

/** The form in which the message is published to the dead-letter exchange. */
export function deadLetter(message: StoredMessage, death: Death): StoredMessage {
  const { expirationMs: _, ...properties } = message.properties;
  const next: MessageProperties = { ...properties, headers: headersAfter(message, death) };
  return {
    exchange: death.exchange,
    routingKey: death.routingKey ?? message.routingKey,
    properties: next,
    body: message.body,
  };
}

/** Whether the dead letter would run in a circle through `queue`. */
export function wouldCycle(dead: StoredMessage, queue: string, reason: DeathReason): boolean {
  if (reason === 'rejected') return false;
  const deaths = deathsOf(dead.properties.headers);
  const earlier = deaths.findIndex((entry) => entry['queue'] === queue);
  return (
    earlier !== -1 && deaths.slice(0, earlier + 1).every((entry) => entry['reason'] !== 'rejected')
  );
}
