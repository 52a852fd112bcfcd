/**
 * A message as a broker holds it. Nothing changes the message, so all its queues share the same
 * object.
 */
import type { MessageProperties } from '../../runtime/ports/envelope.ts';

export interface StoredMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
}
