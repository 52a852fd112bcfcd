/** The section `transactions` of an exchange config: the service keeps the transactions. */
import { Type } from 'typebox';

export const transactionsSection = Type.Object(
  {},
  { additionalProperties: false, description: 'The service keeps the transactions.' },
);
