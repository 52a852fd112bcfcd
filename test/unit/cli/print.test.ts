/** Texts of strangers on a terminal. */
import { withEscapes } from '../../../cli/print.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('printed texts');

test('sequences that clear the screen, set the title or hide text are printed as escapes', () => {
  assert.is(
    withEscapes('\u001b[2J\u001b]0;pwned\u0007nothing to see'),
    '\\u001b[2J\\u001b]0;pwned\\u0007nothing to see',
  );
  assert.is(withEscapes('\u009b8mhidden\u007f'), '\\u009b8mhidden\\u007f');
});

test('a carriage return and a change of direction cannot overwrite a line', () => {
  assert.is(withEscapes('refused\rdone   '), 'refused\\u000ddone   ');
  assert.is(withEscapes('\u202etxt.exe'), '\\u202etxt.exe');
});

test('line breaks, tabs and every script stay as they are', () => {
  const text = 'a\tb\n\u043a\u0430\u0440\u0442\u0430 \uce74\ub4dc \u{1f5d1}';
  assert.is(withEscapes(text), text);
});

test('an escaped JSON text is the same JSON', () => {
  const value = { reason: '\u009b8m\u202e\u001b' };
  assert.equal(JSON.parse(withEscapes(JSON.stringify(value))), value);
});

test.run();
