/** A message as a broker holds it. Nothing changes it, so all queues that have the message share it. */
import type { MessageProperties } from '../../runtime/ports/envelope.ts';

export interface StoredMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
}
