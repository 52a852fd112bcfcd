/**
 * The rules for the messages of owners to a voter: the exchanges through which a message may come,
 * and the services for which its sender speaks.
 */
import type { IncomingMessage } from '../../runtime/messages/service-definition.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { ConsentSettings } from '../consent/settings.ts';

/**
 * Refuses a message from an exchange of no owner, because the service could not send the owner an
 * inquiry about the message.
 */
export function checkExchange(
  { action, exchange }: IncomingMessage,
  { service, upstreams }: ConsentSettings,
): void {
  if (upstreams.some((upstream) => upstream.exchange === exchange)) return;
  const known = [...new Set(upstreams.map((upstream) => upstream.exchange))].join(', ');
  throw new Refused(
    'not-permitted',
    `${service} takes '${action}' through the exchanges of its owners: ${known || 'none'}; found '${exchange}'`,
  );
}

/**
 * The owners that the config names for the exchange; where the config names none, the service that
 * the message says it comes from.
 */
export function ownersOf(
  { exchange, from }: IncomingMessage,
  { upstreams }: ConsentSettings,
): readonly string[] {
  const owners = upstreams.flatMap(({ exchange: through, owner: { of = [] } }) =>
    through === exchange ? of : [],
  );
  return owners.length > 0 || from === null ? [...new Set(owners)] : [from];
}
