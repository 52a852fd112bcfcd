/**
 * The name under which a message creates, lists or deletes cards. Pure.
 *
 * A header is believed as it came. So the header counts only behind a gateway that sets the header
 * and lets no other sender reach the queues of the service, or when the runtime has checked the
 * caller's signature (`trust.callers`).
 */

import type { Headers } from '../../runtime/ports/envelope.ts';
import { Refused } from '../../runtime/ports/errors.ts';

/** `header`: the key `owner_header` of the config; `claimed`: the `owner` of the body. */
export function callerOf(
  headers: Headers,
  claimed: string | undefined,
  header: string | null,
): string | undefined {
  if (header === null) return claimed;
  const named = headers[header];
  return typeof named === 'string' && named !== '' ? named : undefined;
}

export function callerUnknown(header: string | null): Refused {
  return new Refused('not-permitted', `the message has no header '${header}' with its caller`, {
    at: '/headers',
  });
}
