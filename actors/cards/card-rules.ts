/**
 * Who may create and who may delete a card, and what an answer of the transactions service means. Pure.
 *
 * 1. Only its owner deletes a card; a refusal names the card and never the owner. That holds for a card that is gone as well.
 * 2. A card on a chain is neither made nor deleted here: burning it is not supported.
 * 3. After state `deleted` was shown there is no way back: questions are asked again for ever, at first soon, then once a minute.
 */
import { Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { CreateCard } from './messages.ts';
import type { Card, CardKind, CardLookup } from './store.ts';

export type DeletionVerdict =
  | { readonly kind: 'admitted'; readonly card: Card }
  /** It was deleted before. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly error: Refused };

export function judgeDeletion(
  { card, tombstone }: CardLookup,
  id: string,
  by: string,
): DeletionVerdict {
  const known = card ?? tombstone;
  if (known === null)
    return refused(new Refused('not-found', `there is no card '${id}'`, { at: '/data/id' }));
  if (known.owner !== by)
    return refused(
      new Refused('not-permitted', `only the owner of the card '${id}' may delete it`, {
        at: '/data/owner',
      }),
    );
  if (card === null) return { kind: 'gone' };
  if (card.kind !== 'db') return refused(kindNotSupported(card.kind));
  return { kind: 'admitted', card };
}

function refused(error: Refused): DeletionVerdict {
  return { kind: 'refused', error };
}

function kindNotSupported(kind: CardKind): Refused {
  return new Refused(
    'not-supported',
    `cards of the kind '${kind}' are not supported: burning a token is not`,
    { at: '/data/kind' },
  );
}

/** Text no database keeps: U+0000 and half a surrogate pair, as JSON writes them. */
const unstorable = /(?:^|[^\\])(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

export function creationRefusal({ kind = 'db', metadata = {} }: CreateCard): Refused | undefined {
  if (kind !== 'db') return kindNotSupported(kind);
  if (!unstorable.test(JSON.stringify(metadata))) return undefined;
  return new Refused('bad-message', 'the metadata hold a character that cannot be stored', {
    at: '/data/metadata',
  });
}

/** Why the transactions service did not do as asked; undefined: it did. */
export function transactionRefusal(answer: Json): JsonObject | undefined {
  if (answer === 'ok' || answer === true) return undefined;
  const body =
    typeof answer === 'object' && answer !== null && !Array.isArray(answer)
      ? (answer as JsonObject)
      : {};
  if (body['response'] === 'ok') return undefined;
  const { error } = body;
  if (typeof error === 'object' && error !== null && !Array.isArray(error))
    return error as JsonObject;
  return { code: 409, name: 'refused', message: String(body['message'] ?? JSON.stringify(answer)) };
}

const resendDelaysMs = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000] as const;

/** How long to wait for an answer before asking again; `attempt` is 0 for the first wait. */
export function resendDelayMs(attempt: number): number {
  return resendDelaysMs[attempt] ?? 60_000;
}
