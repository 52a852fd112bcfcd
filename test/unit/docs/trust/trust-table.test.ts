/** Every line of the table of docs/trust.md names tests that are there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('the table of docs/trust.md');
const folder = join(projectRoot, 'test/integration/trust');

/** The cells of each line below the head. */
function lines(): readonly (readonly string[])[] {
  const text = readFileSync(join(projectRoot, 'docs/trust.md'), 'utf8');
  const [, table = ''] = text.split(/^\| who \| can do at worst.*\n\|[-|]+\|\n/m);
  const [rows = ''] = table.split('\n\n');
  return rows.split('\n').map((row) =>
    row
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}

/** What stands before the first colon of each title in the folder. */
function prefixes(): ReadonlySet<string> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const sources = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  return new Set(
    [...sources.matchAll(/(?:\(|\[|^ +)['`]([a-z -]+): /gm)].map(([, word]) => word ?? ''),
  );
}

test('each line names a test of its own', () => {
  const names = lines().map((cells) => cells.at(-1) ?? '');
  assert.ok(names.length >= 16, `only ${names.length} lines were found`);
  assert.is(new Set(names).size, names.length);
  const there = prefixes();
  assert.equal(
    names.filter((name) => !there.has(name)),
    [],
  );
});

test.run();
