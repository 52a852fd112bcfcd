/**
 * The messages and answers of the cards service. A burn is a message of the Korean seed's form on
 * the queue `mcard.single_burn`: `{"mcard_burn": {…}}`, with `request_id` in a header or beside
 * `mcard_burn`.
 */
import { type Static, Type } from 'typebox';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { transactionHash } from '../chain/messages.ts';
import { tokenSchema } from '../chain/token.ts';
import { operatorFields } from '../consent/operations.ts';
import { idSchema } from '../transactions/messages.ts';

const owner = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\p{Cc}\\p{Cs}]+$',
  description: 'Who may delete the card.',
});
const kind = Type.Enum(['db', 'erc']);
const url = Type.String({
  minLength: 1,
  maxLength: 4096,
  pattern: '^[A-Za-z][A-Za-z0-9+.-]*:[^\\p{Cc}\\p{Cs}]+$',
  description: 'Absolute.',
});

/** Answered `{"id"}` or `{"id": null, "error"}`. Without an id the card gets a new one. */
export const createSchema = Type.Object({
  id: Type.Optional(idSchema),
  owner,
  kind: Type.Optional(kind),
  token: Type.Optional(tokenSchema),
  transaction: Type.Optional(Type.Union([idSchema, Type.Null()])),
  metadata: Type.Optional(
    Type.Object({ must_be_deleted_files: Type.Optional(Type.Array(url, { maxItems: 1_000 })) }),
  ),
});
export type CreateCard = Static<typeof createSchema>;

/** Answered `{"data": [card]}`, without the unknown ids. */
export const readSchema = Type.Object({ id: Type.Union([idSchema, Type.Array(idSchema)]) });
export type ReadCards = Static<typeof readSchema>;

/** Answered `{"data": [card]}`, by id; the next page begins `after` the last id. */
export const listSchema = Type.Object({
  owner: Type.Optional(owner),
  state: Type.Optional(Type.Enum(['active', 'deleted'])),
  after: Type.Optional(idSchema),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
});
export type ListCards = Static<typeof listSchema>;

/**
 * Answered `{}`, `{"partly"?, "quarantined"?}` or `{"error"}`: with `sync` when the card is gone,
 * with `async` when the deletion is accepted.
 */
export const deleteSchema = Type.Object({
  id: idSchema,
  owner,
  mode: Type.Optional(Type.Enum(['sync', 'async'], { default: 'sync' })),
});
export type DeleteCard = Static<typeof deleteSchema>;

/**
 * Answered `{"id"}` of the active card: before the decision the card itself, after the decision a
 * new card with the old content and the files. Or `{"error"}`.
 */
export const undeleteSchema = Type.Object({ id: idSchema, owner });
export type UndeleteCard = Static<typeof undeleteSchema>;

/** Transaction and kind come from the card's row; the same members of the message are not used. */
export const burnSchema = Type.Object({ card: idSchema, owner });
export type BurnCard = Static<typeof burnSchema>;

/**
 * Carries an earlier deletion out again, after a restored backup. Answered `{}` or `{"partly"?,
 * "quarantined"?}` when the card is gone, `{"gone": true}` when the card was gone before, or
 * `{"error"}`.
 */
export const replaySchema = Type.Object(
  {
    id: idSchema,
    burn: Type.Optional(transactionHash),
    ...operatorFields,
  },
  { additionalProperties: false },
);
export type ReplayCard = Static<typeof replaySchema>;

/** Reads a body without an action. */
export function interpretCardBody(
  body: Json,
): { readonly action: string; readonly data: Json } | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const { mcard_burn: burn } = body as JsonObject;
  return burn === undefined ? undefined : { action: 'mcard_burn', data: burn };
}

export function burnBody(card: {
  readonly id: string;
  readonly owner: string;
  readonly transaction: string | null;
  readonly kind: string;
}): Json {
  return {
    mcard_burn: {
      card: card.id,
      owner: card.owner,
      transaction: card.transaction,
      kind: card.kind,
    },
  };
}
