/**
 * The section `transactions` of an exchange config: the service keeps the transactions, and may tell
 * their ends to a callback.
 */
import { type Static, Type } from 'typebox';
import type { ExchangeConfig } from '../../config/exchange-config.ts';

const timeoutDefaultMs = 5_000;

const callback = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://[^/?#@\\s]+(/[^?#\\s]*)?$',
      maxLength: 2_000,
      description: 'The address that takes the ends of transactions, by POST.',
    }),
    secret: Type.String({
      minLength: 16,
      maxLength: 1_000,
      description:
        'The key of the signatures, from the environment: `TRANSACTIONS__CALLBACK__SECRET`.',
    }),
    timeout_ms: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 60_000,
        default: timeoutDefaultMs,
        description: 'Time for one answer, in milliseconds.',
      }),
    ),
    addresses: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        default: [],
        description:
          'Networks in CIDR notation, such as `10.0.0.0/8` or `127.0.0.1/32`, that the host of the URL may ' +
          'have besides public addresses.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Each end of a transaction, `confirmed` or `failed`, is posted to this address until the address ' +
      'has answered with success. Needs `publish.transaction.callback_process`.',
  },
);

export const transactionsSection = Type.Object(
  { callback: Type.Optional(callback) },
  { additionalProperties: false, description: 'The service keeps the transactions.' },
);

export type CallbackSettings = {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
  /** CIDR notation. */
  readonly addresses: readonly string[];
};

/** Undefined: nobody is told the ends of transactions. */
export function callbackSettings({
  sections,
}: Pick<ExchangeConfig, 'sections'>): CallbackSettings | undefined {
  const section = sections['transactions'] as Static<typeof transactionsSection> | undefined;
  if (section?.callback === undefined) return undefined;
  const { timeout_ms: timeoutMs = timeoutDefaultMs, addresses = [], ...rest } = section.callback;
  return { ...rest, timeoutMs, addresses };
}
