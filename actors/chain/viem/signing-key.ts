/**
 * The private key of an account: from an environment variable, or from a keystore file whose password
 * is in an environment variable.
 *
 * - secret: neither the key nor the password stands in an error, a log or a row. An error names the
 *   variable or the file.
 */
import { createDecipheriv, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isJsonObject } from '../../../config/json.ts';
import { Broken } from '../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Network } from '../section.ts';
import { type Hex, loadViem } from './viem-package.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

type KeySource = Pick<Network, 'chain_id' | 'key_env' | 'keystore' | 'keystore_password_env'>;

const variableForm = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;
const keyForm = /^(?:0x)?[0-9a-fA-F]{64}$/;

/**
 * Throws `Broken('config-invalid')` for a place that is not given, and for a variable that is not
 * set or has no key. A keystore is read at the first use.
 */
export function signingKey(network: KeySource, env: Environment): () => Promise<Hex> {
  const { chain_id: chain, key_env: variable, keystore } = network;
  if (keystore === undefined) return keyFromVariable(chain, variable, env);
  const name = network.keystore_password_env;
  const password = name === undefined ? undefined : env[name];
  if (password === undefined)
    throw keyMissing(chain, 'keystore_password_env names no variable that is set');
  let key: Promise<Hex> | undefined;
  return () => {
    key ??= keyFromFile(keystore, password);
    return key;
  };
}

function keyFromVariable(
  chain: number,
  variable: string | undefined,
  env: Environment,
): () => Promise<Hex> {
  if (variable === undefined) throw keyMissing(chain, 'neither key_env nor keystore is given');
  if (!variableForm.test(variable)) throw keyMissing(chain, 'key_env is no name of a variable');
  const text = env[variable];
  if (text === undefined) throw keyMissing(chain, `the variable ${variable} is not set`);
  if (!keyForm.test(text))
    throw keyMissing(chain, `the variable ${variable} has not 64 hexadecimal digits`);
  const key: Hex = `0x${text.replace(/^0x/, '')}`;
  return async () => key;
}

function keyMissing(chain: number, why: string): Broken {
  return new Broken('config-invalid', `the chain ${chain} has no key that signs: ${why}`, {
    at: '/chains/networks',
  });
}

async function keyFromFile(path: string, password: string): Promise<Hex> {
  const crypto = await keystoreCrypto(path);
  const text = (value: Json | undefined) => String(value ?? '');
  const bytes = (value: Json | undefined) => Buffer.from(text(value), 'hex');
  if (text(crypto['cipher']) !== 'aes-128-ctr')
    throw unreadable(path, 'its cipher is not aes-128-ctr');
  const derived = derivedKey(path, crypto, password);
  const sealed = bytes(crypto['ciphertext']);
  const { keccak256 } = await loadViem();
  const seal = bytes(keccak256(Buffer.concat([derived.subarray(16, 32), sealed])).slice(2));
  const expected = bytes(crypto['mac']);
  if (seal.length !== expected.length || !timingSafeEqual(seal, expected))
    throw unreadable(path, 'the password is another one');
  const { iv } = objectAt(crypto, 'cipherparams');
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), bytes(iv));
  const key = Buffer.concat([decipher.update(sealed), decipher.final()]).toString('hex');
  if (!keyForm.test(key)) throw unreadable(path, 'it holds no private key');
  return `0x${key}`;
}

async function keystoreCrypto(path: string): Promise<JsonObject> {
  const parsed = await readFile(path, 'utf8')
    .then((text): Json => JSON.parse(text) as Json)
    .catch(() => null);
  if (!isJsonObject(parsed)) throw unreadable(path, 'it cannot be read as JSON');
  const crypto = parsed['crypto'] ?? parsed['Crypto'];
  if (!isJsonObject(crypto)) throw unreadable(path, 'it has no member crypto');
  return crypto;
}

function derivedKey(path: string, crypto: JsonObject, password: string): Buffer {
  const params = objectAt(crypto, 'kdfparams');
  const salt = Buffer.from(String(params['salt'] ?? ''), 'hex');
  const number = (name: string) => Number(params[name] ?? 0);
  switch (crypto['kdf']) {
    case 'scrypt': {
      const [n, r, p] = [number('n'), number('r'), number('p')];
      return scryptSync(password, salt, 32, { N: n, r, p, maxmem: 256 * n * r });
    }
    case 'pbkdf2':
      return pbkdf2Sync(password, salt, number('c'), 32, 'sha256');
    default:
      throw unreadable(path, 'its kdf is neither scrypt nor pbkdf2');
  }
}

function objectAt(crypto: JsonObject, name: string): JsonObject {
  const found = crypto[name];
  return isJsonObject(found) ? found : {};
}

function unreadable(path: string, why: string): Broken {
  return new Broken('config-invalid', `the keystore ${path} gives no key: ${why}`, { at: path });
}
