import fc from 'fast-check';
import { decodeDocument, encodeDocument } from '../../../runtime/postgres/documents.ts';
import { assert, seed, suite } from '../../support/suite.ts';

const test = suite('documents for PostgreSQL');

/** Strings of the characters that matter here. */
const oddText = fc
  .array(
    fc.constantFrom(
      '\u0000',
      '\ud800',
      '\udfff',
      '\uf8ff',
      '\\',
      '\\u0000',
      'u',
      'm',
      '"',
      'é',
      '\u{1f600}',
    ),
  )
  .map((parts) => parts.join(''));

test('whatever goes in comes out', () => {
  fc.assert(
    fc.property(fc.dictionary(oddText, fc.array(oddText)), (value) => {
      assert.equal(decodeDocument(encodeDocument(value)), JSON.parse(JSON.stringify(value)));
    }),
    { seed: Number(seed()) },
  );
});

test('nothing that PostgreSQL cannot store is in the text', () => {
  fc.assert(
    fc.property(oddText, (text) => {
      const escapes = encodeDocument(text).match(/\\(\\|u.{4}|.)/g) ?? [];
      assert.not(escapes.some((code) => /^\\u(0000|d[89a-f])/.test(code)));
    }),
    { seed: Number(seed()) },
  );
});

test('no two texts are stored alike', () => {
  fc.assert(
    fc.property(oddText, oddText, (one, other) => {
      assert.is(encodeDocument(one) === encodeDocument(other), one === other);
    }),
    { seed: Number(seed()) },
  );
});

test('text without such characters is plain JSON', () => {
  assert.is(encodeDocument({ a: 'é "x" \n' }), '{"a":"é \\"x\\" \\n"}');
});

test.run();
