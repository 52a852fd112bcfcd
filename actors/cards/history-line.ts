/** The form of every line that a deletion writes into the history, under the card's id. */
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { DeletionContext } from './card-deletion.ts';

export function line(
  { card: { id, transaction } }: Pick<DeletionContext, 'card'>,
  what: string,
  more: JsonObject = {},
) {
  return {
    topic: id,
    line: { what, card: id, ...(transaction === null ? {} : { transaction }), ...more },
  };
}
