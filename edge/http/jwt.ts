/**
 * JSON Web Tokens as proofs of callers.
 *
 * - public-keys: only signatures of key pairs are taken, so that the files hold no secret.
 * - read-once: the file of the keys is read when the server starts.
 */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createLocalJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { JwtSettings } from '../../config/exchange-config.ts';
import { Broken, errorText } from '../../runtime/ports/errors.ts';
import type { TokenCallers } from './caller.ts';

const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

type Verify = (token: string, options: JWTVerifyOptions) => Promise<{ payload: JWTPayload }>;

/** Throws `Broken('config-invalid')` if the file of the keys cannot be used. */
export function jwtCallers(settings: JwtSettings): TokenCallers {
  const { audience, issuer, rolesClaim } = settings;
  const verify = verifierOf(settings);
  const options = {
    algorithms,
    requiredClaims: ['exp'],
    audience,
    ...(issuer === undefined ? {} : { issuer }),
  };
  return async (token) => {
    const payload = await verified(verify(token, options));
    // `jose` does not check the type of the claim.
    const name: unknown = payload?.sub;
    if (payload === undefined || typeof name !== 'string' || name === '') return undefined;
    return { name, roles: rolesIn(payload[rolesClaim]) };
  };
}

function verifierOf({ jwksFile, publicKeyFile }: JwtSettings): Verify {
  const file = jwksFile ?? publicKeyFile ?? '';
  try {
    const text = readFileSync(file, 'utf8');
    if (jwksFile === undefined) {
      const key = createPublicKey(text);
      return (token, options) => jwtVerify(token, key, options);
    }
    const keys = createLocalJWKSet(JSON.parse(text));
    return (token, options) => jwtVerify(token, keys, options);
  } catch (cause) {
    const message = `the file ${file} has no keys of http.jwt: ${errorText(cause)}`;
    throw new Broken('config-invalid', message, { at: '/http/jwt', cause });
  }
}

/** undefined for a token that is not valid. */
async function verified(
  verifying: Promise<{ payload: JWTPayload }>,
): Promise<JWTPayload | undefined> {
  try {
    return (await verifying).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function rolesIn(claim: unknown): readonly string[] {
  const roles: readonly unknown[] =
    typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return roles.filter((role) => typeof role === 'string').filter((role) => role !== '');
}
