import { assert, suite } from '../support/suite.ts';
import { blankedSource } from './blanked-source.ts';
import { projectFile } from './project-files.ts';

const test = suite('tidy: blanked source', { deadlineMs: 60_000 });

/** A line with its blanks squeezed, so that the samples stay readable. */
const squeezed = (text: string) => text.replace(/\s+/g, ' ').trim();

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the samples are source text
const samples: readonly [string, string, string][] = [
  ["f('a // b'); // c", "f(' ');", '// c'],
  ["f('it\\'s'); g()", "f(' '); g()", ''],
  ['a /* b */ / c / d', 'a / c / d', '/* b */'],
  ['x = /[/"]\\/\'/g.test(y) // z', 'x = / /g.test(y)', '// z'],
  ['return /"/', 'return / /', ''],
  ['(a + b) / 2; "c" / 3', '(a + b) / 2; " " / 3', ''],
  ['f(`a ${b(`c ${d} // e`, { g })} h`) // i', 'f(` ${b(` ${d} `, { g })} `)', '// i'],
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the samples are source text

test('code, text and comments are told apart', () => {
  for (const [text, code, comments] of samples) {
    const blanked = blankedSource(text);
    assert.is(squeezed(blanked.code), code.replace(/\s+/g, ' '), text);
    assert.is(squeezed(blanked.comments), comments, text);
    assert.is(blanked.code.length, text.length);
  }
});

test('line breaks stay', () => {
  const text = '/* a\nb */\nconst c = `d\ne`;\n';
  for (const part of Object.values(blankedSource(text)))
    assert.is(part.split('\n').length, text.split('\n').length);
});

test('imports are found in every form, and not in comments and strings', () => {
  const text = `
    import a, { type B } from './a.ts';
    import type {
      C,
    } from '../c.ts';
    export { d } from "./d.ts";
    export { e } from 'package/e';
    import './side.ts';
    const f = await import('./f.ts');
    // import g from './g.ts';
    const h = "import i from './i.ts'";
  `;
  const expected = [
    'actors/x/a.ts',
    'actors/x/d.ts',
    'package/e',
    'actors/x/side.ts',
    'actors/c.ts',
    'actors/x/f.ts',
  ];
  assert.equal(projectFile('actors/x/machine.ts', text).imports, expected);
});

test.run();
