/**
 * The rules for the messages of owners to a voter: the exchanges of the messages, and the services
 * in whose name an owner speaks.
 */
import type { IncomingMessage } from '../../runtime/messages/service-definition.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { ConsentSettings } from '../consent/settings.ts';

/**
 * Refuses a message from an exchange of no owner: the service could not ask the owner about the
 * message.
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

/** The owners of the exchange where the config has names, else the sender's own claim. */
export function ownersOf(
  { exchange, from }: IncomingMessage,
  { upstreams }: ConsentSettings,
): readonly string[] {
  const owners = upstreams.flatMap(({ exchange: through, owner: { of = [] } }) =>
    through === exchange ? of : [],
  );
  return owners.length > 0 || from === null ? [...new Set(owners)] : [from];
}
