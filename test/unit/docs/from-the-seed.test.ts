/** The table of the older services: every file that the document names is there. */
import { existsSync, readFileSync } from 'node:fs';
import { projectRoot } from '../../support/project-root.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('docs/from-the-seed.md');
const text = readFileSync(`${projectRoot}docs/from-the-seed.md`, 'utf8');

test('every named file is there, and every entry names a test', () => {
  const named = [
    ...text.matchAll(/`((?:actors|cli|composition|config|edge|runtime|test)\/[\w./-]*)`/g),
  ];
  const paths = named.map(([, path = '']) => path);
  assert.ok(paths.length > 130);
  assert.equal(
    paths.filter((path) => !existsSync(`${projectRoot}${path}`)),
    [],
  );
  const entries = text
    .split(/\n(?=- \*\*There)|\n\n/)
    .filter((part) => part.startsWith('- **There'));
  assert.ok(entries.length > 90);
  assert.equal(
    entries.filter((entry) => !/Test: `test\/[\w./-]+`\.$/.test(entry.replaceAll(/\s+/g, ' '))),
    [],
  );
});

test.run();
