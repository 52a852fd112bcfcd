/** The messages of a commit: those for the outbox, and those whose receivers had them at once. */
import type { OutboxRow, TurnCommit } from '../../../runtime/ports/journal-rows.ts';

type Sending = Pick<TurnCommit, 'outbox' | 'handedOver'>;

/** In the order in which the turn has sent them. */
export function sentIn({ outbox, handedOver = [] }: Sending): readonly OutboxRow[] {
  if (handedOver.length === 0) return outbox;
  return [...outbox, ...handedOver].sort((a, b) => (a.id < b.id ? -1 : 1));
}
