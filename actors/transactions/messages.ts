/**
 * The messages and answers of the transactions service. On the queue `transaction.process` a body
 * may be bare (`{"transaction", "state", "card"}`, as the Korean seed's publishers send it) or
 * `{"action": "process", "data": {…}}`.
 */
import { type Static, Type } from 'typebox';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Transaction, TransactionState } from './store.ts';

/** Addresses and card ids: printable ASCII, short enough to stand in a message id. */
export const idSchema = Type.String({ pattern: '^[!-~]+$', maxLength: 100 });
const cardId = Type.Optional(
  Type.Union([idSchema, Type.Null()], { description: 'The card the transaction is about.' }),
);
const wireState = Type.Enum(['PENDING', 'DELETE', 'confirmed', 'CONFIRMED', 'failed', 'FAILED']);

/** Brings the transaction into a state. Answered `{"response": "ok"}` or `{"error"}`. */
export const processSchema = Type.Object({
  transaction: idSchema,
  state: wireState,
  card: cardId,
  reason: Type.Optional(
    Type.String({
      maxLength: 1_000,
      pattern: '^[^\\p{Cc}\\p{Cs}]*$',
      description: 'Of a failure.',
    }),
  ),
});
export type ProcessTransaction = Static<typeof processSchema>;

/** Tells the callback of the config. Answered `{"response": "ok"}` before the callback is told. */
export const callbackSchema = Type.Object({
  transaction: idSchema,
  state: Type.Enum(['confirmed', 'failed']),
  card: Type.Union([idSchema, Type.Null()]),
  reason: processSchema.properties.reason,
});
export type TransactionEnd = Static<typeof callbackSchema>;

/** Answered `{"id": address}` or `{"id": null, "error"}`. */
export const createSchema = Type.Object({ transaction: idSchema, card: cardId });
export type CreateTransaction = Static<typeof createSchema>;

/** Answered `{"data": [transaction]}`: the transactions that fit every given member. */
export const readSchema = Type.Object({
  transaction: Type.Optional(Type.Union([idSchema, Type.Array(idSchema)])),
  card: Type.Optional(idSchema),
  state: Type.Optional(wireState),
});
export type ReadTransactions = Static<typeof readSchema>;

/** The wire writes the ends in small letters, as the seed does. */
export function stateOfWire(state: ProcessTransaction['state']): TransactionState {
  if (state === 'confirmed') return 'CONFIRMED';
  return state === 'failed' ? 'FAILED' : state;
}

export function stateOnWire(state: TransactionState): ProcessTransaction['state'] {
  if (state === 'CONFIRMED') return 'confirmed';
  return state === 'FAILED' ? 'failed' : state;
}

/** The `data` of the answer to `read`. */
export function transactionsOnWire(transactions: readonly Transaction[]): readonly Json[] {
  return transactions.map((one) => ({ ...one, state: stateOnWire(one.state) }));
}

/** The queue that is named so takes the ends of transactions. */
export const callbackQueue = 'transaction.callback_process';

/** Reads a body without an action. */
export function interpretTransactionBody(
  body: Json,
  queue: string,
): { readonly action: string; readonly data: Json } | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const { action, transaction, state } = body as JsonObject;
  if (action !== undefined || transaction === undefined || state === undefined) return undefined;
  return { action: queue === callbackQueue ? 'callback_process' : 'process', data: body };
}
