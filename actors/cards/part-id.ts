/** The ids of the parts of a card's deletion. */
import { identityOf } from '../../runtime/ports/identity.ts';
import type { DeletionContext } from './card-deletion.ts';

/** The id of a message of this deletion: the same on every resend, and of no other deletion. */
export function partId(
  { service, card, life }: DeletionContext,
  ...part: readonly string[]
): string {
  return identityOf(service, card.id, life, ...part);
}
