/**
 * The documents: every block of code is tested somewhere, every link leads to a place that is there, no line is too long.
 */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
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

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  const plain = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
  return plain.trim().replace(/\s/g, '-');
}

function anchorsOf(path: string): readonly string[] {
  const text = documentText(path).replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

function isReachable(from: string, link: string): boolean {
  if (/^[a-z]+:/.test(link)) return true;
  const [target = '', anchor] = link.split('#');
  const path = target === '' ? from : posix.join(posix.dirname(from), target);
  if (!existsSync(`${projectRoot}${path}`)) return false;
  return anchor === undefined || anchorsOf(path).includes(anchor);
}

/** Not a media type, a package or an address: it begins with a folder of the project. */
function isProjectPath(name: string): boolean {
  return existsSync(`${projectRoot}${name.split('/')[0]}`);
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

test('every link leads to a file and a heading that are there', () => {
  const broken = all.flatMap((path) => {
    const text = documentText(path).replace(/^```[\s\S]*?^```/gm, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    return links.filter((link) => !isReachable(path, link)).map((link) => `${path}: ${link}`);
  });
  assert.equal(broken, []);
});

test('every path in backticks leads to a file or folder that is there', () => {
  const broken = all.flatMap((path) => {
    const named = [...documentText(path).matchAll(/`([\w-]+(?:\/[\w.-]+)+\/?)`/g)];
    const paths = named.map(([, name = '']) => name).filter((name) => isProjectPath(name));
    return paths
      .filter((name) => !existsSync(`${projectRoot}${name}`))
      .map((name) => `${path}: ${name}`);
  });
  assert.equal(broken, []);
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
