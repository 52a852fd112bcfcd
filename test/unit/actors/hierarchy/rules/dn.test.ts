import fc from 'fast-check';
import { escapeCn, formatDn, parseDn } from '../../../../../actors/hierarchy/rules/dn.ts';
import { assert, seed, suite } from '../../../../support/suite.ts';

const test = suite('dn');

test('a path is written leaf first', () => {
  assert.is(formatDn(['prs', 'tags', 'load']), 'cn=load,cn=tags,cn=prs');
});

test('special characters are escaped, spaces and # only where they would be lost', () => {
  const cases = {
    'a,b': 'a\\,b',
    'a+b': 'a\\+b',
    '"q"': '\\"q\\"',
    'a\\b': 'a\\\\b',
    '<x>;': '\\<x\\>\\;',
    'a=b #c': 'a=b #c',
  };
  for (const [cn, escaped] of Object.entries(cases)) assert.is(escapeCn(cn), escaped);
  assert.is(escapeCn(' x '), '\\ x\\ ');
  assert.is(escapeCn(' '), '\\ ');
  assert.is(escapeCn('#x#'), '\\#x#');
  assert.is(escapeCn('a\0b'), 'a\\00b');
});

test('parsing gives the path back', () => {
  const cn = fc.oneof(
    fc.string({ minLength: 1, unit: 'grapheme' }),
    fc.stringMatching(/^[ #,+="<>;\\a\0]{1,6}$/),
  );
  fc.assert(
    fc.property(fc.array(cn, { minLength: 1, maxLength: 4 }), (path) =>
      assert.equal(parseDn(formatDn(path)), path),
    ),
    { seed: seed() },
  );
});

test('white space other than the space is part of the name, also at its edges', () => {
  for (const cn of ['\u00a0', '\u2003x', 'x\t', '\n'])
    assert.equal(parseDn(formatDn(['prs', cn])), ['prs', cn]);
});

test('type names and spaces around the parts do not matter', () => {
  assert.equal(parseDn(' CN = load , Cn=tags,cn=prs  '), ['prs', 'tags', 'load']);
});

test('escapes of RFC 4514 are read: hex pairs as UTF-8, protected characters', () => {
  assert.equal(parseDn('cn=Lu\\C4\\8Di\\c4\\87'), ['Lučić']);
  assert.equal(parseDn('cn=a\\=b\\#\\ '), ['a=b# ']);
});

test('what is no dn of this tree is none', () => {
  for (const text of [
    '',
    'load',
    'ou=x',
    'cn=',
    'cn=a,',
    ',cn=a',
    'cn=a+cn=b',
    'cn=#04',
    'cn=a\\',
    'cn=a\\zz',
    'cn="a"',
    'cn=a;cn=b',
  ]) {
    assert.is(parseDn(text), undefined, text);
  }
});

test.run();
