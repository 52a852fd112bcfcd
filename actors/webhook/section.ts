/**
 * The section `webhook` of an exchange config: another system answers for the service over HTTP.
 */
import { type Static, Type } from 'typebox';
import type { ExchangeConfig } from '../../config/exchange-config.ts';

const timeoutDefaultMs = 5_000;

export const webhookSection = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://[^/?#@\\s]+(/[^?#\\s]*)?$',
      maxLength: 2_000,
      description: 'The address that takes the questions and decisions, by POST.',
    }),
    secret: Type.String({
      minLength: 16,
      maxLength: 1_000,
      description: 'The key of the signatures, from the environment: `WEBHOOK__SECRET`.',
    }),
    timeout_ms: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 60_000,
        default: timeoutDefaultMs,
        description:
          'Time for one answer, in milliseconds. A question waits no longer than its deadline.',
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
      'Another system answers for the service, over HTTP: it is asked before a node of a subscribed ' +
      'entity is deleted or updated.',
  },
);

export type WebhookSettings = {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
  readonly addresses: readonly string[];
};

/** The settings of a config that has the section. */
export function webhookSettings({ sections }: Pick<ExchangeConfig, 'sections'>): WebhookSettings {
  const {
    url,
    secret,
    timeout_ms: timeoutMs = timeoutDefaultMs,
    addresses = [],
  } = sections['webhook'] as Static<typeof webhookSection>;
  return { url, secret, timeoutMs, addresses };
}
