import fc from 'fast-check';
import { valuesOf } from '../../../../../actors/hierarchy/rules/attributes.ts';
import type { Probe } from '../../../../../actors/hierarchy/rules/rows.ts';
import {
  filterOf,
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

test('values by or, attributes by and, an empty list lets nothing through', () => {
  const attributes = { unit: ['l', 'm3'], rate: [1] };
  assert.is(filterOf({ unit: ['x', 'm3'], rate: [1] })(attributes), true);
  assert.is(filterOf({ unit: ['m3'], rate: [2] })(attributes), false);
  assert.is(filterOf({ unit: [] })(attributes), false);
  assert.is(filterOf({})(attributes), true);
});

test('names every object has are no attributes', () => {
  assert.is(filterOf({ toString: ['*'] })({}), false);
  assert.is(filterOf({ constructor: [null] })({}), true);
});

test('a node that passes the filter satisfies its probes', () => {
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
    { attribute, values, patterns }: Probe,
  ) =>
    valuesOf(attributes, attribute).some(
      (one) =>
        values.some((wanted) => wanted === one) ||
        patterns.some((pieces) => matchesPattern(String(one), pieces.join('*'))),
    );
  fc.assert(
    fc.property(held, filter, (attributes, wanted) => {
      const storable = Object.values(attributes).every((values) => !values.includes('\0'));
      fc.pre(storable && filterOf(wanted)(attributes));
      for (const probe of probesOf(wanted))
        assert.ok(satisfies(attributes, probe), JSON.stringify({ attributes, wanted, probe }));
    }),
    { seed: seed(), numRuns: 1000 },
  );
});

test('a null or an attribute that is stored elsewhere is no probe', () => {
  assert.equal(
    probesOf({ a: ['x', null], b: [null], objectClass: ['prsTag'], prsDefault: [true] }),
    [],
  );
  assert.equal(probesOf({ cn: ['x'], a: [1] }), [
    { attribute: 'cn', values: ['x'], patterns: [] },
    { attribute: 'a', values: ['1', 1], patterns: [] },
  ]);
});

test('a probe of a pattern has the texts between the wildcards; no text has a NUL', () => {
  assert.equal(probesOf({ a: ['x', 'y*', '*\\2a*', 'z\\00*'] }), [
    {
      attribute: 'a',
      values: ['x'],
      patterns: [
        ['y', ''],
        ['', '*', ''],
      ],
    },
  ]);
});

test('an escape is the byte that its digits name, and never a wildcard', () => {
  const found = (pattern: string) =>
    ['a*b', 'axb', 'a\\2ab', 'a(b)', 'a\\b', 'aéb'].filter((text) => matchesPattern(text, pattern));
  assert.equal(found('a*b'), ['a*b', 'axb', 'a\\2ab', 'a\\b', 'aéb']);
  assert.equal(found('a\\2ab'), ['a*b']);
  assert.equal(found('a\\2Ab'), ['a*b']);
  assert.equal(found('a\\5c2ab'), ['a\\2ab']);
  assert.equal(found('a\\28b\\29'), ['a(b)']);
  assert.equal(found('a\\b'), ['a\\b']);
  assert.equal(found('*\\c3\\a9*'), ['aéb']);
  assert.equal(probesOf({ cn: ['a\\2ab'] }), [{ attribute: 'cn', values: ['a*b'], patterns: [] }]);
});

test('values of LDAP: names of attributes and texts in any case, values as text, no probe', () => {
  const passes = (filter: Parameters<typeof filterOf>[0]) =>
    filterOf(filter, 'ldap')({ cn: ['Насос'], prsActive: [true], prsIndex: [2] });
  for (const filter of [
    { cn: ['нАсОс'] },
    { CN: ['НАС*'] },
    { prsactive: ['TRUE'] },
    { prsActive: [true] },
    { prsIndex: ['2'] },
    { description: [null] },
  ])
    assert.ok(passes(filter), JSON.stringify(filter));
  for (const filter of [{ cn: ['насо'] }, { prsActive: ['FALSE'] }, { PRSINDEX: [null] }])
    assert.not.ok(passes(filter), JSON.stringify(filter));
  assert.equal(probesOf({ cn: ['Насос'] }, 'ldap'), []);
});

test.run();
