/**
 * The section `webhook` of an exchange config: another system answers for the service over HTTP.
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

export const webhookSection = Type.Object(
  {
    url: outsideUrlSchema('The address that takes the questions and decisions, by POST.'),
    secret: signatureKeySchema(
      'The key of the signatures, from the environment: `WEBHOOK__SECRET`.',
    ),
    timeout_ms: answerTimeoutSchema(
      'Time for one answer, in milliseconds. A question waits no longer than its deadline.',
    ),
    addresses: reachableNetworksSchema,
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
    timeout_ms: timeoutMs = answerTimeoutDefaultMs,
    addresses = [],
  } = sections['webhook'] as Static<typeof webhookSection>;
  return { url, secret, timeoutMs, addresses };
}
