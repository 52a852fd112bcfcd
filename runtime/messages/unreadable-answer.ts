/**
 * An answer that a service cannot read: larger than the service takes, or no JSON. The asker gets
 * this error in place of the answer, so its question does not wait until the deadline.
 */
import type { Limits } from '../../config/exchange-config.ts';
import { Refused } from '../ports/errors.ts';
import type { BodyLimits } from './codec.ts';

/**
 * The limits of an answer. They are wider than the limits of a message, because a service has asked
 * for the answer.
 */
export function answerLimits({ answerBytes, depth, answerKeys }: Limits): BodyLimits {
  return { bodyBytes: answerBytes, depth, keys: answerKeys };
}

/** `from`: the sender, where the answer names the sender. */
export function unreadableAnswer(cause: Refused, from: string | null): Refused {
  const answer = from === null ? 'an answer' : `the answer of ${from}`;
  return cause.code === 'body-too-large'
    ? new Refused(
        'answer-too-large',
        `${answer} is too large: ${cause.message} by limits.answer_bytes and limits.answer_keys`,
        { cause },
      )
    : new Refused('bad-answer', `${answer} cannot be read: ${cause.message}`, { cause });
}
