import { assert, suite } from '../support/suite.ts';
import { castCount, pointingFiles } from './figures.ts';
import { pointingWordsIn } from './pointing-words.ts';
import { projectFile } from './project-files.ts';

const test = suite('tidy: measures');
const casts = (text: string) => castCount([projectFile('x.ts', text)]);

test('a cast is an `as` behind an expression', () => {
  assert.is(casts('const a = b as C; const d = (e as unknown as F).g;'), 3);
  assert.is(casts("const a = ['b'] as const; const c = 'd as e'; // f as G"), 0);
  assert.is(casts("import { a as b } from './c.ts';\nimport * as d from './d.ts';"), 0);
  assert.is(casts("export { a as b };\nexport { c as d } from './c.ts';"), 0);
});

test('pointing words are counted in sentences, not in code', () => {
  const count = pointingWordsIn("// What it is: `it`, where(it) and @that. The node's own.");
  assert.equal(count, { words: 7, pointing: 2, questions: 1 });
});

test('files with few words of comment are left out', () => {
  const long = projectFile('long.ts', `// ${'it waits '.repeat(10)}`);
  const short = projectFile('short.ts', '// it');
  const [first, ...others] = pointingFiles([short, long], 10);
  assert.is(first?.path, 'long.ts');
  assert.is(first?.per100, 50);
  assert.equal(others, []);
});

test.run();
