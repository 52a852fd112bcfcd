/** The messages and answers of the chains service. */
import { type Static, Type } from 'typebox';
import { idSchema } from '../transactions/messages.ts';
import { tokenSchema } from './token.ts';

const card = Type.Optional(
  Type.Union([idSchema, Type.Null()], { description: 'The card of the token.' }),
);

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

/** Asks whether the token could be burned now. Answered `{"response": "ok"}` or `{"error"}`. */
export const checkTokenSchema = Type.Object({ token: tokenSchema, card });
export type CheckToken = Static<typeof checkTokenSchema>;
