import { readFileSync } from 'node:fs';
import { projectRoot } from '../support/project-root.ts';
import { assert, suite } from '../support/suite.ts';
import { deadTargetsMax } from './exceptions.ts';
import { deadTargets, type MarkdownFile } from './links.ts';
import { repositoryPaths } from './project-files.ts';

const test = suite('tidy: links');

const guide: MarkdownFile = {
  path: 'docs/guide.md',
  text: '# Guide\n## Cards & `files`, once\n## Again\n## Again\n',
};
const paths = ['README.md', 'docs/guide.md', 'runtime/turn/turn.ts', 'test/unit/a.test.ts'];

/** The dead targets of a document of one paragraph. */
function dead(text: string, path = 'README.md'): string[] {
  const targets = deadTargets({ path, text }, [guide], paths);
  return targets.map((line) => line.replace(`${path}:`, ''));
}

test('a relative link leads to a file or a folder, from the document on', () => {
  assert.equal(dead('[guide](docs/guide.md), [turn](runtime/turn), [web](https://a.b/c)'), []);
  assert.equal(dead('[up](../README.md) and [beside](guide.md)', 'docs/wire.md'), []);
  assert.equal(dead('\n[gone](docs/gone.md)'), ['2: docs/gone.md']);
});

test('an anchor is a heading of the document', () => {
  assert.equal(dead('[a](docs/guide.md#cards--files-once) [b](docs/guide.md#again-1)'), []);
  assert.equal(dead('[own](#again)', 'docs/guide.md'), []);
  assert.equal(dead('[gone](docs/guide.md#gone)'), ['1: docs/guide.md#gone']);
});

test('a path in code font is there, from the root or from the document', () => {
  assert.equal(dead('`runtime/turn/turn.ts`, `runtime/turn/`, `test/unit/*.test.ts`'), []);
  assert.equal(dead('`unit/a.test.ts`', 'test/README.md'), []);
  assert.equal(dead('`runtime/gone.ts` and `gone/`'), ['1: runtime/gone.ts', '1: gone/']);
  assert.equal(dead('`a/b`, `turn.ts`, `runtime/<adapter>/`, `@mikro-orm/core`, `GET /x/`'), []);
});

test('blocks of code are left out', () => {
  assert.equal(dead('```ts\n`runtime/gone.ts`\n```\n`runtime/turn/`'), []);
});

test('the documents have no more dead targets than their ceiling says', () => {
  const known = repositoryPaths();
  const documents = known
    .filter((path) => /^(?:[^/]+|docs\/.+|test\/.+)\.md$/.test(path))
    .map((path) => ({ path, text: readFileSync(`${projectRoot}${path}`, 'utf8') }));
  assert.ok(documents.length > 0);
  const found = documents.flatMap((document) => deadTargets(document, documents, known));
  assert.is(found.length > deadTargetsMax ? found.join('\n') : '', '');
});

test.run();
