/** The key `transactions` of an exchange config: it says that the service hosts the transactions. */
import { Type } from 'typebox';

export const transactionsSection = Type.Object(
  {},
  { additionalProperties: false, description: 'The service keeps the transactions.' },
);
