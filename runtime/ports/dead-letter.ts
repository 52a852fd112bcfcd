/**
 * A message nobody handled, and the port to the place where such messages lie until someone drops them or has them handled after all.
 *
 * 1. The same message buried again is one letter with a higher count; it keeps its id and when it came first.
 * 2. A letter that is to be handled again is marked. Whoever runs its service takes it, and the letter goes when it was handled. One that
 *    is buried again meanwhile has another count and stays, without the mark. So at every moment it lies here or has been handled.
 * 3. What a dead instance had taken is taken by another.
 */
import { createHash } from 'node:crypto';
import type { MessageProperties } from './envelope.ts';

/** What came to nothing: a message, a timer, the result of an activity, or a question nobody could be reached with. */
export type DeadLetterKind = 'message' | 'timer' | 'activity' | 'unroutable';

/** What could not be handled, as it came. */
export interface UnhandledMessage {
  readonly service: string;
  readonly kind: DeadLetterKind;
  /** The queue it came from; `''` when from none. */
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: MessageProperties;
  /** The body as it came, base64. */
  readonly body: string;
}

/** On its way to the dead letters. */
export interface DeadLetter extends UnhandledMessage {
  readonly id: string;
  readonly reason: string;
  readonly stack?: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** As it lies there; reason and stack are those of the last time. */
export interface StoredDeadLetter extends Omit<DeadLetter, 'atMs'> {
  /** Milliseconds since the epoch. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly count: number;
  /** Someone wants it handled again, and it has not been yet. */
  readonly replayRequested: boolean;
}

/** Which letters: these, or all of a service. */
export type DeadLetterSelection =
  | { readonly ids: readonly string[] }
  | { readonly service: string };

export interface DeadLetterList {
  addDeadLetter(deadLetter: DeadLetter): Promise<void>;
  /** Newest first. */
  deadLetters(services: readonly string[], limit: number): Promise<readonly StoredDeadLetter[]>;
  deadLetter(id: string): Promise<StoredDeadLetter | undefined>;
  /** Marks them to be handled again; says how many there were. */
  requestReplay(selection: DeadLetterSelection, atMs: number): Promise<number>;
  /** Forgets them; says how many there were. */
  dropDeadLetters(selection: DeadLetterSelection): Promise<number>;
  /**
   * Marked letters of these services that nobody has taken, or whose taker has not beaten since `deadBeforeMs`: they are `instance`'s
   * from now on. In the order in which they were marked, at most `limit`.
   */
  takeReplays(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<readonly StoredDeadLetter[]>;
  /** These were handled: they go, unless they were buried again since they were taken. */
  endReplays(deadLetters: readonly Pick<StoredDeadLetter, 'id' | 'count'>[]): Promise<void>;
}

/** What tells one message of a service from another. A message without an id is known by its asker's, else by its content. */
export function deadLetterIdentity({ kind, properties, body }: UnhandledMessage): string {
  const { messageId, replyTo, correlationId } = properties;
  if (messageId !== undefined && messageId !== '') return `${kind} ${messageId}`;
  if (replyTo !== undefined && correlationId !== undefined)
    return `${kind} ${replyTo} ${correlationId}`;
  return `${kind} sha256:${createHash('sha256').update(body).digest('hex')}`;
}
