/**
 * The documents: every block of code is tested somewhere, and no line is too long. `test/tidy/links.ts` checks their links.
 */
import { existsSync } from 'node:fs';
import {
  type DocBlock,
  docBlocks,
  documents,
  documentText,
  testedText,
} from '../../support/doc-blocks.ts';
import { projectRoot } from '../../support/project-root.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('documents');

const testedLanguages = ['ts', 'js', 'json', 'sh'];
const widthMax = 120;
const all = documents();
const blocks = all.flatMap((path) => docBlocks(path));

function placeOf({ document, line }: Pick<DocBlock, 'document' | 'line'>): string {
  return `${document}:${line}`;
}

test('every block of code names the test it belongs to', () => {
  const untested = blocks.filter(
    ({ language, file, part, run }) =>
      testedLanguages.includes(language) && (file ?? part ?? run) === undefined,
  );
  assert.equal(untested.map(placeOf), []);
});

test('every block of code is the file it names: npm run docs', () => {
  const different = blocks.filter((block) => (testedText(block) ?? block.text) !== block.text);
  assert.equal(different.map(placeOf), []);
});

test('a block that is executed names a test that is there', () => {
  const lost = blocks.filter(({ run }) => run !== undefined && !existsSync(`${projectRoot}${run}`));
  assert.equal(lost.map(placeOf), []);
});

test(`no line is longer than ${widthMax} characters`, () => {
  const long = all.flatMap((path) =>
    documentText(path)
      .split('\n')
      .flatMap((line, index) => (line.length > widthMax ? [`${path}:${index + 1}`] : [])),
  );
  assert.equal(long, []);
});

test.run();
