/** The format of the section `http`. `http-settings.ts` has the rules between its keys. */
import { type Static, Type } from 'typebox';
import { closed, mapOf } from './schema-parts.ts';

export const httpDefaults = {
  host: '127.0.0.1',
  port: 0,
  wait_ms: 10_000,
  requests_max: 1000,
} as const;
const fileName = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const httpCaller = Type.Object(
  {
    sha256: Type.String({
      pattern: '^[0-9a-fA-F]{64}$',
      description:
        'The SHA-256 of the token, in hexadecimal digits. The token is a long random text.',
    }),
    roles: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  },
  closed,
);
const httpJwt = Type.Object(
  {
    jwks_file: fileName('A file with the public keys, as a JSON Web Key Set.'),
    public_key_file: fileName('A file with the only public key, in PEM.'),
    audience: Type.String({ minLength: 1, description: 'The claim `aud` that a token must have.' }),
    issuer: Type.Optional(
      Type.String({ minLength: 1, description: 'The claim `iss` that a token must have.' }),
    ),
    roles_claim: Type.Optional(
      Type.String({
        minLength: 1,
        default: 'roles',
        description: 'The claim with the roles: a list, or words in a text.',
      }),
    ),
  },
  { ...closed, description: 'Take JSON Web Tokens; the claim `sub` is the name of the caller.' },
);
export const httpSchema = Type.Object(
  {
    host: Type.Optional(
      Type.String({
        minLength: 1,
        default: httpDefaults.host,
        description:
          'The address on which HTTP listens. Without `callers` and `jwt` only 127.0.0.1, ::1 or ' +
          'localhost.',
      }),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        default: httpDefaults.port,
        description: 'The port of HTTP; 0: a free one, which the start line names.',
      }),
    ),
    wait_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 300_000,
        default: httpDefaults.wait_ms,
        description:
          'How long a request without a preference waits for its answer, milliseconds. A deletion ' +
          'or update that takes longer is answered 202 with the place of its saga.',
      }),
    ),
    requests_max: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: httpDefaults.requests_max,
        description: 'Requests that may be under way at once; a further request is answered 503.',
      }),
    ),
    callers: Type.Optional(
      mapOf(httpCaller, 'Callers with a token of their own, by name. Others are answered 401.'),
    ),
    jwt: Type.Optional(httpJwt),
    cors_origins: Type.Optional(
      Type.Array(Type.String({ pattern: '^https?://[^/\\s]+$' }), {
        examples: [['https://shop.example']],
        description: 'Origins whose pages may send requests. Default: none.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'Serve HTTP in the process of this service. Configs of one process that have the section ' +
      'must agree.',
  },
);

export type HttpOptions = Static<typeof httpSchema>;
