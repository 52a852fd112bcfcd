import fc from 'fast-check';
import { valuesOf } from '../../../../../actors/hierarchy/rules/attributes.ts';
import {
  matchesFilter,
  matchesPattern,
  probesOf,
} from '../../../../../actors/hierarchy/rules/search-filter.ts';
import type { AttributeValue } from '../../../../../actors/hierarchy/store.ts';
import { assert, seed, suite } from '../../../../support/suite.ts';

const test = suite('search filter');

test('a pattern matches as the regular expression it stands for', () => {
  const word = fc.stringMatching(/^[ab*.]{0,6}$/);
  const reference = (text: string, pattern: string) =>
    new RegExp(
      `^${pattern
        .split('*')
        .map((piece) => piece.replaceAll('.', '\\.'))
        .join('.*')}$`,
      's',
    ).test(text);
  fc.assert(
    fc.property(word, word, (text, pattern) =>
      assert.is(matchesPattern(text, pattern), reference(text, pattern), `${text} ${pattern}`),
    ),
    { seed: seed(), numRuns: 2000 },
  );
});

test('a pattern of many wildcards costs no more than the text is long', () => {
  assert.is(matchesPattern('a'.repeat(50_000), `${'*a'.repeat(500)}*b`), false);
});

test('rule 1: values by or, attributes by and, an empty list lets nothing through', () => {
  const attributes = { unit: ['l', 'm3'], rate: [1] };
  assert.is(matchesFilter(attributes, { unit: ['x', 'm3'], rate: [1] }), true);
  assert.is(matchesFilter(attributes, { unit: ['m3'], rate: [2] }), false);
  assert.is(matchesFilter(attributes, { unit: [] }), false);
  assert.is(matchesFilter(attributes, {}), true);
});

test('names every object has are no attributes', () => {
  assert.is(matchesFilter({}, { toString: ['*'] }), false);
  assert.is(matchesFilter({}, { constructor: [null] }), true);
});

test('rule 3: a node that passes the filter satisfies its probes', () => {
  const value = fc.constantFrom<AttributeValue>(
    '1',
    1,
    'true',
    true,
    '-0',
    -0,
    '1e3',
    1000,
    'a*',
    '',
    '01',
    null,
    '\0',
  );
  const held = fc.dictionary(
    fc.constantFrom('a', 'b'),
    fc.array(value.filter((one) => one !== null)),
  );
  const filter = fc.dictionary(fc.constantFrom('a', 'b'), fc.array(value, { maxLength: 3 }));
  const satisfies = (
    attributes: Record<string, AttributeValue[]>,
    { attribute, values }: { attribute: string; values: readonly AttributeValue[] },
  ) => valuesOf(attributes, attribute).some((one) => values.some((wanted) => wanted === one));
  fc.assert(
    fc.property(held, filter, (attributes, wanted) => {
      const storable = Object.values(attributes).every((values) => !values.includes('\0'));
      fc.pre(storable && matchesFilter(attributes, wanted));
      for (const probe of probesOf(wanted))
        assert.ok(satisfies(attributes, probe), JSON.stringify({ attributes, wanted, probe }));
    }),
    { seed: seed(), numRuns: 1000 },
  );
});

test('rule 3: a wildcard, a null or an attribute that is stored elsewhere is no probe', () => {
  assert.equal(
    probesOf({ a: ['x', 'y*'], b: [null], objectClass: ['prsTag'], prsDefault: [true] }),
    [],
  );
  assert.equal(probesOf({ cn: ['x'], a: [1] }), [
    { attribute: 'cn', values: ['x'] },
    { attribute: 'a', values: ['1', 1] },
  ]);
});

test.run();
