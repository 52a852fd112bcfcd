/**
 * The headers by which a request to a system outside proves who has sent the request, in the form of
 * the Standard Webhooks specification (standardwebhooks.com): HMAC-SHA-256 over id, time and body.
 */
import { createHmac } from 'node:crypto';

type Signed = {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly atS: number;
  readonly body: string;
};

const encodedSecret = /^whsec_/;

/** `secret`: the key as a text, or `whsec_` and the key in base64. */
export function signatureHeaders(
  secret: string,
  { id, atS, body }: Signed,
): Readonly<Record<string, string>> {
  const code = createHmac('sha256', keyOf(secret)).update(`${id}.${atS}.${body}`).digest('base64');
  return {
    'idempotency-key': id,
    'webhook-id': id,
    'webhook-timestamp': String(atS),
    'webhook-signature': `v1,${code}`,
  };
}

function keyOf(secret: string): Buffer {
  return encodedSecret.test(secret)
    ? Buffer.from(secret.replace(encodedSecret, ''), 'base64')
    : Buffer.from(secret, 'utf8');
}
