/** The key under which requests to systems outside are signed. */
import { createHmac } from 'node:crypto';
import { signatureHeaders } from '../../../../actors/outside/signature.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('outside: signature');
const request = { id: 'i1', atS: 1_700_000_000, body: '{"saga":"s1"}' };

const under = (key: Buffer) =>
  `v1,${createHmac('sha256', key).update('i1.1700000000.{"saga":"s1"}').digest('base64')}`;

test('the key is the text of the secret in UTF-8, also when the text could be base64', () => {
  for (const secret of ['c2l4dGVlbi1ieXRlcw==', 'schlüssel-für-alle'])
    assert.is(
      signatureHeaders(secret, request)['webhook-signature'],
      under(Buffer.from(secret, 'utf8')),
    );
});

test('the key of a secret with whsec_ is the rest, decoded from base64', () => {
  const key = Buffer.from('sixteen bytes, +');
  const secret = `whsec_${key.toString('base64')}`;
  assert.is(signatureHeaders(secret, request)['webhook-signature'], under(key));
});

test.run();
