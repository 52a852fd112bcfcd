import { createCipheriv, scryptSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signingKey } from '../../../../actors/chain/viem/signing-key.ts';
import { loadViem } from '../../../../actors/chain/viem/viem-package.ts';
import { assert, suite } from '../../../support/suite.ts';

// The first use of viem loads the package.
const test = suite('the key that signs', { deadlineMs: 60_000 });
const key = `0x${'5'.repeat(63)}6` as const;
const keyless = (error: unknown) =>
  error instanceof Error && !error.message.includes('5555') && !error.message.includes('secret');
const fromVariable = { chain_id: 1, key_env: 'BURN_KEY' };
let folder: string;

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'keystore-'));
});
test.after(() => rmSync(folder, { recursive: true }));

/** As a wallet writes a keystore, with few rounds. */
async function keystore(password: string): Promise<string> {
  const [salt, iv] = [Buffer.alloc(32, 1), Buffer.alloc(16, 2)];
  const derived = scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 });
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const sealed = Buffer.concat([cipher.update(Buffer.from(key.slice(2), 'hex')), cipher.final()]);
  const { keccak256 } = await loadViem();
  const crypto = {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: iv.toString('hex') },
    ciphertext: sealed.toString('hex'),
    kdf: 'scrypt',
    kdfparams: { n: 1024, r: 8, p: 1, dklen: 32, salt: salt.toString('hex') },
    mac: keccak256(Buffer.concat([derived.subarray(16, 32), sealed])).slice(2),
  };
  const path = join(folder, 'key.json');
  writeFileSync(path, JSON.stringify({ version: 3, crypto }));
  return path;
}

test('a variable gives the key, with and without 0x', async () => {
  assert.is(await signingKey(fromVariable, { BURN_KEY: key })(), key);
  assert.is(await signingKey(fromVariable, { BURN_KEY: key.slice(2) })(), key);
});

test('an error names the variable and never the key', () => {
  assert.throws(() => signingKey(fromVariable, {}), /the variable BURN_KEY is not set/);
  assert.throws(() => signingKey(fromVariable, { BURN_KEY: `${key}5` }), keyless);
  const misplaced = { chain_id: 1, key_env: key };
  assert.throws(() => signingKey(misplaced, {}), keyless);
  assert.throws(() => signingKey(misplaced, {}), /no name of a variable/);
  assert.throws(() => signingKey({ chain_id: 1 }, {}), /neither key_env nor keystore/);
});

test('a keystore gives the key', async () => {
  const place = { chain_id: 1, keystore: await keystore('secret'), keystore_password_env: 'PASS' };
  assert.is(await signingKey(place, { PASS: 'secret' })(), key);
});

test('a keystore with another password gives no key, and neither is shown', async () => {
  const place = { chain_id: 1, keystore: await keystore('secret'), keystore_password_env: 'PASS' };
  await assert.rejects(signingKey(place, { PASS: 'secret2' })(), keyless);
  await assert.rejects(signingKey(place, { PASS: 'secret2' })(), /the password is another one/);
  assert.throws(() => signingKey(place, {}), /names no variable that is set/);
});

test('a file that is no keystore is named', async () => {
  const path = join(folder, 'other.json');
  writeFileSync(path, '{"crypto": {"cipher": "rot13"}}');
  const place = { chain_id: 1, keystore: path, keystore_password_env: 'PASS' };
  await assert.rejects(signingKey(place, { PASS: 'x' })(), /other\.json gives no key: its cipher/);
});

test.run();
