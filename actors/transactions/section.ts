/**
 * The section `transactions` of an exchange config: the service keeps the transactions, and may tell
 * their ends to a callback.
 */
import { type Static, Type } from 'typebox';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import {
  answerTimeoutDefaultMs,
  answerTimeoutSchema,
  outsideUrlSchema,
  reachableNetworksSchema,
  signatureKeySchema,
} from '../outside/address-schemas.ts';

const callback = Type.Object(
  {
    url: outsideUrlSchema('The address that takes the ends of transactions, by POST.'),
    secret: signatureKeySchema(
      'The key of the signatures, from the environment: `TRANSACTIONS__CALLBACK__SECRET`.',
    ),
    timeout_ms: answerTimeoutSchema('Time for one answer, in milliseconds.'),
    addresses: reachableNetworksSchema,
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
  const {
    timeout_ms: timeoutMs = answerTimeoutDefaultMs,
    addresses = [],
    ...rest
  } = section.callback;
  return { ...rest, timeoutMs, addresses };
}
