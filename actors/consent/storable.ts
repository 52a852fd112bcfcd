/**
 * Text that PostgreSQL cannot store: NUL, and half a surrogate pair. Every adapter refuses such a
 * text, so that all adapters take the same input.
 */
import { Refused } from '../../runtime/ports/errors.ts';

/** Whether PostgreSQL can store the text, as text and inside JSON. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** @throws Refused bad-message */
export function refuseUnstorable(texts: readonly string[]): void {
  const text = texts.find((one) => !isStorable(one));
  if (text !== undefined)
    throw new Refused(
      'bad-message',
      `${JSON.stringify(text)} holds characters that cannot be stored`,
    );
}
