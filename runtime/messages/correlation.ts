/**
 * Correlation ids that only the processes of one journal can compute. The correlation id of a
 * question is an HMAC of its message id under the secret of the journal.
 *
 * Invariants:
 * - Same id again: a question that is sent again, by any process of the journal, has the same
 *   correlation id.
 * - Not guessed: the message id of a question is made of names and numbers that others know. Without
 *   the secret nobody can answer a question that he has not seen.
 * - Sealed content: the correlation id of an internal message covers its action and data too. So
 *   the message proves that the service itself has sent it.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Json } from '../ports/json.ts';
import { contentDigest } from './content-digest.ts';
import { KeyedDigest } from './keyed-digest.ts';

/** Computes the correlation ids under one secret. */
export class Correlation {
  readonly #digest: KeyedDigest;

  constructor(secret: string) {
    this.#digest = new KeyedDigest(secret);
  }

  /** The correlation id of a question: 256 bits in base64url. */
  ofQuestion(messageId: string): string {
    return this.#code(['question', messageId]);
  }

  /** The correlation id of a message that the service sends to itself. */
  ofInternal(messageId: string, action: string, data: Json): string {
    return this.#code(['internal', messageId, contentDigest(action, data)]);
  }

  /** Whether a message with this correlation id is an internal message of this journal. */
  isInternal(
    { messageId, correlationId }: { readonly messageId?: string; readonly correlationId?: string },
    action: string,
    data: Json,
  ): boolean {
    if (messageId === undefined || correlationId === undefined) return false;
    const found = Buffer.from(correlationId);
    const expected = Buffer.from(this.ofInternal(messageId, action, data));
    return found.length === expected.length && timingSafeEqual(found, expected);
  }

  #code(parts: readonly string[]): string {
    return this.#digest.of(JSON.stringify(parts));
  }
}
