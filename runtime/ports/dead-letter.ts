/**
 * A dead letter is a message that nobody handled. This port keeps dead letters until an operator
 * drops or replays the dead letters.
 *
 * Invariants:
 * - One per message: a message that fails again is the same dead letter with a higher count. The
 *   dead letter keeps its id and its first moment.
 * - Handled or kept: an operator marks a dead letter to be handled again. A process that runs the
 *   service takes the dead letter, and deletes it after the message was handled. A dead letter that
 *   is added again meanwhile has another count and stays, without the mark. So at every moment a
 *   dead letter is either stored or handled.
 * - Taken over: dead letters that a dead instance had taken are taken by another.
 */
import { createHash } from 'node:crypto';
import type { Headers, MessageProperties } from './envelope.ts';
import { identityOf } from './identity.ts';
import type { JsonObject } from './json.ts';
import { traceField, traceIdIn } from './tracing.ts';

/**
 * The origin of a dead letter: a message, a timer, the result of an activity, a question that nobody
 * takes, or an outgoing message that can never be published.
 */
export type DeadLetterKind = 'message' | 'timer' | 'activity' | 'unroutable' | 'unpublishable';

/** A message that could not be handled, with its original bytes. */
export type UnhandledMessage = {
  readonly service: string;
  readonly kind: DeadLetterKind;
  /** The queue that the message came from; `''` when it came from none. */
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: MessageProperties;
  /** The bytes of the body, base64. */
  readonly body: string;
};

/** A message that has become a dead letter now. */
export type DeadLetter = UnhandledMessage & {
  readonly id: string;
  readonly reason: string;
  readonly stack?: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
};

/** A dead letter as it is stored. Reason and stack are those of the last time. */
export type StoredDeadLetter = Omit<DeadLetter, 'atMs'> & {
  /** Milliseconds since the epoch. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly count: number;
  /** An operator wants the message handled again, and that has not happened yet. */
  readonly replayRequested: boolean;
};

/** The header by which an edited dead letter names the dead letter that was edited. */
export const editOfHeader = 'dead-letter-edit-of';

/** Another text for a message. */
export type DeadLetterEdit = {
  readonly headers: Headers;
  /** The bytes of the body, base64. */
  readonly body: string;
};

/** Selects dead letters by id, or all of a service. */
export type DeadLetterSelection =
  | { readonly ids: readonly string[] }
  | { readonly service: string };

export interface DeadLetterList {
  addDeadLetter(deadLetter: DeadLetter): Promise<void>;
  /** Newest first. `'all'`: of every service, also of a service unknown to the code. */
  deadLetters(
    services: readonly string[] | 'all',
    limit: number,
  ): Promise<readonly StoredDeadLetter[]>;
  deadLetter(id: string): Promise<StoredDeadLetter | undefined>;
  /** Marks dead letters to be handled again. Resolves to their number. */
  requestReplay(selection: DeadLetterSelection, atMs: number): Promise<number>;
  /** Deletes dead letters. Resolves to their number. */
  dropDeadLetters(selection: DeadLetterSelection): Promise<number>;
  /**
   * Gives `instance` the marked dead letters of these services that no living instance has taken.
   * An instance without a heartbeat since `deadBeforeMs` counts as dead. In the order in which the
   * dead letters were marked, at most `limit`.
   */
  takeReplays(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): Promise<readonly StoredDeadLetter[]>;
  /**
   * Deletes dead letters that were handled, except those that were added again since they were
   * taken.
   */
  endReplays(deadLetters: readonly Pick<StoredDeadLetter, 'id' | 'count'>[]): Promise<void>;
}

/** The fields of the log line that tells of a dead letter. */
export function deadLetterFields({ service, kind, properties, reason }: DeadLetter): JsonObject {
  const trace = traceField(traceIdIn(properties.headers));
  return { service, kind, messageId: properties.messageId ?? null, reason, ...trace };
}

/**
 * Tells the messages of a service apart: by sender and user, content and message id; without a
 * message id, by reply address and correlation id in its place. A dead letter of another kind has
 * an id of the runtime's own: kind and id are enough.
 */
export function deadLetterIdentity({ kind, properties, body }: UnhandledMessage): string {
  const { messageId = '', replyTo = '', correlationId = '', appId = '', userId } = properties;
  if (kind !== 'message') return identityOf(kind, messageId);
  const claimed = messageId === '' ? [replyTo, correlationId] : [];
  const proven = userId === undefined ? [] : [{ userId }];
  const content = JSON.stringify([appId, body, ...claimed, ...proven]);
  return identityOf(kind, createHash('sha256').update(content).digest('base64url'), messageId);
}
