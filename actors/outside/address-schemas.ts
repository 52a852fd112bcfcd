/**
 * The keys of a config that name an address of another system, for each section that sends requests
 * there: URL, key of the signatures, time for an answer, and reachable networks.
 */
import { Type } from 'typebox';

export const answerTimeoutDefaultMs = 5_000;

export function outsideUrlSchema(description: string) {
  return Type.String({
    pattern: '^https?://[^/?#@\\s]+(/[^?#\\s]*)?$',
    maxLength: 2_000,
    description,
  });
}

export function signatureKeySchema(description: string) {
  return Type.String({ minLength: 16, maxLength: 1_000, description });
}

/** Milliseconds. */
export function answerTimeoutSchema(description: string) {
  return Type.Optional(
    Type.Integer({ minimum: 10, maximum: 60_000, default: answerTimeoutDefaultMs, description }),
  );
}

export const reachableNetworksSchema = Type.Optional(
  Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    description:
      'Networks in CIDR notation, such as `10.0.0.0/8` or `127.0.0.1/32`, that the host of the URL may ' +
      'have besides public addresses.',
  }),
);
