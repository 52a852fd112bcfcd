/**
 * The header `Idempotency-Key`: the id of the message behind a request.
 *
 * - same-message: a request that comes again under its key is the same message, and gets the answer
 *   of the first.
 * - place-known: the identity of a request follows from the id of its message, so the place of its
 *   saga can be named before any service has answered.
 */
import { ownedIdentity } from '../../runtime/ports/identity.ts';
import type { Caller } from './caller.ts';
import type { Entity } from './entities.ts';
import { ProblemError, plainProblem } from './problem.ts';

/** The sender of all messages of HTTP. */
export const sender = 'http';

const keyForm = /^[\x21-\x7e]{1,200}$/;

/** The key without the quotes of a structured header; undefined without a key. */
export function idempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = String(header);
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text;
  if (keyForm.test(key)) return key;
  const allowed = '1 to 200 printable characters of ASCII without spaces';
  throw new ProblemError(
    plainProblem(400, `found the Idempotency-Key ${JSON.stringify(text)}; allowed: ${allowed}`),
  );
}

/** The id of the message under a key. Keys of different callers are different ids. */
export function messageIdOf(key: string, caller: Caller | null): string {
  return caller === null ? key : ownedIdentity(key, caller.name);
}

/** The identity of a request that went through the gateway of the entity. */
export function requestIdentity({ service }: Entity, messageId: string): string {
  return ownedIdentity(ownedIdentity(messageId, sender), service);
}
