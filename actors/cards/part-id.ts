/** The ids of the parts of a card's deletion. */
import { identityOf } from '../../runtime/ports/identity.ts';
import type { DeletionContext } from './card-deletion.ts';

/** The id of a message, file or token of this deletion, the same on every resend. */
export function partId(
  { service, card, life }: DeletionContext,
  ...part: readonly string[]
): string {
  return identityOf(service, card.id, life, ...part);
}
