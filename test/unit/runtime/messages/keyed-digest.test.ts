import { createHmac } from 'node:crypto';
import { KeyedDigest } from '../../../../runtime/messages/keyed-digest.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('keyed digest');

const lengths = [0, 1, 31, 32, 43, 63, 64, 65, 128, 300];

test('a digest is the HMAC-SHA256 of the text, whatever the lengths of secret and text', () => {
  for (const piece of ['x', 'é', '😀'])
    for (const secretLength of lengths) {
      const secret = piece.repeat(secretLength);
      const digest = new KeyedDigest(secret);
      for (const length of lengths) {
        const text = piece.repeat(length);
        const expected = createHmac('sha256', secret).update(text).digest('base64url');
        assert.is(digest.of(text), expected);
      }
    }
});

test('a digest does not depend on the texts before', () => {
  const digest = new KeyedDigest('secret');
  const first = digest.of('a');
  digest.of('b'.repeat(5_000));
  assert.is(digest.of('a'), first);
});

test.run();
