/**
 * The seal of a certificate: a SHA-256 over the canonical JSON of the content, and an Ed25519
 * signature of the same bytes.
 *
 * 1. The private key is read from the environment and stands in no output, error or log.
 * 2. A certificate is valid only under the public key that the reader brings, never under a key that
 *    the certificate names.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { Broken, errorText, Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { canonicalJson } from './canonical-json.ts';
import { type CertificateContent, CertificateContentSchema } from './content.ts';

const base64 = Type.String({ pattern: '^[A-Za-z0-9+/]+=*$' });
const sha256Hex = Type.String({ pattern: '^[0-9a-f]{64}$' });

export const CertificateSchema = Type.Object(
  {
    content: CertificateContentSchema,
    hash: sha256Hex,
    key: sha256Hex,
    signature: base64,
  },
  {
    additionalProperties: false,
    $id: 'unanimous/deletion-certificate',
    title: 'Certificate of a deletion',
  },
);

/** `hash`: SHA-256 of the content. `key`: SHA-256 of the public key (SPKI, DER). */
export type Certificate = Static<typeof CertificateSchema>;

const variable = 'UNANIMOUS_CERTIFICATE_KEY';

/** @throws Broken `config-invalid` without a key, and for a key of another kind */
export function signingKey(env: NodeJS.ProcessEnv): KeyObject {
  const pem = env[variable] ?? fileText(env[`${variable}_FILE`]);
  if (pem === undefined)
    throw keyProblem(`${variable}, or ${variable}_FILE with the path of a file, must hold a key`);
  try {
    return requireEd25519(createPrivateKey(pem));
  } catch (error) {
    // The error of the parser might quote the key.
    throw error instanceof Broken ? error : keyProblem('the key cannot be read');
  }
}

/** @throws Broken `config-invalid` for a text that is no public key of the kind. */
export function publicKey(pem: string): KeyObject {
  try {
    return requireEd25519(createPublicKey(pem));
  } catch (cause) {
    throw keyProblem(`the public key cannot be read: ${errorText(cause)}`);
  }
}

export function sealed(content: CertificateContent, key: KeyObject): Certificate {
  const bytes = bytesOf(content);
  return {
    content,
    hash: sha256(bytes),
    key: keyId(createPublicKey(key)),
    signature: sign(null, bytes, key).toString('base64'),
  };
}

/**
 * The certificate in the text, when the key has signed it.
 * @throws Refused with the reason why the certificate is not valid
 */
export function verified(text: string, key: KeyObject): Certificate {
  const certificate = certificateFrom(text);
  const { content, hash, signature, key: signer } = certificate;
  const bytes = bytesOf(content);
  if (sha256(bytes) !== hash)
    throw invalid('its content has been changed: the hash is of another content');
  if (signer !== keyId(key)) throw invalid('another key has signed it');
  if (!verify(null, bytes, key, Buffer.from(signature, 'base64')))
    throw invalid('the signature is not of this content and this key');
  return certificate;
}

function certificateFrom(text: string): Certificate {
  const value = parsed(text);
  if (Value.Check(CertificateSchema, value)) return value;
  const [first] = Value.Errors(CertificateSchema, value);
  throw invalid(`it has not the form of a certificate (at ${first?.instancePath || '/'})`);
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`it is no JSON: ${errorText(cause)}`);
  }
}

function bytesOf(content: CertificateContent): Buffer {
  return Buffer.from(canonicalJson(content as JsonObject), 'utf8');
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function keyId(key: KeyObject): string {
  return sha256(key.export({ type: 'spki', format: 'der' }));
}

function requireEd25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw keyProblem(`the key is of the kind '${key.asymmetricKeyType}', and ed25519 is wanted`);
}

function fileText(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw keyProblem(`the file of ${variable}_FILE cannot be read: ${errorText(cause)}`);
  }
}

function keyProblem(problem: string): Broken {
  return new Broken(
    'config-invalid',
    `${problem}; allowed is an Ed25519 key in PEM: openssl genpkey -algorithm ed25519`,
    { at: variable },
  );
}

function invalid(reason: string): Refused {
  return new Refused('refused', `the certificate is not valid: ${reason}`);
}
