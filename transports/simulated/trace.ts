/**
 * The events between clients and broker, in order.
 *
 * - Comparable: the same seed and program give the same lines, so the hash of the lines tells
 *   whether two runs were the same.
 * - Moments: a publish is noted when the publish reaches the broker or is lost on the way, a delivery
 *   when its handler gets the delivery, an acknowledgement when the broker gets the acknowledgement.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { OutgoingMessage } from '../../runtime/ports/envelope.ts';

/** One event of the simulation. */
export interface TraceLine {
  /** Milliseconds since the trace began. */
  readonly atMs: number;
  /** The connection, service or broker of the event. */
  readonly who: string;
  readonly what:
    | 'connect'
    | 'lost'
    | 'publish'
    | 'deliver'
    | 'acknowledge'
    | 'stop'
    | 'start'
    | 'crash';
  readonly exchange: string;
  readonly routingKey: string;
  /** The action, if the properties of the message name the action. */
  readonly type: string;
  readonly messageId: string;
  /** Of the body. */
  readonly digest: string;
  /** Empty without a message. */
  readonly body: Uint8Array;
  /** The outcome of the event. For a delivery: the queue. */
  readonly outcome: string;
}

type Carried = Pick<OutgoingMessage, 'exchange' | 'routingKey' | 'properties' | 'body'>;

type About = Pick<TraceLine, 'exchange' | 'routingKey' | 'type' | 'messageId' | 'digest' | 'body'>;

const noMessage: About = {
  exchange: '',
  routingKey: '',
  type: '',
  messageId: '',
  digest: '',
  body: new Uint8Array(),
};

/** What has passed, in order; `hash` is the same for the same run. */
export class Trace {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #lines: TraceLine[] = [];
  /** Called with every line, at the time of the line. */
  onLine: (line: TraceLine) => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  get lines(): readonly TraceLine[] {
    return this.#lines;
  }

  /** One line a happening, for people. */
  get text(): string {
    return this.#lines.map(textOf).join('\n');
  }

  /** Sixteen hexadecimal digits; the same for the same lines, on every machine. */
  get hash(): string {
    return createHash('sha256').update(this.text).digest('hex').slice(0, 16);
  }

  note(who: string, what: TraceLine['what'], outcome: string, message?: Carried): void {
    const about = message === undefined ? noMessage : shown(message);
    const line = { atMs: this.#clock.now() - this.#startMs, who, what, ...about, outcome };
    this.#lines.push(line);
    this.onLine(line);
  }
}

function shown({ exchange, routingKey, properties, body }: Carried): About {
  const { type = '', messageId = '' } = properties;
  return { exchange, routingKey, type, messageId, digest: digestOf(body), body };
}

/** FNV-1a, 32 bits. */
function digestOf(body: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of body) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function textOf({
  atMs,
  who,
  what,
  exchange,
  routingKey,
  type,
  messageId,
  digest,
  outcome,
}: TraceLine): string {
  const place = digest === '' ? '' : `${exchange || '(default)'} → ${routingKey}`;
  return [`${atMs} ms`, who, what, place, type, messageId, digest, outcome]
    .filter((part) => part !== '')
    .join('  ');
}
