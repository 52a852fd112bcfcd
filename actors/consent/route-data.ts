/** The data of a message, typed by the schema of its route. */
import type { Static, TSchema } from 'typebox';
import type { IncomingMessage, Target } from '../../runtime/messages/service-definition.ts';

/**
 * The runtime has checked the data by the route's schema before any function of the route gets the
 * message.
 */
export function dataOf<Schema extends TSchema>(
  _schema: Schema,
  { data }: Pick<IncomingMessage, 'data'>,
): Static<Schema> {
  return data as Static<Schema>;
}

/** A new actor for each message; a message with an identity has the same actor on every delivery. */
export function byIdentity(message: IncomingMessage, newId: string): Target {
  return { key: message.identity ?? newId };
}
