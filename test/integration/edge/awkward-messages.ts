/** The messages of the awkward machine. */
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';

/** The data of a message may be anything: the routes have no schema. */
export type Data = {
  readonly id: string;
  readonly tag: string;
  readonly secret: string;
  readonly place?: string;
  readonly kind?: string;
};
export type Event = MessageEvent<Data>;
