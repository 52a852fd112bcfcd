/**
 * Messages on their way out in the form of dead letters, and back: a question that nobody takes, and
 * a message that can never be published.
 *
 * Boundary: pure functions. The body of such a dead letter is the outbox row.
 *
 * Invariants:
 * - Storable: a row that is no JSON is kept without its body and its properties, except its id.
 */
import type { StoredDeadLetter, UnhandledMessage } from '../ports/dead-letter.ts';
import type { OutboxRow } from '../ports/journal-rows.ts';
import { base64Json } from './codec.ts';

/** A question that came back. Its asker is told again when the dead letter is replayed. */
export function unroutableMessage(row: OutboxRow, identity: string): UnhandledMessage {
  return outgoing('unroutable', { ...row.properties, messageId: identity }, row);
}

/** A message that can never be published. It is published again when the dead letter is replayed. */
export function unpublishableMessage(row: OutboxRow): UnhandledMessage {
  const { messageId = row.id } = row.properties;
  try {
    return outgoing('unpublishable', { ...row.properties, messageId }, row);
  } catch {
    const properties = { messageId, persistent: true };
    return outgoing('unpublishable', properties, { ...row, properties, body: null });
  }
}

/** The row in a dead letter of this file. */
export function outgoingRow({ body }: Pick<StoredDeadLetter, 'body'>): OutboxRow {
  return JSON.parse(Buffer.from(body, 'base64').toString('utf8'));
}

function outgoing(
  kind: 'unroutable' | 'unpublishable',
  properties: UnhandledMessage['properties'],
  row: OutboxRow,
): UnhandledMessage {
  const { exchange, routingKey, address } = row;
  const { service } = address;
  return { service, kind, queue: '', exchange, routingKey, properties, body: base64Json(row) };
}
