/**
 * A message as a broker holds it. Nothing changes the object, so all queues of the message share
 * it.
 */
import type { MessageProperties } from '../../runtime/ports/envelope.ts';

export interface StoredMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
}
