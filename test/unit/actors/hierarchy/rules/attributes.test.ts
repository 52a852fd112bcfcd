import { isStorable } from '../../../../../actors/consent/storable.ts';
import { attributeChange, changed } from '../../../../../actors/hierarchy/rules/attributes.ts';
import { sortIndexOf } from '../../../../../actors/hierarchy/rules/tree-node.ts';
import { assert, suite } from '../../../../support/suite.ts';

const test = suite('attributes');

test('an empty list and a list of nulls remove', () => {
  const change = attributeChange({ a: [1], b: [], c: [null], d: [null, 'x'] });
  assert.equal(changed({ a: [0], b: [0], c: [0], d: [0], e: [0] }, change), {
    a: [1],
    d: ['x'],
    e: [0],
  });
});

test('names and flags are taken out', () => {
  const { cn, prsDefault, set } = attributeChange({
    cn: ['x', 'y'],
    objectClass: ['prsTag'],
    prsDefault: ['True'],
    note: [1],
  });
  assert.equal([cn, prsDefault, set], ['x', true, { note: [1] }]);
  assert.equal(attributeChange({ cn: [''], prsDefault: [] }).cn, undefined);
  assert.equal(attributeChange({ prsDefault: [] }).prsDefault, undefined);
  assert.equal([attributeChange({}).cn, attributeChange({}).prsDefault], [undefined, undefined]);
});

test('NUL and half a surrogate pair cannot be stored', () => {
  assert.equal(['a', '🙂', '', 'a\0', '\ud83d', '\ude42x'].map(isStorable), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('the place among siblings is a number, also when it is written as text', () => {
  const indexes = [[3], ['3'], ['-1.5'], ['x'], [true], ['1e3'], []].map((prsIndex) =>
    sortIndexOf({ prsIndex }),
  );
  assert.equal(indexes, [3, 3, -1.5, null, null, null, null]);
});

test.run();
