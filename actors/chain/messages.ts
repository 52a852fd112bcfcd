/** The messages and answers of the chains service. */
import { type Static, Type } from 'typebox';
import { idSchema } from '../transactions/messages.ts';
import { tokenSchema } from './token.ts';

const card = Type.Optional(
  Type.Union([idSchema, Type.Null()], { description: 'The card of the token.' }),
);

export const transactionHash = Type.String({
  pattern: '^0x[0-9a-fA-F]{64}$',
  description: 'The hash of a transaction of the chain.',
});

/**
 * Burns a token. The same id is the same burn, however often the request comes. Answered
 * `{"response": "ok", "burn": {"id", "hash", "block"}}` when the burn is final, or `{"error"}`.
 */
export const burnTokenSchema = Type.Object({
  id: Type.String({ pattern: '^[!-~]+$', maxLength: 300 }),
  token: tokenSchema,
  card,
});
export type BurnToken = Static<typeof burnTokenSchema>;

/**
 * Asks whether the token could be burned now, or with `burned`, whether the transaction has burned
 * the token for good. Answered `{"response": "ok"}` or `{"error"}`.
 */
export const checkTokenSchema = Type.Object({
  token: tokenSchema,
  card,
  burned: Type.Optional(transactionHash),
});
export type CheckToken = Static<typeof checkTokenSchema>;
